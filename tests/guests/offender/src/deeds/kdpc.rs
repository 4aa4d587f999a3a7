//! DPCs in the driver's own memory: their object made, queued, removed, waited out, and taken away too early.

use core::{
    cell::UnsafeCell,
    hint::{black_box, spin_loop},
    mem::MaybeUninit,
    ptr,
    sync::atomic::{AtomicU32, Ordering},
};

use guest::status;
use wdk_sys::{
    _KDPC, KDPC, PVOID,
    ntddk::{
        ExAllocatePool2, KeFlushQueuedDpcs, KeInitializeDpc, KeInsertQueueDpc, KeRemoveQueueDpc,
    },
};

use crate::{
    call::{Call, Outcome},
    deeds::{
        pool::{NON_PAGED, PAGED, TAG, free},
        race::Plain,
    },
    irql::{self, DISPATCH},
    thread,
};

/// A DPC object and what its routine works on.
pub(crate) struct Own {
    object: UnsafeCell<MaybeUninit<KDPC>>,
    pub(crate) runs: AtomicU32,
    /// The sum of the arguments of all runs.
    pub(crate) sum: AtomicU32,
    plain: Plain,
}

// SAFETY: NT's routines serialise what they do with the object; the number is plain to show what orders it.
unsafe impl Sync for Own {}

impl Own {
    pub(crate) const fn new() -> Self {
        Self {
            object: UnsafeCell::new(MaybeUninit::zeroed()),
            runs: AtomicU32::new(0),
            sum: AtomicU32::new(0),
            plain: Plain::new(),
        }
    }

    const fn object(&self) -> *mut KDPC {
        self.object.get().cast()
    }

    /// Makes the DPC one that runs [`routine`] on this.
    fn initialise(&self) {
        self.runs.store(0, Ordering::Relaxed);
        self.sum.store(0, Ordering::Relaxed);
        // SAFETY: The object and its context are in the device's context, which is resident and stays; no queue has it.
        unsafe { initialise(self.object(), (&raw const *self).cast_mut().cast()) };
    }

    fn until_run(&self, runs: u32) {
        while self.runs.load(Ordering::Acquire) < runs {
            spin_loop();
        }
    }
}

/// # Safety
///
/// `object` is the caller's own resident memory, in no queue; `context` is an [`Own`] that lives until the DPC has run.
unsafe fn initialise(object: *mut KDPC, context: PVOID) {
    // SAFETY: This function's contract (nf-wdm-keinitializedpc).
    unsafe { KeInitializeDpc(object, Some(routine), context) };
}

fn insert(object: *mut KDPC, first: u32, second: u32) -> bool {
    // SAFETY: The object is initialised but where a deed says otherwise; the arguments are numbers
    // (nf-wdm-keinsertqueuedpc).
    unsafe { KeInsertQueueDpc(object, number(first), number(second)) != 0 }
}

fn number(value: u32) -> PVOID {
    ptr::without_provenance_mut(value as usize)
}

fn flush() {
    // SAFETY: A request is served at PASSIVE_LEVEL (nf-wdm-keflushqueueddpcs).
    unsafe { KeFlushQueuedDpcs() };
}

/// Counts the run, and adds its arguments up.
///
/// # Safety
///
/// NT calls it at `DISPATCH_LEVEL` with the [`Own`] that the DPC was made with (nc-wdm-kdeferred_routine).
// breaks: dpc-overwritten
unsafe extern "C" fn routine(_: *mut _KDPC, context: PVOID, first: PVOID, second: PVOID) {
    // SAFETY: This function's contract.
    let own = unsafe { &*context.cast::<Own>() };
    let sum = u32::try_from(first.addr() + second.addr()).unwrap_or(u32::MAX);
    own.sum.fetch_add(sum, Ordering::Relaxed);
    // Queued with arguments it may run on two processors at once.
    if sum == 0 {
        own.plain.0.set(black_box(own.plain.0.get()) + 1);
    }
    own.runs.fetch_add(1, Ordering::Release);
}

pub(crate) fn not_initialised(call: &Call) -> Outcome {
    let object = black_box(MaybeUninit::<KDPC>::zeroed());
    let object = (&raw const object).cast_mut().cast::<KDPC>();
    let _ = call;
    // SAFETY: Nothing has initialised the object, which is what is broken.
    // breaks: dpc-not-initialised
    let _ = unsafe { KeInsertQueueDpc(object, ptr::null_mut(), ptr::null_mut()) };
    Outcome::Done
}

pub(crate) fn initialised(call: &Call) -> Outcome {
    let own = &call.context.own_dpc;
    own.initialise();
    insert(own.object(), 0, 0);
    flush();
    Outcome::Done
}

pub(crate) fn initialised_queued(call: &Call) -> Outcome {
    let own = &call.context.own_dpc;
    own.initialise();
    irql::at(DISPATCH, || {
        insert(own.object(), 0, 0);
        let context = (&raw const *own).cast_mut().cast();
        // SAFETY: The object is in the processor's queue, which is what is broken.
        // breaks: dpc-initialised-while-queued
        unsafe { KeInitializeDpc(own.object(), Some(routine), context) };
    });
    flush();
    Outcome::Done
}

pub(crate) fn initialised_again(call: &Call) -> Outcome {
    initialised(call);
    initialised(call)
}

