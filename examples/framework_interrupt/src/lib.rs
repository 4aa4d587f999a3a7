//! A KMDF driver of QEMU's `edu` device whose interrupt is the framework's: what Microsoft recommends.
//!
//! The service routine notes causes, and its DPC counts them. A request raises those of its input, and answers the count.
#![no_std]

extern crate wdk_panic;

use core::mem::ManuallyDrop;
use dirql::{
    Dispatch, Irql, Passive, Serviced, enter,
    wdf::{
        Config, DpcContext, DpcRoutine, FrameworkHandler, FrameworkInterrupt, InterruptKind,
        ServiceContext,
    },
};
use dirql_kmdf::{context::Kind, device, hardware, request, status, structure, window::Window};
use wdk_sys::{
    NTSTATUS, PWDFDEVICE_INIT, WDF_PNPPOWER_EVENT_CALLBACKS, WDF_POWER_DEVICE_STATE, WDFCMRESLIST,
    WDFDEVICE, WDFDRIVER, WDFQUEUE, WDFREQUEST,
};

/// What the service routine, its DPC and requests share, under the interrupt lock.
struct Events {
    registers: Window<0x1000>,
    seen: u32,
    counted: u32,
}

/// Offsets of registers, and the control code, of `METHOD_BUFFERED`.
const CONTROL: usize = 0x20;
const STATUS: usize = 0x24;
const RAISE: usize = 0x60;
const ACKNOWLEDGE: usize = 0x64;
const COUNT: u32 = 0x0022_2004;

impl Events {
    /// Keeps the device from raising causes by itself, and acknowledges all; the read waits for the writes.
    fn silence(&self) {
        self.registers.write::<CONTROL>(0);
        self.registers.write::<ACKNOWLEDGE>(u32::MAX);
        let _ = self.registers.read::<STATUS>();
    }
}

static KIND: InterruptKind<Events> = InterruptKind::new(c"Events", &raw const KIND);

impl FrameworkHandler for Events {
    const KIND: &'static InterruptKind<Self> = &KIND;
    const DPC: Option<DpcRoutine<Self>> = Some(count);

    fn service(&mut self, cx: &ServiceContext<'_, Self>) -> Serviced {
        let causes = self.registers.read::<STATUS>();
        if causes == 0 {
            return Serviced::NotMine;
        }
        self.registers.write::<ACKNOWLEDGE>(causes);
        self.seen |= causes;
        cx.queue_dpc();
        Serviced::Claimed
    }

    // The framework calls these under the lock, on each way into D0 and out of it.
    fn enable(&mut self) -> Result<(), i32> {
        self.silence();
        Ok(())
    }
    fn disable(&mut self) -> Result<(), i32> {
        self.silence();
        Ok(())
    }
}

/// The DPC: what it does in the closure excludes the service routine.
fn count(cx: &DpcContext<'_, Events>, irql: &mut Irql<'_, Dispatch>) {
    let _ = cx.synchronize(irql, |events| {
        events.counted += core::mem::take(&mut events.seen).count_ones();
    });
}

type Interrupt = FrameworkInterrupt<Events>;
/// The device's context: `add` writes it before anything else is called, and the framework does not drop it.
static INTERRUPT: Kind<ManuallyDrop<Interrupt>> = Kind::new(c"Interrupt", &raw const INTERRUPT);

/// Runs `body` with the interrupt of `device`; `None` is what `body` makes of a failure.
///
/// # Safety
///
/// The caller is a callback of a live device at PASSIVE_LEVEL, and has no token.
unsafe fn with_interrupt<R>(
    device: WDFDEVICE,
    body: impl FnOnce(&Interrupt, &mut Irql<'_, Passive>) -> Option<R>,
) -> Option<R> {
    // SAFETY: `add` wrote the context.
    let interrupt = unsafe { INTERRUPT.of(device.cast()) };
    // SAFETY: This function's contract.
    unsafe { enter::<Passive, _>(|irql| body(interrupt, irql)) }
}

/// EvtDevicePrepareHardware: maps the registers, and gives the interrupt its state.
unsafe extern "C" fn prepare(device: WDFDEVICE, raw: WDFCMRESLIST, list: WDFCMRESLIST) -> NTSTATUS {
    let start = || {
        // SAFETY: The lists are those of this callback.
        let hardware = unsafe { hardware::find(raw, list) }?;
        // SAFETY: The window is the device's, and is unmapped in `release`, before it is taken away.
        let registers = unsafe { Window::map(&hardware) }?;
        let events = Events {
            registers,
            seen: 0,
            counted: 0,
        };
        let install = |interrupt: &Interrupt, irql: &mut Irql<'_, Passive>| {
            let installed = interrupt.install(irql, events);
            installed.map_err(|events| events.registers.unmap()).ok()
        };
        // SAFETY: This callback runs at PASSIVE_LEVEL.
        unsafe { with_interrupt(device, install) }.ok_or(status::DEVICE_CONFIGURATION_ERROR)
    };
    status::of(start())
}

