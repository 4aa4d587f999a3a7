//! System threads.

use core::ptr;

use guest::{status, structure::size};
use wdk_sys::{
    HANDLE, NTSTATUS, OBJ_KERNEL_HANDLE, OBJECT_ATTRIBUTES, PKSTART_ROUTINE, PVOID,
    ntddk::{PsCreateSystemThread, PsTerminateSystemThread, ZwClose, ZwWaitForSingleObject},
};

/// `THREAD_ALL_ACCESS`.
pub(crate) const ALL_ACCESS: u32 = 0x001F_FFFF;

/// Attributes of an object that gets a kernel handle.
pub(crate) fn attributes() -> OBJECT_ATTRIBUTES {
    OBJECT_ATTRIBUTES {
        Length: size::<OBJECT_ATTRIBUTES>(),
        Attributes: OBJ_KERNEL_HANDLE,
        ..OBJECT_ATTRIBUTES::default()
    }
}

/// Starts a thread; the handle is the caller's to close.
///
/// # Safety
///
/// `routine` may be called with `context` until the thread has ended.
pub(crate) unsafe fn start(routine: PKSTART_ROUTINE, context: PVOID) -> Result<HANDLE, NTSTATUS> {
    let mut handle = ptr::null_mut();
    let mut attributes = attributes();
    // SAFETY: Handle and attributes live through the call, the thread is the system process's, and
    // the routine may be called by this function's contract (nf-wdm-pscreatesystemthread).
    status::check(unsafe {
        PsCreateSystemThread(
            &raw mut handle,
            ALL_ACCESS,
            &raw mut attributes,
            ptr::null_mut(),
            ptr::null_mut(),
            routine,
            context,
        )
    })?;
    Ok(handle)
}

/// Waits for the end of a thread and closes its handle.
pub(crate) fn join(handle: HANDLE) {
    // SAFETY: The handle is open; no timeout is given (nf-ntifs-zwwaitforsingleobject).
    let _ = unsafe { ZwWaitForSingleObject(handle, 0, ptr::null_mut()) };
    close(handle);
}

/// Closes a handle.
pub(crate) fn close(handle: HANDLE) {
    // SAFETY: The handle is open, and its owner gives it up (nf-ntifs-zwclose).
    let _ = unsafe { ZwClose(handle) };
}

/// Ends the current thread, which [`start`] has started.
pub(crate) fn end() {
    // SAFETY: The thread was made by PsCreateSystemThread (nf-wdm-psterminatesystemthread).
    let _ = unsafe { PsTerminateSystemThread(status::SUCCESS) };
}

/// A thread that does nothing.
///
/// # Safety
///
/// It is a system thread's start routine.
pub(crate) unsafe extern "C" fn idle(_: PVOID) {
    end();
}
