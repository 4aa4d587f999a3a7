//! `EvtFileCleanup`: the last handle of a file is closed.

use dirql::call_unsafe_wdf_function_binding;
use wdk_sys::WDFFILEOBJECT;

use crate::{context, device::Device};

/// `EvtFileCleanup`. What the file has sent and waits in queues is cancelled when this has returned.
///
/// # Safety
///
/// The framework calls it at `PASSIVE_LEVEL`, once for a file, with a file object of a device of this driver.
pub(crate) unsafe extern "C" fn cleanup(file: WDFFILEOBJECT) {
    // SAFETY: The file object is live during the callback (nf-wdffileobject-wdffileobjectgetdevice).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfFileObjectGetDevice, file) };
    // SAFETY: Every device of this driver has this context, and it outlives its file objects.
    let device = unsafe { context::of::<Device>(device.cast()) };
    // SAFETY: As above; the file object is one of this device's.
    unsafe { device.files().close(file) };
}
