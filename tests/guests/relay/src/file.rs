//! The handles of clients: a request that comes by a closed one is not kept.

use core::cell::Cell;

use guest::context::Kind;
use wdk_sys::{PWDFDEVICE_INIT, WDFFILEOBJECT, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::device;

/// The context of a file object, which is reached with the lock of the files held. Zero bytes, as the framework makes it,
/// are an open file.
struct File {
    closed: Cell<bool>,
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

/// Whether the handle that a request came by is closed.
///
/// # Safety
///
/// The driver owns the request, and the lock of the files is held.
pub(crate) unsafe fn is_closed(request: WDFREQUEST) -> bool {
    // SAFETY: The driver owns the request (nf-wdfrequest-wdfrequestgetfileobject).
    let file = unsafe { call_unsafe_wdf_function_binding!(WdfRequestGetFileObject, request) };
    // SAFETY: The file object lives as long as a request of it, and every file object has this context, which is valid
    // as zero bytes.
    let file = (!file.is_null()).then(|| unsafe { FILE.of(file.cast()) });
    file.is_some_and(|file| file.closed.get())
}

/// Marks a file as closed.
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
    let file = unsafe { FILE.of(file.cast()) };
    context.files.with(|()| file.closed.set(true));
}
