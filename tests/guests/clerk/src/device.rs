//! The device: its context, and the callbacks of Plug and Play.

use core::cell::UnsafeCell;

use guest::{
    context::Kind,
    count::Count,
    device,
    lock::Locked,
    parameters, status,
    structure::{self, size},
};
use wdk_sys::{
    _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_TRI_STATE, CmResourceTypePort, NTSTATUS, PWDFDEVICE_INIT,
    WDF_DEVICE_STATE, WDF_IO_QUEUE_CONFIG, WDF_PNPPOWER_EVENT_CALLBACKS, WDFCMRESLIST, WDFDEVICE,
    WDFDRIVER, call_unsafe_wdf_function_binding,
};

use crate::{
    desk::{Desk, key},
    orders,
    protocol::{self, ASLEEP, NO_LOCK, SAY_FAILED, SAY_NOTHING, SAY_SHORT},
};

/// What every callback of the device reaches.
pub(crate) struct Context {
    /// The bits of `Setup`.
    pub(crate) setup: u32,
    /// Of the raw and of the translated resource: type, share and flags in one, the first port, and how many there are.
    pub(crate) resources: [Count; 6],
    lock: Locked<()>,
    desk: UnsafeCell<Desk>,
}

impl Context {
    /// Whether `Setup` has a bit.
    pub(crate) const fn is(&self, bit: u32) -> bool {
        self.setup & bit != 0
    }

    /// Uses the desk, with its lock held unless `Setup` says otherwise.
    pub(crate) fn with<R>(&self, body: impl FnOnce(&mut Desk) -> R) -> R {
        let desk = self.desk.get();
        if self.is(NO_LOCK) {
            // SAFETY: The desk lives as long as this context; that others have it too is what is broken.
            return body(unsafe { &mut *desk });
        }
        // SAFETY: The desk lives as long as this context, and the lock is held.
        self.lock.with(|()| body(unsafe { &mut *desk }))
    }
}

static CONTEXT: Kind<Context> = Kind::new(c"Clerk", &raw const CONTEXT);

/// The context of a device.
///
/// # Safety
///
/// `device` is a live device of this driver, [`add`] wrote its context, and it lives until the driver
/// is done with the result.
pub(crate) unsafe fn context(device: WDFDEVICE) -> &'static Context {
    // SAFETY: The device is live by this function's contract; `add` wrote the context before anything could call back.
    unsafe { CONTEXT.of(device.cast()) }
}

/// Adds a device.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdriver-evt_wdf_driver_device_add").
pub(crate) unsafe extern "C" fn add(driver: WDFDRIVER, init: PWDFDEVICE_INIT) -> NTSTATUS {
    // SAFETY: Both are those of this call.
    status::of(unsafe { try_add(driver, init) })
}

