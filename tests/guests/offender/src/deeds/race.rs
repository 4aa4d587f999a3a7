//! Two threads that count, and one that is merely busy.

use core::{
    hint::black_box,
    sync::atomic::{AtomicU32, Ordering},
};

use wdk_sys::PVOID;

use crate::{
    call::{Call, Outcome},
    deeds::lock::Lock,
    thread,
};

pub(crate) fn busy(_: &Call) -> Outcome {
    for step in 0..5_000_u32 {
        let _ = black_box(step);
    }
    Outcome::Answer(0)
}

struct Counter {
    value: AtomicU32,
    lock: Lock,
}

impl Counter {
    /// Counts by a load and a store, which must not become one instruction.
    fn count(&self) {
        let value = black_box(self.value.load(Ordering::Relaxed));
        self.value.store(value.wrapping_add(1), Ordering::Relaxed);
    }
}

/// How often each thread counts.
const TIMES: u32 = 50;

/// # Safety
///
/// A system thread's start routine; the context is a [`Counter`] that outlives the thread.
unsafe extern "C" fn count(counter: PVOID) {
    // SAFETY: This function's contract.
    let counter = unsafe { &*counter.cast::<Counter>() };
    (0..TIMES).for_each(|_| counter.count());
    thread::end();
}

/// # Safety
///
/// As [`count`].
unsafe extern "C" fn count_locked(counter: PVOID) {
    // SAFETY: This function's contract.
    let counter = unsafe { &*counter.cast::<Counter>() };
    (0..TIMES).for_each(|_| counter.lock.with(|| counter.count()));
    thread::end();
}

fn run(routine: unsafe extern "C" fn(PVOID)) -> Outcome {
    let counter = Counter {
        value: AtomicU32::new(0),
        lock: Lock::new(),
    };
    let threads = [(); 2].map(|()| {
        // SAFETY: Both threads are joined before the counter goes away.
        unsafe { thread::start(Some(routine), (&raw const counter).cast_mut().cast()) }
    });
    for thread in threads {
        thread.map_or_else(drop, thread::join);
    }
    Outcome::Answer(counter.value.load(Ordering::Relaxed))
}

pub(crate) fn unlocked(_: &Call) -> Outcome {
    run(count)
}

pub(crate) fn locked(_: &Call) -> Outcome {
    run(count_locked)
}
