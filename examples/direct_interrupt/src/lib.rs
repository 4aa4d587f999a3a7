//! A KMDF driver of QEMU's `edu` device that connects its interrupt itself, by the translated descriptor.
//!
//! The service routine notes causes, and its DPC counts them. A request raises those of its input, and answers the count.
#![no_std]

extern crate wdk_panic;

use core::mem::ManuallyDrop;
use dirql::{
    Connection, Dispatch, DpcContext, DpcRoutine, Interrupt, InterruptHandler, Irql, Passive,
    PhysicalDevice, Revocable, ServiceContext, Serviced, TranslatedInterrupt, enter,
};
use dirql_kmdf::{context::Kind, device, hardware, request, status, structure, window::Window};
use wdk_sys::{
    NTSTATUS, PWDFDEVICE_INIT, WDF_PNPPOWER_EVENT_CALLBACKS, WDF_POWER_DEVICE_STATE, WDFCMRESLIST,
    WDFDEVICE, WDFDRIVER, WDFQUEUE, WDFREQUEST,
};

/// What the service routine, its DPC and requests share, under the interrupt lock.
struct Events {
    registers: Window<0x1000>,
    /// The line is shared, and the registers answer in D0 alone.
    powered: bool,
    seen: u32,
    counted: u32,
}

/// Offsets of registers.
const CONTROL: usize = 0x20;
const STATUS: usize = 0x24;
const RAISE: usize = 0x60;
const ACKNOWLEDGE: usize = 0x64;
/// The control code, of `METHOD_BUFFERED`.
const COUNT: u32 = 0x0022_2004;

impl Events {
    /// Keeps the device from raising causes by itself, and acknowledges all; the read waits for the writes.
    fn silence(&self) {
        self.registers.write::<CONTROL>(0);
        self.registers.write::<ACKNOWLEDGE>(u32::MAX);
        let _ = self.registers.read::<STATUS>();
    }
}

impl InterruptHandler for Events {
    const DPC: Option<DpcRoutine<Self>> = Some(count);

    fn service(&mut self, cx: &ServiceContext<'_>) -> Serviced {
        if !self.powered {
            return Serviced::NotMine;
        }
        let causes = self.registers.read::<STATUS>();
        if causes == 0 {
            return Serviced::NotMine;
        }
        self.registers.write::<ACKNOWLEDGE>(causes);
        self.seen |= causes;
        cx.queue_dpc::<Self>();
        Serviced::Claimed
    }
}

/// The DPC: what it does in the closure excludes the service routine.
fn count(cx: &DpcContext<'_, Events>, irql: &mut Irql<'_, Dispatch>) {
    let _ = cx.synchronize(irql, |events| {
        events.counted += core::mem::take(&mut events.seen).count_ones();
    });
}

/// The place of the device's interrupt is its context, which the framework does not drop: it is empty by then.
static INTERRUPT: Kind<ManuallyDrop<Revocable<Interrupt<Events>>>> =
    Kind::new(c"Interrupt", &raw const INTERRUPT);

/// EvtDevicePrepareHardware: maps the registers, and connects with the device silent.
unsafe extern "C" fn prepare(device: WDFDEVICE, raw: WDFCMRESLIST, list: WDFCMRESLIST) -> NTSTATUS {
    let start = |irql: &mut Irql<'_, Passive>| {
        // SAFETY: The lists are those of this callback.
        let hardware = unsafe { hardware::find(raw, list) }?;
        // SAFETY: A descriptor has 20 bytes, and is valid during the callback.
        let interrupt = unsafe { TranslatedInterrupt::from_descriptor(hardware.interrupt) };
        // SAFETY: The device is that of this callback.
        let physical = PhysicalDevice::new(unsafe { hardware::physical_device(device) }.cast());
        let (Ok(interrupt), Some(device_object)) = (interrupt, physical) else {
            return Err(status::DEVICE_CONFIGURATION_ERROR);
        };
        let to = Connection::FullySpecified {
            device: device_object,
            interrupt,
        };
        // SAFETY: The window is the device's, and is unmapped in `release`, before it is taken away.
        let registers = unsafe { Window::map(&hardware) }?;
        let events = Events {
            registers,
            powered: false,
            seen: 0,
            counted: 0,
        };
        events.silence();
        // SAFETY: The interrupt is this device's, translated and assigned; `release` disconnects.
        let interrupt = unsafe { Interrupt::connect(irql, to, events) }.map_err(|error| {
            error.handler.registers.unmap();
            status::DEVICE_CONFIGURATION_ERROR
        })?;
        // SAFETY: `add` wrote the context.
        let place = unsafe { INTERRUPT.of(device.cast()) };
        // `release` has emptied the place, so it takes the interrupt.
        place
            .publish(irql, interrupt)
            .map_err(|_| status::DEVICE_CONFIGURATION_ERROR)
    };
    // SAFETY: A PnP callback runs at PASSIVE_LEVEL, and this one has no other token.
    status::of(unsafe { enter::<Passive, _>(start) })
}