pub(crate) fn overwritten(call: &Call) -> Outcome {
    let own = &call.context.own_dpc;
    own.initialise();
    irql::at(DISPATCH, || {
        insert(own.object(), 0, 0);
        // SAFETY: The memory is the device's; that it is in a queue is what is broken.
        unsafe { own.object().write_volatile(KDPC::default()) };
    });
    flush();
    Outcome::Done
}

/// Queues a DPC that stands in pool at DISPATCH, and gives its memory to `free_raised` there.
fn in_pool(call: &Call, flags: u64, free_raised: Option<fn(PVOID)>) -> Outcome {
    // SAFETY: The flags name one pool, length and tag are not 0 (nf-wdm-exallocatepool2).
    let memory = unsafe { ExAllocatePool2(flags, size_of::<KDPC>() as u64, TAG) };
    if memory.is_null() {
        return Outcome::Failed(status::INSUFFICIENT_RESOURCES);
    }
    let context = (&raw const call.context.own_dpc).cast_mut().cast();
    // SAFETY: The memory is this function's, and the context is the device's. Where it is pageable, that is what is broken.
    // breaks: dpc-in-paged-pool
    unsafe { KeInitializeDpc(memory.cast(), Some(routine), context) };
    irql::at(DISPATCH, || {
        insert(memory.cast(), 0, 0);
        if let Some(free) = free_raised {
            free(memory);
        }
    });
    flush();
    if free_raised.is_none() {
        free(memory);
    }
    Outcome::Done
}

fn free_queued(memory: PVOID) {
    // SAFETY: The allocation is the caller's; that its DPC is in a queue is what is broken.
    // breaks: dpc-freed-while-queued
    unsafe { wdk_sys::ntddk::ExFreePoolWithTag(memory, TAG) };
}

pub(crate) fn freed_queued(call: &Call) -> Outcome {
    in_pool(call, NON_PAGED, Some(free_queued))
}

pub(crate) fn freed_flushed(call: &Call) -> Outcome {
    in_pool(call, NON_PAGED, None)
}

pub(crate) fn paged(call: &Call) -> Outcome {
    in_pool(call, PAGED, None)
}

pub(crate) fn flush_raised(_: &Call) -> Outcome {
    irql::at(DISPATCH, || {
        // SAFETY: The IRQL is DISPATCH_LEVEL, which is what is broken.
        // breaks: dpc-flush-raised
        unsafe { KeFlushQueuedDpcs() };
    });
    Outcome::Done
}

/// Queues the DPC and reads what it has counted, having waited for it or having merely seen that it ran.
fn counted(call: &Call, wait: fn(&Own)) -> &'static Own {
    let own = &call.context.own_dpc;
    own.initialise();
    own.plain.0.set(0);
    insert(own.object(), 0, 0);
    wait(own);
    own
}

pub(crate) fn read_unordered(call: &Call) -> Outcome {
    let own = counted(call, |_| {});
    // breaks: race-with-dpc
    let _ = black_box(own.plain.0.get());
    flush();
    Outcome::Done
}

pub(crate) fn read_flushed(call: &Call) -> Outcome {
    let own = counted(call, |_| flush());
    let _ = black_box(own.plain.0.get());
    Outcome::Done
}

/// Queues the DPC twice at DISPATCH, takes it out, and queues it once more: answers the sum of the arguments of what ran,
/// and from bit 16 on what the routines said.
pub(crate) fn removed(call: &Call) -> Outcome {
    let own = &call.context.own_dpc;
    own.initialise();
    let object = own.object();
    let said = irql::at(DISPATCH, || {
        // SAFETY: The object is initialised (nf-wdm-keremovequeuedpc).
        let remove = || unsafe { KeRemoveQueueDpc(object) != 0 };
        [
            insert(object, 100, 200),
            insert(object, 300, 400),
            remove(),
            remove(),
            insert(object, 3, 4),
        ]
    });
    own.until_run(1);
    flush();
    let said = said
        .iter()
        .fold(0, |bits, said| bits << 1 | u32::from(*said));
    Outcome::Answer(own.sum.load(Ordering::Relaxed) | said << 16)
}

/// Queues a DPC of its own many times.
///
/// # Safety
///
/// A system thread's start routine; the context is an [`Own`] that outlives the thread.
unsafe extern "C" fn queue_often(own: PVOID) {
    // SAFETY: This function's contract.
    let own = unsafe { &*own.cast::<Own>() };
    for _ in 0..12 {
        insert(own.object(), 1, 0);
    }
    thread::end();
}

/// Queues in two threads, waits for the threads and for what they queued, and answers how many runs there were that a
/// wait for what is queued had missed: none.
pub(crate) fn flushed(call: &Call) -> Outcome {
    let own = &call.context.own_dpc;
    own.initialise();
    let threads = [(); 2].map(|()| {
        // SAFETY: Both threads are joined, and the device outlives them.
        unsafe { thread::start(Some(queue_often), (&raw const *own).cast_mut().cast()) }
    });
    for thread in threads {
        thread.map_or_else(drop, thread::join);
    }
    flush();
    let ran = own.runs.load(Ordering::Acquire);
    // SAFETY: The object is initialised (nf-wdm-keremovequeuedpc).
    let left = unsafe { KeRemoveQueueDpc(own.object()) };
    irql::at(DISPATCH, || {});
    let later = own.runs.load(Ordering::Acquire);
    Outcome::Answer(u32::from(left) + later - ran)
}
