//! The handles of clients: what a closed one has left behind is cancelled.
//!
//! The framework cancels what waits in its queues. A reader that waits is the driver's, and so is a request on its way
//! to where it waits: the lock of the files is held while it gets there, and while a file is marked as closed.

use core::sync::atomic::{AtomicBool, Ordering};

use guest::{
    context::Kind,
    status::{self, check},
};
use wdk_sys::{PWDFDEVICE_INIT, WDFFILEOBJECT, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::{bell::Bell, device, request::Request};

/// The context of a file object. Zero bytes, as the framework makes it, are an open file.
struct File {
    closed: AtomicBool,
}

static FILE: Kind<File> = Kind::new(c"File", &raw const FILE);

/// Has the framework make an object for each open handle.
///
/// # Safety
///
/// `init` is that of the running `EvtDriverDeviceAdd`, and no device was made of it.
pub(crate) unsafe fn configure(init: PWDFDEVICE_INIT) {
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and the cleanup is the framework's to call.
    unsafe { guest::file::configure(init, &FILE, Some(cleanup)) };
}

/// The file that has sent a request.
///
/// # Safety
///
/// The driver owns `request`.
unsafe fn of(request: WDFREQUEST) -> WDFFILEOBJECT {
    // SAFETY: The driver owns the request (nf-wdfrequest-wdfrequestgetfileobject).
    unsafe { call_unsafe_wdf_function_binding!(WdfRequestGetFileObject, request) }
}

/// Whether the handle that a request came by is closed. With the lock of the files held, it stays as it is.
pub(crate) fn is_closed(request: &Request) -> bool {
    // SAFETY: The driver owns the request.
    let file = unsafe { of(request.handle()) };
    if file.is_null() {
        return false;
    }
    // SAFETY: The file object lives as long as a request of it, and every file object has this context, which is valid
    // as zero bytes.
    unsafe { FILE.of(file.cast()) }
        .closed
        .load(Ordering::Relaxed)
}

/// Marks a file as closed, and ends its reader if that waits.
///
/// # Safety
///
/// The framework calls it, with a file object of a device of this driver, once
/// ("nc-wdfdevice-evt_wdf_file_cleanup").
unsafe extern "C" fn cleanup(file: WDFFILEOBJECT) {
    // SAFETY: The framework's own handle (nf-wdffileobject-wdffileobjectgetdevice).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfFileObjectGetDevice, file) };
    // SAFETY: Files are opened when the device's context is written.
    let context = unsafe { device::context(device.cast()) };
    // SAFETY: The file object is live, and its context is valid as zero bytes.
    let closed = &unsafe { FILE.of(file.cast()) }.closed;
    context
        .files
        .with(|()| closed.store(true, Ordering::Relaxed));
    let reader = context.bell.with(|bell| take_reader_of(bell, file));
    if let Some(reader) = reader {
        // SAFETY: Unmarked, so that the driver owns it again, and taken, so that nothing else has it.
        let request = unsafe { Request::new(reader) };
        request.complete(Err(status::CANCELLED));
    }
}

/// Takes the reader that waits, where it is of that file and not being cancelled.
fn take_reader_of(bell: &mut Bell, file: WDFFILEOBJECT) -> Option<WDFREQUEST> {
    // SAFETY: The reader is marked cancelable and not completed: its cancellation would have to take the lock first.
    let reader = bell
        .reader
        .take_if(|reader| unsafe { of(*reader) } == file)?;
    // SAFETY: As above (nf-wdfrequest-wdfrequestunmarkcancelable).
    let unmarked = unsafe { call_unsafe_wdf_function_binding!(WdfRequestUnmarkCancelable, reader) };
    check(unmarked).ok()?;
    bell.give_up();
    Some(reader)
}