/// EvtDeviceReleaseHardware: disconnects, and unmaps after the last use.
unsafe extern "C" fn release(device: WDFDEVICE, _: WDFCMRESLIST) -> NTSTATUS {
    // SAFETY: `add` wrote the context.
    let place = unsafe { INTERRUPT.of(device.cast()) };
    let stop = |irql: &mut Irql<'_, Passive>| place.revoke(irql).ok()??.disconnect(irql).ok();
    // SAFETY: As in `prepare`.
    if let Some(events) = unsafe { enter::<Passive, _>(stop) } {
        events.registers.unmap();
    }
    status::SUCCESS
}

/// Runs `body` under the interrupt lock; `None` where it did not run.
///
/// # Safety
///
/// The caller is a callback of a live device at PASSIVE_LEVEL, and has no token.
unsafe fn with_events<R>(device: WDFDEVICE, body: impl FnOnce(&mut Events) -> R) -> Option<R> {
    // SAFETY: `add` wrote the context.
    let place = unsafe { INTERRUPT.of(device.cast()) };
    let run = |irql: &mut Irql<'_, Passive>| {
        place.access(irql, |interrupt, irql| {
            interrupt.synchronize(irql, body).ok()
        })?
    };
    // SAFETY: This function's contract.
    unsafe { enter::<Passive, _>(run) }
}

/// EvtDeviceD0Entry and EvtDeviceD0Exit: silences the device, and notes whether it is in D0 from now on.
unsafe extern "C" fn set_power<const IN_D0: bool>(
    device: WDFDEVICE,
    _: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    let change = |events: &mut Events| {
        events.silence();
        events.powered = IN_D0;
    };
    // SAFETY: Power callbacks run at PASSIVE_LEVEL.
    let done = unsafe { with_events(device, change) };
    done.map_or(status::DEVICE_NOT_READY, |()| status::SUCCESS)
}

/// EvtIoDeviceControl: raises the causes of the input, and answers how many the DPC has counted.
unsafe extern "C" fn control(queue: WDFQUEUE, request: WDFREQUEST, _: usize, _: usize, code: u32) {
    // SAFETY: The queue is that of this callback.
    let device = unsafe { device::of(queue) };
    let serve = |causes| {
        let count = |events: &mut Events| {
            events.registers.write::<RAISE>(causes);
            events.counted
        };
        // SAFETY: The framework calls at PASSIVE_LEVEL, for which `add` asks.
        unsafe { with_events(device, count) }.ok_or(status::DEVICE_NOT_READY)
    };
    // SAFETY: The driver owns the request.
    unsafe { request::serve(request, code, COUNT, serve) };
}

/// EvtDriverDeviceAdd: the device, its queue, and the interface by which clients find it.
unsafe extern "C" fn add(_: WDFDRIVER, init: PWDFDEVICE_INIT) -> NTSTATUS {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS {
        EvtDevicePrepareHardware: Some(prepare),
        EvtDeviceReleaseHardware: Some(release),
        EvtDeviceD0Entry: Some(set_power::<true>),
        EvtDeviceD0Exit: Some(set_power::<false>),
        ..structure::power_callbacks()
    };
    let mut queue = structure::of_control_requests(Some(control));
    let interface = structure::guid((0xD1C7_10E5, 1, 0x4000, [0x80, 0, 0, 0, 0, 0, 0, 0xD1]));
    let mut make = || {
        // SAFETY: `init` is that of this callback and not used afterwards, and the callbacks are the framework's to call.
        let device = unsafe {
            device::create_with(init, &mut callbacks, &mut INTERRUPT.of_a_passive_device())
        }?;
        // SAFETY: The device is live and has this context, of which nothing else knows yet.
        unsafe { INTERRUPT.write(device.cast(), ManuallyDrop::new(Revocable::new())) };
        // SAFETY: The device is live, and the callback is the framework's to call.
        unsafe { device::create_queue(device, &mut queue) }?;
        // SAFETY: The device is live.
        unsafe { device::create_interface(device, &interface) }
    };
    status::of(make())
}

dirql_kmdf::driver_entry!(add);
