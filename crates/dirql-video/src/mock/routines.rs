//! The routines of the mock port driver, as the adapter calls them.

use core::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use super::{Entry, adapter};
use crate::sys::{DpcRoutine, HwInitializationData, Priority, SynchronizeRoutine};

/// `STATUS_REVISION_MISMATCH`.
const REVISION_MISMATCH: u32 = 0xC000_0059;

/// # Safety
///
/// The first argument is that of a live `PortDriver`.
pub(crate) unsafe fn initialize(
    argument1: *mut c_void,
    _argument2: *mut c_void,
    data: &mut HwInitializationData,
) -> u32 {
    // SAFETY: As the caller promises.
    let entry = unsafe { &*argument1.cast::<Mutex<Entry>>() };
    let mut entry = entry.lock().unwrap_or_else(PoisonError::into_inner);
    entry.offered.push(data.size);
    if data.size > entry.largest {
        return REVISION_MISMATCH;
    }
    entry.accepted = Some(*data);
    0
}

/// # Safety
///
/// The extension is that of a live adapter, and the routine may be called with the context.
pub(crate) unsafe fn synchronize_execution(
    extension: *mut c_void,
    priority: Priority,
    routine: SynchronizeRoutine,
    context: *mut c_void,
) -> u8 {
    let port = adapter::of(extension);
    // SAFETY: As the caller promises.
    unsafe { port.synchronize(priority, routine, context) }
}

/// # Safety
///
/// The extension is that of a live adapter.
pub(crate) unsafe fn queue_dpc(extension: *mut c_void, routine: DpcRoutine) -> bool {
    adapter::of(extension).queue_dpc(routine)
}
