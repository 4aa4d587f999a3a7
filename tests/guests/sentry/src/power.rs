//! The callbacks of Plug and Play and of power.

use core::{
    ptr::{self, NonNull},
    sync::atomic::Ordering,
};

use dirql::{Irql, Passive, enter};
use guest::status::{self, check};
use wdk_sys::{
    CmResourceTypeInterrupt, CmResourceTypeMemory, NTSTATUS, PAGE_NOCACHE, PAGE_READWRITE,
    PCM_PARTIAL_RESOURCE_DESCRIPTOR, ULONG, WDF_POWER_DEVICE_STATE, WDFCMRESLIST, WDFDEVICE,
    call_unsafe_wdf_function_binding,
    ntddk::{MmMapIoSpaceEx, MmUnmapIoSpace},
};

use crate::{
    device::{Context, context},
    events::{Events, Registers},
    ports::{PORTS_MAX, PortRegisters},
    protocol::{FAIL_POST, SHARED},
};

/// The bytes of registers that are mapped.
const MAPPED: u64 = 0x1000;

/// Runs the body of a callback of `device`.
///
/// # Safety
///
/// The framework calls that one at `PASSIVE_LEVEL`, with a device that `add` has finished.
unsafe fn callback<R>(
    device: WDFDEVICE,
    body: impl FnOnce(&'static Context, &mut Irql<'_, Passive>) -> R,
) -> R {
    // SAFETY: This function's contract.
    let context = unsafe { context(device) };
    // SAFETY: A callback of Plug and Play or of power is called at PASSIVE_LEVEL, and holds no interrupt lock.
    unsafe { enter::<Passive, _>(|irql| body(context, irql)) }
}

/// The descriptor of a list with this number.
///
/// # Safety
///
/// The list is the framework's own, and has so many.
unsafe fn descriptor(list: WDFCMRESLIST, index: ULONG) -> PCM_PARTIAL_RESOURCE_DESCRIPTOR {
    // SAFETY: This function's contract (nf-wdfresource-wdfcmresourcelistgetdescriptor).
    unsafe { call_unsafe_wdf_function_binding!(WdfCmResourceListGetDescriptor, list, index) }
}

/// Maps the registers, and has the interrupt set up.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdevice-evt_wdf_device_prepare_hardware").
pub(crate) unsafe extern "C" fn prepare(
    device: WDFDEVICE,
    raw: WDFCMRESLIST,
    translated: WDFCMRESLIST,
) -> NTSTATUS {
    // SAFETY: The framework's own handles.
    status::of(unsafe { try_prepare(device, raw, translated) })
}

/// # Safety
///
/// As [`prepare`].
unsafe fn try_prepare(
    device: WDFDEVICE,
    raw: WDFCMRESLIST,
    translated: WDFCMRESLIST,
) -> Result<(), NTSTATUS> {
    // SAFETY: The framework's own handle (nf-wdfresource-wdfcmresourcelistgetcount).
    let count = unsafe { call_unsafe_wdf_function_binding!(WdfCmResourceListGetCount, translated) };
    let (mut registers, mut interrupt) = (None, None);
    let (mut ports, mut count_of_ports) = ([ptr::null_mut(); PORTS_MAX], 0);
    for index in 0..count {
        // SAFETY: The list has so many.
        let found = unsafe { descriptor(translated, index) };
        // SAFETY: The descriptor lives as long as the list, and nothing writes it.
        let kind = u32::from(unsafe { (*found).Type });
        if kind == CmResourceTypeMemory && registers.is_none() {
            // SAFETY: As above.
            let memory = unsafe { (*found).u };
            // SAFETY: The type says which view of the union holds.
            let start = unsafe { memory.Memory }.Start;
            // SAFETY: The address is that of the device's registers (nf-wdm-mmmapiospaceex).
            let mapped = unsafe { MmMapIoSpaceEx(start, MAPPED, PAGE_READWRITE | PAGE_NOCACHE) };
            registers = NonNull::new(mapped.cast::<u32>());
        }
        if kind == CmResourceTypeInterrupt {
            // SAFETY: The lists are equally long.
            interrupt = Some((unsafe { descriptor(raw, index) }, found));
            if let Some(place) = ports.get_mut(count_of_ports) {
                *place = found;
                count_of_ports += 1;
            }
        }
    }
    let (Some(registers), Some(interrupt)) = (registers, interrupt) else {
        return Err(status::DEVICE_CONFIGURATION_ERROR);
    };
    let prepare = |context: &'static Context, irql: &mut Irql<'_, Passive>| {
        context
            .registers
            .store(registers.as_ptr(), Ordering::Relaxed);
        if context.setup & SHARED != 0 {
            let (ports, registers) = (&ports[..count_of_ports], PortRegisters(registers));
            // SAFETY: This is EvtDevicePrepareHardware, and the descriptors are those of its list.
            return unsafe {
                context
                    .places
                    .prepare_ports(irql, device, ports, registers, context)
            };
        }
        let events = Events {
            registers: Registers(registers),
            context,
            // The framework calls no service routine outside of D0.
            in_d0: context.is_frameworks(),
            new: 0,
            counted: 0,
        };
        // SAFETY: This is EvtDevicePrepareHardware, and the descriptors are those of its lists.
        unsafe {
            context
                .places
                .prepare(irql, device, context.setup, interrupt, events)
        }
    };
    // SAFETY: This function's contract.
    unsafe { callback(device, prepare) }
}

/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_entry").
pub(crate) unsafe extern "C" fn enter_d0(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: This function's contract.
    unsafe { callback(device, |context, irql| context.places.power(irql, true)) };
    status::SUCCESS
}

/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_entry_post_interrupts_enabled").
pub(crate) unsafe extern "C" fn post(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    let open = |context: &'static Context, irql: &mut Irql<'_, Passive>| {
        let outcome = context.fails(FAIL_POST);
        if check(outcome).is_ok() {
            // SAFETY: This is the last act of EvtDeviceD0EntryPostInterruptsEnabled, and `pre` closes.
            unsafe { context.places.open(irql) };
        }
        outcome
    };
    // SAFETY: This function's contract.
    unsafe { callback(device, open) }
}

/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_exit_pre_interrupts_disabled").
pub(crate) unsafe extern "C" fn pre(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: This function's contract.
    unsafe { callback(device, |context, irql| context.places.close(irql)) };
    status::SUCCESS
}

/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_exit").
pub(crate) unsafe extern "C" fn exit_d0(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: This function's contract.
    unsafe { callback(device, |context, irql| context.places.power(irql, false)) };
    status::SUCCESS
}

/// Takes the state away, and unmaps the registers.
///
/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_release_hardware").
pub(crate) unsafe extern "C" fn release(device: WDFDEVICE, _: WDFCMRESLIST) -> NTSTATUS {
    // SAFETY: This function's contract.
    let mapped = unsafe {
        callback(device, |context, irql| {
            context.places.release(irql, context.setup);
            context.registers.swap(ptr::null_mut(), Ordering::Relaxed)
        })
    };
    if !mapped.is_null() {
        // SAFETY: `prepare` has mapped it, and nothing uses it (nf-wdm-mmunmapiospace).
        unsafe { MmUnmapIoSpace(mapped.cast(), MAPPED) };
    }
    status::SUCCESS
}
