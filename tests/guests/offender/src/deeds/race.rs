//! What threads and ISRs do to the same memory: races, what prevents them, and what is none.

use core::{
    cell::Cell,
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

/// A number that several threads use without a word about it.
pub(crate) struct Plain(pub(crate) Cell<u32>);

// SAFETY: Nothing makes it so: what uses the number excludes the others, or breaks a rule on purpose.
unsafe impl Sync for Plain {}

impl Plain {
    pub(crate) const fn new() -> Self {
        Self(Cell::new(0))
    }
}

/// What the threads count with. All of it is declared atomic but what is said to be plain.
pub(crate) struct Counters {
    pub(crate) value: AtomicU32,
    /// Whether `plain` has been written.
    pub(crate) flag: AtomicU32,
    /// One counter for each thread, and what both have added.
    pub(crate) each: AtomicU32,
    pub(crate) other: AtomicU32,
    plain: Plain,
    /// Atomic, and not declared so.
    undeclared: AtomicU32,
    lock: Lock,
}

impl Counters {
    pub(crate) const fn new() -> Self {
        Self {
            value: AtomicU32::new(0),
            flag: AtomicU32::new(0),
            each: AtomicU32::new(0),
            other: AtomicU32::new(0),
            plain: Plain::new(),
            undeclared: AtomicU32::new(0),
            lock: Lock::new(),
        }
    }

    /// Once, where they stay.
    pub(crate) fn initialise(&self) {
        self.lock.initialise();
    }
}

/// Counts by a load and a store, which must not become one instruction.
fn count(counter: &AtomicU32) {
    let value = black_box(counter.load(Ordering::Relaxed));
    counter.store(value.wrapping_add(1), Ordering::Relaxed);
}

/// How often each thread counts.
const TIMES: u32 = 50;

/// What a thread does with the counters.
type Work = unsafe extern "C" fn(PVOID);

/// Runs two threads on the counters and joins them.
fn run(call: &Call, work: [Work; 2]) -> &'static Counters {
    let counters = &call.context.counters;
    for counter in [
        &counters.value,
        &counters.flag,
        &counters.each,
        &counters.other,
    ] {
        counter.store(0, Ordering::Relaxed);
    }
    let threads = work.map(|routine| {
        // SAFETY: Both threads are joined below, and the context lives as long as the device.
        unsafe { thread::start(Some(routine), (&raw const *counters).cast_mut().cast()) }
    });
    for thread in threads {
        thread.map_or_else(drop, thread::join);
    }
    counters
}

/// A system thread's start routine that does `$body` with the counters.
macro_rules! work {
    ($name:ident, |$counters:ident| $body:expr) => {
        /// # Safety
        ///
        /// A system thread's start routine; the context is a [`Counters`] that outlives the thread.
        unsafe extern "C" fn $name(counters: PVOID) {
            // SAFETY: This function's contract.
            let $counters = unsafe { &*counters.cast::<Counters>() };
            (0..TIMES).for_each(|_| $body);
            thread::end();
        }
    };
}

work!(count_unlocked, |counters| count(&counters.value));
work!(count_locked, |counters| counters
    .lock
    .with(|| count(&counters.value)));

pub(crate) fn unlocked(call: &Call) -> Outcome {
    let counters = run(call, [count_unlocked; 2]);
    Outcome::Answer(counters.value.load(Ordering::Relaxed))
}

pub(crate) fn locked(call: &Call) -> Outcome {
    let counters = run(call, [count_locked; 2]);
    Outcome::Answer(counters.value.load(Ordering::Relaxed))
}

/// Adds one to the plain number.
fn count_plain(plain: &Plain) {
    // breaks: race
    plain.0.set(black_box(plain.0.get()).wrapping_add(1));
}

work!(plain_unlocked, |counters| count_plain(&counters.plain));
work!(plain_locked, |counters| counters
    .lock
    .with(|| count_plain(&counters.plain)));

pub(crate) fn plain(call: &Call) -> Outcome {
    run(call, [plain_unlocked; 2]);
    Outcome::Done
}

pub(crate) fn plain_under_lock(call: &Call) -> Outcome {
    run(call, [plain_locked; 2]);
    Outcome::Done
}

work!(count_undeclared, |counters| {
    // breaks: race-undeclared
    counters.undeclared.store(
        black_box(counters.undeclared.load(Ordering::Relaxed)) + 1,
        Ordering::Relaxed,
    );
});

pub(crate) fn undeclared(call: &Call) -> Outcome {
    run(call, [count_undeclared; 2]);
    Outcome::Done
}

pub(crate) fn declared(call: &Call) -> Outcome {
    run(call, [count_unlocked; 2]);
    Outcome::Done
}

work!(add_each, |counters| {
    counters.each.fetch_add(1, Ordering::Relaxed);
    counters.value.fetch_add(1, Ordering::Relaxed);
});
work!(add_other, |counters| {
    counters.other.fetch_add(1, Ordering::Relaxed);
    counters.value.fetch_add(1, Ordering::Relaxed);
});

/// Relaxed counters: of each thread's own, and of both.
pub(crate) fn relaxed_counters(call: &Call) -> Outcome {
    let counters = run(call, [add_each, add_other]);
    let sum = [&counters.each, &counters.other]
        .map(|counter| counter.load(Ordering::Relaxed))
        .iter()
        .sum::<u32>();
    Outcome::Answer(sum + counters.value.load(Ordering::Relaxed))
}

work!(publish, |counters| {
    if counters.flag.load(Ordering::Acquire) == 0 {
        counters.plain.0.set(7);
        counters.flag.store(1, Ordering::Release);
    }
});
work!(consume, |counters| {
    if counters.flag.load(Ordering::Acquire) == 1 {
        counters
            .each
            .store(counters.plain.0.get(), Ordering::Relaxed);
    }
});

/// A flag that says that a plain number has been written, and is read before the number.
pub(crate) fn flag(call: &Call) -> Outcome {
    let counters = run(call, [publish, consume]);
    // Who waits for both threads reads the number without asking the flag.
    Outcome::Answer(counters.plain.0.get())
}
