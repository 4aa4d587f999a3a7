//! The interrupt's callbacks.

use core::{slice, sync::atomic::Ordering};

use guest::{request, status};
use wdk_sys::{
    BOOLEAN, NTSTATUS, ULONG, WDFDEVICE, WDFINTERRUPT, WDFOBJECT, WDFREQUEST,
    call_unsafe_wdf_function_binding,
};

use crate::{
    device::{Context, context},
    protocol::{SAMPLE, STAY_LOUD},
    transport,
};

/// The context of the device of an interrupt.
///
/// # Safety
///
/// `interrupt` is the live interrupt of a callback.
unsafe fn of(interrupt: WDFINTERRUPT) -> &'static Context {
    // SAFETY: This function's contract (nf-wdfinterrupt-wdfinterruptgetdevice).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfInterruptGetDevice, interrupt) };
    // SAFETY: `add` has written the context before it has made the interrupt.
    unsafe { context(device) }
}

/// Whether the device has given something back: a message is its own, and a line is shared.
///
/// # Safety
///
/// The framework calls it, at DIRQL ("nc-wdfinterrupt-evt_wdf_interrupt_isr").
pub(crate) unsafe extern "C" fn serve(interrupt: WDFINTERRUPT, _: ULONG) -> BOOLEAN {
    // SAFETY: The framework's own handle.
    let context = unsafe { of(interrupt) };
    if context.is_enabled.get() == 0 {
        return 0;
    }
    if context.by_message.get() == 0 {
        // SAFETY: The structures are mapped as long as the interrupt is connected, and the device is in D0, or gone.
        let causes = unsafe { transport::interrupt_status(context.registers()) };
        if causes == 0 || causes == u8::MAX {
            return 0;
        }
    }
    // SAFETY: The framework's own handle (nf-wdfinterrupt-wdfinterruptqueuedpcforisr).
    let _ = unsafe { call_unsafe_wdf_function_binding!(WdfInterruptQueueDpcForIsr, interrupt) };
    1
}

/// Completes the request that the device has filled the buffer for.
///
/// # Safety
///
/// The framework calls it, at `DISPATCH_LEVEL` ("nc-wdfinterrupt-evt_wdf_interrupt_dpc").
pub(crate) unsafe extern "C" fn deferred(interrupt: WDFINTERRUPT, _: WDFOBJECT) {
    // SAFETY: The framework's own handle.
    let context = unsafe { of(interrupt) };
    let taken = context.transport.with(|transport| {
        let (request, length) = transport.take()?;
        Some((request, length, transport.sample()))
    });
    if let Some((request, length, sample)) = taken {
        // SAFETY: The device has given the bytes back, and nothing is offered until the request is completed.
        let bytes = unsafe { slice::from_raw_parts(sample, length.min(SAMPLE)) };
        // SAFETY: The driver owns the request that has waited.
        unsafe { complete(request, bytes) };
    }
}

/// # Safety
///
/// The driver owns the request, and does not use it afterwards.
unsafe fn complete(request: WDFREQUEST, bytes: &[u8]) {
    // SAFETY: This function's contract.
    let output = unsafe { request::output(request, bytes.len()) };
    let (status, length) = match output {
        Ok((buffer, _)) => {
            // SAFETY: The buffer has room for so many bytes, and is apart from the sample's.
            unsafe { buffer.cast::<u8>().copy_from(bytes.as_ptr(), bytes.len()) };
            (status::SUCCESS, bytes.len() as u64)
        }
        Err(status) => (status, 0),
    };
    // SAFETY: This function's contract.
    unsafe { request::complete(request, status, length) };
}

/// Has the device interrupt, or not.
///
/// # Safety
///
/// The interrupt is that of a callback.
unsafe fn want(interrupt: WDFINTERRUPT, want: bool) -> NTSTATUS {
    // SAFETY: This function's contract.
    let context = unsafe { of(interrupt) };
    context.is_enabled.set(want.into());
    if context.is(STAY_LOUD) && !want {
        return status::SUCCESS;
    }
    // SAFETY: The buffer is live as long as the interrupt is connected.
    unsafe { transport::want_interrupts(context.queue.load(Ordering::Relaxed), want) };
    status::SUCCESS
}

/// # Safety
///
/// The framework calls it, at DIRQL ("nc-wdfinterrupt-evt_wdf_interrupt_enable").
pub(crate) unsafe extern "C" fn enable(interrupt: WDFINTERRUPT, _: WDFDEVICE) -> NTSTATUS {
    // SAFETY: The framework's own handle.
    unsafe { want(interrupt, true) }
}

/// # Safety
///
/// The framework calls it, at DIRQL ("nc-wdfinterrupt-evt_wdf_interrupt_disable").
pub(crate) unsafe extern "C" fn disable(interrupt: WDFINTERRUPT, _: WDFDEVICE) -> NTSTATUS {
    // SAFETY: The framework's own handle.
    unsafe { want(interrupt, false) }
}
