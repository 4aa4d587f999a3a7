//! The device: its context and its queue.

use core::{
    mem::ManuallyDrop,
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

use dirql::{Irql, Passive, enter};
use guest::{
    context::Kind,
    count::Count,
    device, parameters, status,
    structure::{self, size},
};
use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_TRI_STATE, NTSTATUS, PWDFDEVICE_INIT,
    WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES, WDF_PNPPOWER_EVENT_CALLBACKS, WDFDEVICE, WDFDRIVER,
    WDFOBJECT,
};

use crate::{
    events::Registers,
    interrupt::Places,
    orders, power,
    protocol::{self, LATER, NUMBERS},
};

/// What every callback of the device reaches.
pub(crate) struct Context {
    /// The bits of `Setup`.
    pub(crate) setup: u32,
    /// The mapped registers, between `EvtDevicePrepareHardware` and `EvtDeviceReleaseHardware`.
    pub(crate) registers: AtomicPtr<u32>,
    /// Empty when the device goes; the framework drops no context.
    pub(crate) places: ManuallyDrop<Places>,
    /// Whether the callbacks of `Setup` fail.
    pub(crate) failing: Count,
    counts: [Count; NUMBERS.len()],
}

impl Context {
    /// The number of that name.
    pub(crate) fn count(&self, name: &str) -> &Count {
        let place = NUMBERS.iter().position(|number| *number == name);
        &self.counts[place.unwrap_or_default()]
    }

    /// Whether a callback fails now.
    pub(crate) fn fails(&self, bit: u32) -> NTSTATUS {
        let now = self.setup & LATER == 0 || self.failing.get() != 0;
        if self.setup & bit != 0 && now {
            status::DEVICE_NOT_READY
        } else {
            status::SUCCESS
        }
    }

    /// The registers, while they are mapped.
    pub(crate) fn registers(&self) -> Option<Registers> {
        ptr::NonNull::new(self.registers.load(Ordering::Relaxed)).map(Registers)
    }
}

static CONTEXT: Kind<Context> = Kind::new(c"Sentry", &raw const CONTEXT);

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

/// Frees what the device's context owns; the handlers of its interrupts are gone.
///
/// # Safety
///
/// The framework calls it with a device of this driver's, at `PASSIVE_LEVEL` ("nc-wdfobject-evt_wdf_object_context_cleanup").
unsafe extern "C" fn cleaned(device: WDFOBJECT) {
    // SAFETY: The device is live. Where `add` has failed before it wrote the context, that is zero, which is an empty one.
    let context = unsafe { context(device.cast()) };
    // SAFETY: A device is cleaned up at PASSIVE_LEVEL, and holds no interrupt lock.
    unsafe { enter::<Passive, _>(|irql| context.places.forget(irql)) };
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
        Size: size::<WDF_PNPPOWER_EVENT_CALLBACKS>(),
        EvtDevicePrepareHardware: Some(power::prepare),
        EvtDeviceReleaseHardware: Some(power::release),
        EvtDeviceD0Entry: Some(power::enter_d0),
        EvtDeviceD0EntryPostInterruptsEnabled: Some(power::post),
        EvtDeviceD0ExitPreInterruptsDisabled: Some(power::pre),
        EvtDeviceD0Exit: Some(power::exit_d0),
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and the callbacks are the framework's to call.
    unsafe { device::set_callbacks(init, &mut callbacks) };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        EvtCleanupCallback: Some(cleaned),
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        ..CONTEXT.attributes()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and is not used afterwards.
    let device = unsafe { device::create(init, &mut attributes) }?;
    let context = Context {
        // SAFETY: The driver is that of EvtDriverDeviceAdd.
        setup: unsafe { parameters::number(driver, protocol::SETUP) }?,
        registers: AtomicPtr::new(ptr::null_mut()),
        places: ManuallyDrop::new(Places::new()),
        failing: Count::new(),
        counts: [const { Count::new() }; NUMBERS.len()],
    };
    // SAFETY: The device is live and has this context, of which nothing else knows yet.
    unsafe { CONTEXT.write(device.cast(), context) };
    // SAFETY: The device is live, and its context was written just now.
    let context = unsafe { self::context(device) };
    let make = |irql: &mut Irql<'_, Passive>| {
        // SAFETY: This is EvtDriverDeviceAdd.
        unsafe { context.places.add(irql, device, context) }
    };
    // SAFETY: EvtDriverDeviceAdd is called at PASSIVE_LEVEL, and holds no interrupt lock.
    unsafe { enter::<Passive, _>(make) }?;
    let mut config = WDF_IO_QUEUE_CONFIG {
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        DefaultQueue: 1,
        EvtIoDeviceControl: Some(orders::control),
        ..structure::queue(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel)
    };
    // SAFETY: The device is live, and the callback is the framework's to call.
    unsafe { device::create_queue(device, &mut config) }?;
    // SAFETY: The device is live.
    unsafe { device::create_interface(device, &structure::guid(protocol::INTERFACE)) }
}
