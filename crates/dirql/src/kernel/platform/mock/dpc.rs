//! Deferred procedure calls: the queue of each processor, and when it is worked off.
//!
//! A DPC is queued on the thread that queues it, and runs there as soon as its IRQL falls below `DISPATCH_LEVEL`.

use core::{
    cell::{Cell, RefCell},
    ffi::c_void,
    ops::Range,
    ptr,
};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
    vec::Vec,
};

use super::{
    Hook,
    bugcheck::{require, require_at_most},
    processor::{self, Dispatched},
};
use crate::kernel::platform::{
    DISPATCH_LEVEL, PASSIVE_LEVEL,
    parameters::{DeferredRoutine, Kdpc},
};

/// What the first word of an initialised DPC holds.
const INITIALIZED: usize = 0x4450_4321;

std::thread_local! {
    /// Whether this thread has queued a DPC that may still wait. Where it has not, nothing is locked that would order it
    /// with other threads: a kernel's queues are each processor's own.
    static QUEUED_HERE: Cell<bool> = const { Cell::new(false) };
    static FLUSHED: RefCell<Option<Hook>> = const { RefCell::new(None) };
    static INSERTED: RefCell<Option<Hook>> = const { RefCell::new(None) };
}

/// Runs `hook` in the next `KeInsertQueueDpc` of this thread, before it queues anything.
pub fn when_a_dpc_is_queued(hook: Hook) {
    INSERTED.set(Some(hook));
}

/// Runs `hook` in the next `KeFlushQueuedDpcs` of this thread, before it looks at what is queued.
pub fn when_dpcs_are_flushed(hook: Hook) {
    FLUSHED.set(Some(hook));
}

/// A DPC in a queue.
#[derive(Clone, Copy)]
struct Queued {
    dpc: *mut Kdpc,
    routine: DeferredRoutine,
    context: *mut c_void,
    on: ThreadId,
    number: u64,
}

// SAFETY: The addresses are used under the rules of a queued DPC only: it and its context live until it has run or was
// removed.
unsafe impl Send for Queued {}

/// The queues of all processors.
struct Queues {
    /// The number of the newest one that was queued.
    last: u64,
    waiting: Vec<Queued>,
}

static QUEUES: Mutex<Queues> = Mutex::new(Queues {
    last: 0,
    waiting: Vec::new(),
});

fn queues() -> MutexGuard<'static, Queues> {
    QUEUES.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) unsafe fn initialize_dpc(
    dpc: *mut Kdpc,
    routine: DeferredRoutine,
    context: *mut c_void,
) {
    require(
        queues().waiting.iter().all(|queued| queued.dpc != dpc),
        "KeInitializeDpc of a DPC that is queued",
    );
    let made = Made {
        initialized: INITIALIZED,
        routine,
        context,
    };
    // SAFETY: The driver gives a place of a KDPC to this kernel, which has room for it.
    unsafe { dpc.cast::<Made>().write(made) };
}

/// What is in the words of a DPC.
#[derive(Clone, Copy)]
#[repr(C)]
struct Made {
    initialized: usize,
    routine: DeferredRoutine,
    context: *mut c_void,
}

const _: () = assert!(size_of::<Made>() <= size_of::<Kdpc>());

pub(crate) unsafe fn insert_dpc(dpc: *mut Kdpc) -> bool {
    if let Some(hook) = INSERTED.take() {
        hook();
    }
    let mut queues = queues();
    // SAFETY: The first word of a KDPC in memory of the driver may be read.
    let initialized = unsafe { dpc.cast::<usize>().read() };
    require(
        initialized == INITIALIZED,
        "KeInsertQueueDpc of a DPC that KeInitializeDpc has not initialised",
    );
    if queues.waiting.iter().any(|queued| queued.dpc == dpc) {
        return false;
    }
    // SAFETY: It was initialised.
    let Made {
        routine, context, ..
    } = unsafe { dpc.cast::<Made>().read() };
    queues.last += 1;
    let number = queues.last;
    queues.waiting.push(Queued {
        dpc,
        routine,
        context,
        on: thread::current().id(),
        number,
    });
    drop(queues);
    QUEUED_HERE.set(true);
    // A processor that is below DISPATCH_LEVEL takes it at once.
    run_queued();
    true
}

pub(crate) unsafe fn remove_dpc(dpc: *mut Kdpc) -> bool {
    let waiting = &mut queues().waiting;
    let found = waiting.iter().position(|queued| queued.dpc == dpc);
    if let Some(found) = found {
        waiting.remove(found);
    }
    found.is_some()
}

/// Works off the queue of this processor, and waits until what is queued on others is taken out. A DPC that runs elsewhere
/// is not waited for: the page speaks of those that are queued.
pub(crate) unsafe fn flush_dpcs() {
    require_at_most(PASSIVE_LEVEL);
    if let Some(hook) = FLUSHED.take() {
        hook();
    }
    run_queued();
    let newest = queues().last;
    while queues()
        .waiting
        .iter()
        .any(|queued| queued.number <= newest)
    {
        thread::yield_now();
    }
}

/// Runs what is queued on this processor, where its IRQL lets it.
pub(super) fn run_queued() {
    if !QUEUED_HERE.get() {
        return;
    }
    let this = thread::current().id();
    if thread::panicking() {
        // The machine has stopped for this test, and nothing is to wait for what it leaves.
        queues().waiting.retain(|queued| queued.on != this);
        return;
    }
    while processor::irql() < DISPATCH_LEVEL {
        let (next, _dispatched) = {
            let waiting = &mut queues().waiting;
            let Some(at) = waiting.iter().position(|queued| queued.on == this) else {
                QUEUED_HERE.set(false);
                return;
            };
            let next = waiting.remove(at);
            // On the processor while it is seen to be taken out of the queue, so that nothing misses it.
            (next, Dispatched::new(next.context.addr()))
        };
        processor::raised(DISPATCH_LEVEL, || {
            // SAFETY: The routine and its context are those of the initialisation, and the driver keeps both until the
            // DPC has been waited out.
            unsafe { (next.routine)(next.dpc, next.context, ptr::null_mut(), ptr::null_mut()) };
            require(
                processor::irql() == DISPATCH_LEVEL,
                "a DPC returned at another IRQL",
            );
        });
    }
}

/// Whether a DPC in this memory, or one that works on it, is queued.
pub(super) fn waits(memory: &Range<usize>) -> bool {
    queues().waiting.iter().any(|queued| {
        memory.contains(&queued.dpc.addr()) || memory.contains(&queued.context.addr())
    })
}