/// EvtDeviceReleaseHardware: takes the state back, and unmaps after the last use.
unsafe extern "C" fn release(device: WDFDEVICE, _: WDFCMRESLIST) -> NTSTATUS {
    // SAFETY: This callback runs at PASSIVE_LEVEL.
    let events = unsafe { with_interrupt(device, |interrupt, irql| interrupt.remove(irql).ok()?) };
    if let Some(events) = events {
        events.registers.unmap();
    }
    status::SUCCESS
}

/// EvtDeviceD0EntryPostInterruptsEnabled: from now on the interrupt is there to be synchronized with.
unsafe extern "C" fn open(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    let open = |interrupt: &Interrupt, irql: &mut Irql<'_, Passive>| {
        // SAFETY: This is the last act of the callback, and `close` is EvtDeviceD0ExitPreInterruptsDisabled.
        unsafe { interrupt.open(irql) }.ok()
    };
    // SAFETY: This callback runs at PASSIVE_LEVEL.
    let opened = unsafe { with_interrupt(device, open) };
    opened.map_or(status::DEVICE_NOT_READY, |()| status::SUCCESS)
}

/// EvtDeviceD0ExitPreInterruptsDisabled: waits for closures that run.
unsafe extern "C" fn close(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: This callback runs at PASSIVE_LEVEL.
    let closed = unsafe { with_interrupt(device, |interrupt, irql| interrupt.close(irql).ok()) };
    closed.map_or(status::DEVICE_NOT_READY, |_| status::SUCCESS)
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
        let run = |interrupt: &Interrupt, irql: &mut Irql<'_, Passive>| {
            interrupt.synchronize(irql, count).ok()
        };
        // SAFETY: The framework calls at PASSIVE_LEVEL, for which `add` asks.
        unsafe { with_interrupt(device, run) }.ok_or(status::DEVICE_NOT_READY)
    };
    // SAFETY: The driver owns the request.
    unsafe { request::serve(request, code, COUNT, serve) };
}

/// EvtDriverDeviceAdd: the device, its interrupt, its queue, and the interface by which clients find it.
unsafe extern "C" fn add(_: WDFDRIVER, init: PWDFDEVICE_INIT) -> NTSTATUS {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS {
        EvtDevicePrepareHardware: Some(prepare),
        EvtDeviceReleaseHardware: Some(release),
        EvtDeviceD0EntryPostInterruptsEnabled: Some(open),
        EvtDeviceD0ExitPreInterruptsDisabled: Some(close),
        ..structure::power_callbacks()
    };
    let mut queue = structure::of_control_requests(Some(control));
    let interface = structure::guid((0xD1C7_10E5, 1, 0x4000, [0x80, 0, 0, 0, 0, 0, 0, 0xD3]));
    let mut make = || {
        // SAFETY: `init` is that of this callback and not used afterwards, and the callbacks are the framework's to call.
        let device = unsafe {
            device::create_with(init, &mut callbacks, &mut INTERRUPT.of_a_passive_device())
        }?;
        let create = |irql: &mut Irql<'_, Passive>| {
            // SAFETY: This is EvtDriverDeviceAdd, and the device's callbacks alone reach the interrupt.
            unsafe { KIND.create(irql, device.cast(), &Config::new()) }
        };
        // SAFETY: EvtDriverDeviceAdd is called at PASSIVE_LEVEL, and holds no interrupt lock.
        let interrupt = unsafe { enter::<Passive, _>(create) }?;
        // SAFETY: The device is live and has this context, of which nothing else knows yet.
        unsafe { INTERRUPT.write(device.cast(), ManuallyDrop::new(interrupt)) };
        // SAFETY: The device is live, and the callback is the framework's to call.
        unsafe { device::create_queue(device, &mut queue) }?;
        // SAFETY: The device is live.
        unsafe { device::create_interface(device, &interface) }
    };
    status::of(make())
}

dirql_kmdf::driver_entry!(add);