/// # Safety
///
/// As [`add`].
unsafe fn try_add(driver: WDFDRIVER, init: PWDFDEVICE_INIT) -> Result<(), NTSTATUS> {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS {
        EvtDevicePrepareHardware: Some(prepare),
        EvtDeviceReleaseHardware: Some(release),
        ..structure::power_callbacks()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd and is not used afterwards; the callbacks are the framework's to call.
    let device = unsafe { device::create_with(init, &mut callbacks, &mut CONTEXT.attributes()) }?;
    let context = Context {
        // SAFETY: The driver is that of EvtDriverDeviceAdd.
        setup: unsafe { parameters::number(driver, protocol::SETUP) }?,
        resources: [const { Count::new() }; 6],
        // SAFETY: The device is live and outlives its context.
        lock: unsafe { Locked::new(device.cast(), ()) }?,
        desk: UnsafeCell::new(Desk::NONE),
    };
    // SAFETY: The device is live and has this context, of which nothing else knows yet.
    unsafe { CONTEXT.write(device.cast(), context) };
    // SAFETY: The device is live, and its context was written just now.
    let context = unsafe { self::context(device) };
    say_state(device, context);
    let mut queue = WDF_IO_QUEUE_CONFIG {
        DefaultQueue: 1,
        PowerManaged: _WDF_TRI_STATE::WdfTrue,
        EvtIoDeviceControl: Some(orders::control),
        ..structure::queue(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel)
    };
    // SAFETY: The device is live, and the callback is the framework's to call.
    unsafe { device::create_queue(device, &mut queue) }?;
    // SAFETY: The device is live.
    unsafe { device::create_interface(device, &structure::guid(protocol::INTERFACE)) }
}

/// Says that the device may be disabled, and what else `Setup` says.
fn say_state(device: WDFDEVICE, context: &Context) {
    let left = _WDF_TRI_STATE::WdfUseDefault;
    let mut state = WDF_DEVICE_STATE {
        Size: size::<WDF_DEVICE_STATE>(),
        Disabled: left,
        DontDisplayInUI: left,
        Failed: if context.is(SAY_FAILED) {
            _WDF_TRI_STATE::WdfTrue
        } else {
            left
        },
        NotDisableable: _WDF_TRI_STATE::WdfFalse,
        Removed: if context.is(SAY_NOTHING) { 3 } else { left },
        ResourcesChanged: left,
        AssignedToGuest: left,
    };
    if context.is(SAY_SHORT) {
        state.Size -= 8;
    }
    // SAFETY: The device is live, and the structure lives through the call (nf-wdfdevice-wdfdevicesetdevicestate).
    unsafe { call_unsafe_wdf_function_binding!(WdfDeviceSetDeviceState, device, &raw mut state) };
}

/// Looks for the ports in both lists, and makes the memory.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdevice-evt_wdf_device_prepare_hardware").
unsafe extern "C" fn prepare(
    device: WDFDEVICE,
    raw: WDFCMRESLIST,
    translated: WDFCMRESLIST,
) -> NTSTATUS {
    // SAFETY: The framework's own handles.
    status::of(unsafe { try_prepare(device, [raw, translated]) })
}

/// # Safety
///
/// As [`prepare`].
unsafe fn try_prepare(device: WDFDEVICE, lists: [WDFCMRESLIST; 2]) -> Result<(), NTSTATUS> {
    // SAFETY: The device is live, and `add` has written its context.
    let context = unsafe { context(device) };
    for (list, places) in lists.into_iter().zip(context.resources.chunks_exact(3)) {
        // SAFETY: The framework's own handle (nf-wdfresource-wdfcmresourcelistgetdescriptor).
        let found =
            unsafe { call_unsafe_wdf_function_binding!(WdfCmResourceListGetDescriptor, list, 0) };
        if found.is_null() {
            return Err(status::DEVICE_CONFIGURATION_ERROR);
        }
        // SAFETY: The descriptor lives as long as the list, and nothing writes it.
        let found = unsafe { *found };
        if u32::from(found.Type) != CmResourceTypePort {
            return Err(status::DEVICE_CONFIGURATION_ERROR);
        }
        // SAFETY: The type says which view of the union holds.
        let ports = unsafe { found.u.Port };
        // SAFETY: Every view of the union holds.
        let first = unsafe { ports.Start.QuadPart };
        let kind = [found.Type, found.ShareDisposition].map(u32::from);
        places[0].set(kind[0] | kind[1] << 8 | u32::from(found.Flags) << 16);
        places[1].set(u32::try_from(first).unwrap_or(u32::MAX));
        places[2].set(ports.Length);
    }
    let first = context.resources[4].get();
    let mut desk = Desk::NONE;
    desk.first = u16::try_from(first).map_err(|_| status::DEVICE_CONFIGURATION_ERROR)?;
    // SAFETY: This is EvtDevicePrepareHardware, and `release` has given back what there was.
    unsafe { desk.make(device) }?;
    context.with(|place| *place = desk);
    Ok(())
}

/// Undoes what [`prepare`] has done.
///
/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_release_hardware").
unsafe extern "C" fn release(device: WDFDEVICE, _: WDFCMRESLIST) -> NTSTATUS {
    // SAFETY: As in `try_prepare`.
    let context = unsafe { context(device) };
    if context.is(ASLEEP) {
        // SAFETY: The ports are the device's; that it has left D0 is what is broken.
        // breaks: asleep
        context.with(|desk| unsafe { desk.read_number(key::ID) });
    }
    let enabler = context.with(Desk::take);
    if !enabler.is_null() {
        // SAFETY: The enabler is live and used no more (nf-wdfobject-wdfobjectdelete).
        unsafe { call_unsafe_wdf_function_binding!(WdfObjectDelete, enabler.cast()) };
    }
    status::SUCCESS
}
