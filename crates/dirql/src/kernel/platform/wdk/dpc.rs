//! Deferred procedure calls.

use core::ffi::c_void;

use wdk_sys::{
    BOOLEAN,
    ntddk::{KeFlushQueuedDpcs, KeInitializeDpc, KeInsertQueueDpc, KeRemoveQueueDpc},
};

use crate::kernel::platform::parameters::{DeferredRoutine, Kdpc};

/// Makes a DPC that runs `routine` with `context`.
///
/// # Safety
/// `dpc` is a place in resident memory that nothing else uses, and is in no queue.
pub(crate) unsafe fn initialize_dpc(
    dpc: *mut Kdpc,
    routine: DeferredRoutine,
    context: *mut c_void,
) {
    // The routine's first argument is opaque on both sides.
    // SAFETY: Both types are pointers to functions of four pointers.
    let routine =
        unsafe { core::mem::transmute::<DeferredRoutine, wdk_sys::PKDEFERRED_ROUTINE>(routine) };
    // SAFETY: A KDPC in layout, resident and exclusive as the caller promises; any IRQL (nf-wdm-keinitializedpc).
    unsafe { KeInitializeDpc(dpc.cast(), routine, context) }
}

/// Queues a DPC, unless it is queued; says whether it was not.
///
/// # Safety
/// [`initialize_dpc`] has made it; it and its context live until it is waited out.
pub(crate) unsafe fn insert_dpc(dpc: *mut Kdpc) -> bool {
    // SAFETY: The DPC is initialised; no arguments; any IRQL (nf-wdm-keinsertqueuedpc).
    let queued: BOOLEAN =
        unsafe { KeInsertQueueDpc(dpc.cast(), core::ptr::null_mut(), core::ptr::null_mut()) };
    queued != 0
}

/// Takes a DPC out of its queue, if it is in one; says whether it was.
///
/// # Safety
/// [`initialize_dpc`] has made it.
pub(crate) unsafe fn remove_dpc(dpc: *mut Kdpc) -> bool {
    // SAFETY: The DPC is initialised; any IRQL (nf-wdm-keremovequeuedpc).
    let removed: BOOLEAN = unsafe { KeRemoveQueueDpc(dpc.cast()) };
    removed != 0
}

/// Waits until every DPC that is queued on any processor has run.
///
/// # Safety
/// IRQL is `PASSIVE_LEVEL`; no lock is held.
pub(crate) unsafe fn flush_dpcs() {
    // SAFETY: IRQL as nf-wdm-keflushqueueddpcs asks.
    unsafe { KeFlushQueuedDpcs() }
}
