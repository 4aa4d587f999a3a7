//! The routines of the video port driver: VIDEOPRT.SYS, through the declarations of [`sys`].

use core::{ffi::c_void, ptr};

use crate::sys::{self, DpcRoutine, HwInitializationData, Priority, SynchronizeRoutine};

/// # Safety
///
/// As nf-video-videoportinitialize asks.
pub(crate) unsafe fn initialize(
    argument1: *mut c_void,
    argument2: *mut c_void,
    data: &mut HwInitializationData,
) -> u32 {
    // SAFETY: As the caller promises; the context must be null.
    unsafe { sys::video_port_initialize(argument1, argument2, data, ptr::null_mut()) }
}

/// # Safety
///
/// As nf-video-videoportsynchronizeexecution asks; the routine may be called with the context until this
/// returns.
pub(crate) unsafe fn synchronize_execution(
    extension: *mut c_void,
    priority: Priority,
    routine: SynchronizeRoutine,
    context: *mut c_void,
) -> u8 {
    // SAFETY: As the caller promises.
    unsafe { sys::video_port_synchronize_execution(extension, priority, routine, context) }
}

/// Whether the DPC was queued.
///
/// # Safety
///
/// As nf-video-videoportqueuedpc asks; the routine takes no context.
pub(crate) unsafe fn queue_dpc(extension: *mut c_void, routine: DpcRoutine) -> bool {
    // SAFETY: As the caller promises.
    let queued = unsafe { sys::video_port_queue_dpc(extension, routine, ptr::null_mut()) };
    queued != 0
}
