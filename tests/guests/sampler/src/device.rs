//! The device: its context, its interrupt and its queue of requests.

use core::{
    cell::UnsafeCell,
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

use guest::{
    context::Kind,
    count::Count,
    device,
    lock::Locked,
    parameters,
    status::{self, check},
    structure::{self, size},
};
use wdk_sys::{
    BUS_INTERFACE_STANDARD, NTSTATUS, PWDFDEVICE_INIT, WDF_INTERRUPT_CONFIG,
    WDF_PNPPOWER_EVENT_CALLBACKS, WDFDEVICE, WDFDRIVER, WDFINTERRUPT__,
    call_unsafe_wdf_function_binding,
};

use crate::{
    interrupt,
    memory::Memory,
    orders, power,
    protocol::{self, NUMBERS},
    transport::Transport,
};

/// What every callback of the device reaches.
pub(crate) struct Context {
    /// The bits of `Setup`.
    pub(crate) setup: u32,
    /// The mapped structures.
    pub(crate) registers: AtomicPtr<u8>,
    pub(crate) interrupt: AtomicPtr<WDFINTERRUPT__>,
    /// Where the queue's buffer is: common buffers are asked for it up to `DISPATCH_LEVEL` alone.
    pub(crate) queue: AtomicPtr<u8>,
    /// Whether the interrupt is a message.
    pub(crate) by_message: Count,
    /// Whether `EvtInterruptEnable` was called, and `EvtInterruptDisable` was not: the registers answer.
    pub(crate) is_enabled: Count,
    /// The bus driver's interface, and the memory: those of the callbacks of Plug and Play and of power, of which one runs at a
    /// time.
    pub(crate) bus: UnsafeCell<BUS_INTERFACE_STANDARD>,
    pub(crate) memory: UnsafeCell<Memory>,
    pub(crate) transport: Locked<Transport>,
    pub(crate) numbers: [Count; NUMBERS.len()],
}

impl Context {
    /// Whether `Setup` has a bit.
    pub(crate) const fn is(&self, bit: u32) -> bool {
        self.setup & bit != 0
    }

    /// Notes a number of the report.
    pub(crate) fn note(&self, name: &str, value: u32) {
        if let Some(place) = NUMBERS.iter().position(|number| *number == name) {
            self.numbers[place].set(value);
        }
    }

    pub(crate) fn registers(&self) -> *mut u8 {
        self.registers.load(Ordering::Relaxed)
    }
}

static CONTEXT: Kind<Context> = Kind::new(c"Sampler", &raw const CONTEXT);

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
        EvtDevicePrepareHardware: Some(power::prepare),
        EvtDeviceReleaseHardware: Some(power::release),
        EvtDeviceD0Entry: Some(power::enter),
        EvtDeviceD0ExitPreInterruptsDisabled: Some(power::pre),
        EvtDeviceD0Exit: Some(power::exit),
        ..structure::power_callbacks()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd and is not used afterwards; the callbacks are the framework's to call.
    let device =
        unsafe { device::create_with(init, &mut callbacks, &mut CONTEXT.of_a_passive_device()) }?;
    let context = Context {
        // SAFETY: The driver is that of EvtDriverDeviceAdd.
        setup: unsafe { parameters::number(driver, protocol::SETUP) }?,
        registers: AtomicPtr::new(ptr::null_mut()),
        interrupt: AtomicPtr::new(ptr::null_mut()),
        queue: AtomicPtr::new(ptr::null_mut()),
        by_message: Count::new(),
        is_enabled: Count::new(),
        bus: UnsafeCell::new(BUS_INTERFACE_STANDARD::default()),
        memory: UnsafeCell::new(Memory::NONE),
        // SAFETY: The device is live and outlives its context.
        transport: unsafe { Locked::new(device.cast(), Transport::NONE) }?,
        numbers: [const { Count::new() }; NUMBERS.len()],
    };
    // SAFETY: The device is live and has this context, of which nothing else knows yet.
    unsafe { CONTEXT.write(device.cast(), context) };
    // SAFETY: The device is live, and its context was written just now.
    let context = unsafe { self::context(device) };
    let mut config = WDF_INTERRUPT_CONFIG {
        Size: size::<WDF_INTERRUPT_CONFIG>(),
        EvtInterruptIsr: Some(interrupt::serve),
        EvtInterruptDpc: Some(interrupt::deferred),
        EvtInterruptEnable: Some(interrupt::enable),
        EvtInterruptDisable: Some(interrupt::disable),
        ..WDF_INTERRUPT_CONFIG::default()
    };
    let mut made = ptr::null_mut();
    // SAFETY: The device is live; the configuration lives through the call (nf-wdfinterrupt-wdfinterruptcreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfInterruptCreate,
            device,
            &raw mut config,
            ptr::null_mut(),
            &raw mut made
        )
    })?;
    context.interrupt.store(made, Ordering::Relaxed);
    let mut queue = structure::of_control_requests(Some(orders::control));
    // SAFETY: The device is live, and the callback is the framework's to call.
    unsafe { device::create_queue(device, &mut queue) }?;
    // SAFETY: The device is live.
    unsafe { device::create_interface(device, &structure::guid(protocol::INTERFACE)) }
}
