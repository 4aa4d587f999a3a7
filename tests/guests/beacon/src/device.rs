//! The device: its context, its queue, and the bits by which it is set up.

use core::{
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

use guest::{
    context::Kind,
    count::Count,
    device, parameters, status,
    structure::{self, size},
};
use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_TRI_STATE, NTSTATUS, PWDFDEVICE_INIT,
    WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES, WDF_PNPPOWER_EVENT_CALLBACKS, WDFDEVICE, WDFDRIVER,
    WDFINTERRUPT__, WDFSPINLOCK__, WDFWAITLOCK__,
};

use crate::{
    interrupt, orders, power,
    protocol::{self, IN_PREPARE, LATER, NUMBERS},
};

/// What every callback of the device reaches.
pub(crate) struct Context {
    /// The bits of `Setup`.
    pub(crate) setup: u32,
    /// The mapped registers.
    pub(crate) registers: AtomicPtr<u32>,
    pub(crate) interrupt: AtomicPtr<WDFINTERRUPT__>,
    /// The interrupt's lock, where it is a WDFSPINLOCK.
    pub(crate) lock: AtomicPtr<WDFSPINLOCK__>,
    /// The same, where it is a WDFWAITLOCK.
    pub(crate) wait_lock: AtomicPtr<WDFWAITLOCK__>,
    /// Whether `EvtInterruptEnable` was called, and `EvtInterruptDisable` was not.
    pub(crate) is_enabled: Count,
    /// Whether an order holds the interrupt's wait lock.
    pub(crate) held: Count,
    /// Whether the callbacks of `Setup` fail.
    pub(crate) failing: Count,
    /// Whether the device is gone.
    pub(crate) gone: Count,
    pub(crate) counts: [Count; NUMBERS.len()],
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

    pub(crate) fn interrupt(&self) -> *mut WDFINTERRUPT__ {
        self.interrupt.load(Ordering::Relaxed)
    }
}

static CONTEXT: Kind<Context> = Kind::new(c"Beacon", &raw const CONTEXT);

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
        Size: size::<WDF_PNPPOWER_EVENT_CALLBACKS>(),
        EvtDevicePrepareHardware: Some(power::prepare),
        EvtDeviceReleaseHardware: Some(power::release),
        EvtDeviceD0Entry: Some(power::enter),
        EvtDeviceD0EntryPostInterruptsEnabled: Some(power::post),
        EvtDeviceD0ExitPreInterruptsDisabled: Some(power::pre),
        EvtDeviceD0Exit: Some(power::exit),
        EvtDeviceSurpriseRemoval: Some(power::gone),
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and the callbacks are the framework's to call.
    unsafe { device::set_callbacks(init, &mut callbacks) };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        ..CONTEXT.attributes()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and is not used afterwards.
    let device = unsafe { device::create(init, &mut attributes) }?;
    let context = Context {
        // SAFETY: The driver is that of EvtDriverDeviceAdd.
        setup: unsafe { parameters::number(driver, protocol::SETUP) }?,
        registers: AtomicPtr::new(ptr::null_mut()),
        interrupt: AtomicPtr::new(ptr::null_mut()),
        lock: AtomicPtr::new(ptr::null_mut()),
        wait_lock: AtomicPtr::new(ptr::null_mut()),
        is_enabled: Count::new(),
        held: Count::new(),
        failing: Count::new(),
        gone: Count::new(),
        counts: [const { Count::new() }; NUMBERS.len()],
    };
    // SAFETY: The device is live and has this context, of which nothing else knows yet.
    unsafe { CONTEXT.write(device.cast(), context) };
    // SAFETY: The device is live, and its context was written just now.
    let context = unsafe { self::context(device) };
    if context.setup & IN_PREPARE == 0 {
        // SAFETY: This is EvtDriverDeviceAdd, and the device is live.
        unsafe { interrupt::create_all(device, context, None) }?;
    }
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
