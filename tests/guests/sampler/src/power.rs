//! The callbacks of Plug and Play and of power.

use core::{ptr, sync::atomic::Ordering};

use guest::{status, structure::size};
use wdk_sys::{
    CmResourceTypeMemory, NTSTATUS, PAGE_NOCACHE, PAGE_READWRITE, WDF_INTERRUPT_INFO,
    WDF_POWER_DEVICE_STATE, WDFCMRESLIST, WDFDEVICE, call_unsafe_wdf_function_binding,
    ntddk::{MmMapIoSpaceEx, MmUnmapIoSpace},
};

use crate::{
    bus,
    device::{Context, context},
    memory,
    protocol::{DELETE_HIGH, OFFER_LATE},
    transport::{self, Transport},
};

/// The length of the window of structures.
const WINDOW: u32 = 0x4000;

/// Asks for the bus interface, maps the structures and makes the memory.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdevice-evt_wdf_device_prepare_hardware").
pub(crate) unsafe extern "C" fn prepare(
    device: WDFDEVICE,
    _: WDFCMRESLIST,
    translated: WDFCMRESLIST,
) -> NTSTATUS {
    // SAFETY: The framework's own handles.
    status::of(unsafe { try_prepare(device, translated) })
}

/// # Safety
///
/// As [`prepare`].
unsafe fn try_prepare(device: WDFDEVICE, translated: WDFCMRESLIST) -> Result<(), NTSTATUS> {
    // SAFETY: The device is live, and `add` has written its context.
    let context = unsafe { context(device) };
    // SAFETY: This is EvtDevicePrepareHardware.
    unsafe { bus::ask(device, context) }?;
    // SAFETY: The framework's own handle (nf-wdfresource-wdfcmresourcelistgetcount).
    let count = unsafe { call_unsafe_wdf_function_binding!(WdfCmResourceListGetCount, translated) };
    for index in 0..count {
        // SAFETY: As above (nf-wdfresource-wdfcmresourcelistgetdescriptor).
        let found = unsafe {
            call_unsafe_wdf_function_binding!(WdfCmResourceListGetDescriptor, translated, index)
        };
        // SAFETY: The descriptor lives as long as the list, and nothing writes it.
        let kind = u32::from(unsafe { (*found).Type });
        if kind != CmResourceTypeMemory {
            continue;
        }
        // SAFETY: As above.
        let parts = unsafe { (*found).u };
        // SAFETY: The type says which view of the union holds.
        let memory = unsafe { parts.Memory };
        if memory.Length != WINDOW {
            continue;
        }
        // SAFETY: The address is that of the device's structures (nf-wdm-mmmapiospaceex).
        let mapped =
            unsafe { MmMapIoSpaceEx(memory.Start, WINDOW.into(), PAGE_READWRITE | PAGE_NOCACHE) };
        context.registers.store(mapped.cast(), Ordering::Relaxed);
    }
    if context.registers().is_null() {
        return Err(status::DEVICE_CONFIGURATION_ERROR);
    }
    // SAFETY: This is EvtDevicePrepareHardware.
    unsafe { memory::make(device, context) }
}

/// Whether the interrupt is a message.
fn is_message(context: &Context) -> bool {
    let mut info = WDF_INTERRUPT_INFO {
        Size: size::<WDF_INTERRUPT_INFO>(),
        ..WDF_INTERRUPT_INFO::default()
    };
    let interrupt = context.interrupt.load(Ordering::Relaxed);
    // SAFETY: The interrupt is live, and the structure lives through the call (nf-wdfinterrupt-wdfinterruptgetinfo).
    unsafe {
        call_unsafe_wdf_function_binding!(WdfInterruptGetInfo, interrupt, &raw mut info);
    };
    info.MessageSignaled != 0
}

/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_entry").
pub(crate) unsafe extern "C" fn enter(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    let by_message = is_message(context);
    context.by_message.set(by_message.into());
    let registers = context.registers();
    // SAFETY: The structures are mapped, and the device is in D0.
    unsafe { transport::reset(registers) };
    // SAFETY: The callbacks of Plug and Play and of power alone have the memory.
    let memory = unsafe { &*context.memory.get() };
    // SAFETY: `prepare` has made the buffers.
    let queue = unsafe { memory::place(memory.queue) };
    // SAFETY: As above.
    let sample = unsafe { memory::place(memory.sample) };
    let places = (queue, sample);
    context.queue.store(places.0.address, Ordering::Relaxed);
    // SAFETY: The device was reset, and the buffers are live.
    let begun = context
        .transport
        .with(|transport| unsafe { transport.begin(registers, places, by_message) });
    status::of(begun)
}

/// Offers a chain for nothing, where `Setup` says so: the device works when its interrupt is disabled.
///
/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_exit_pre_interrupts_disabled").
pub(crate) unsafe extern "C" fn pre(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    if context.is(OFFER_LATE) {
        // SAFETY: The device is in D0, and works.
        context
            .transport
            .with(|transport| unsafe { transport.offer(ptr::null_mut(), 1, 0, false) });
    }
    status::SUCCESS
}

/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_exit").
pub(crate) unsafe extern "C" fn exit(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    // SAFETY: The structures are mapped; the device is in D0, or gone.
    unsafe { transport::reset(context.registers()) };
    context
        .transport
        .with(|transport| *transport = Transport::NONE);
    status::SUCCESS
}

/// Undoes what [`prepare`] has done.
///
/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_release_hardware").
pub(crate) unsafe extern "C" fn release(device: WDFDEVICE, _: WDFCMRESLIST) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    if context.is(DELETE_HIGH) {
        // SAFETY: The callbacks of Plug and Play and of power alone have the memory.
        let sample = unsafe { &*context.memory.get() }.sample;
        // SAFETY: The buffer is live and used no more; that the lock is held is what is broken.
        // breaks: delete-high
        context
            .transport
            .with(|_| unsafe { memory::delete(sample.cast()) });
    }
    // SAFETY: This is EvtDeviceReleaseHardware, and the device was reset.
    unsafe { memory::release(context) };
    let mapped = context.registers.swap(ptr::null_mut(), Ordering::Relaxed);
    if !mapped.is_null() {
        // SAFETY: `prepare` has mapped it, and the interrupt is disconnected (nf-wdm-mmunmapiospace).
        unsafe { MmUnmapIoSpace(mapped.cast(), WINDOW.into()) };
    }
    // SAFETY: This is EvtDeviceReleaseHardware.
    unsafe { bus::release(context) };
    status::SUCCESS
}
