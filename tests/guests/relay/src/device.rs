//! The device: its context, and the queues that belong to it.

use core::cell::UnsafeCell;

use guest::{
    context::Kind,
    device,
    lock::Locked,
    status::{self, check},
    structure::{self, size},
};
use wdk_sys::{
    _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_TRI_STATE, NTSTATUS, PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL,
    PWDFDEVICE_INIT, WDF_IO_QUEUE_CONFIG, WDF_PNPPOWER_EVENT_CALLBACKS, WDFDEVICE, WDFDRIVER,
    WDFOBJECT, WDFQUEUE, call_unsafe_wdf_function_binding,
};

use crate::{
    file,
    kept::{self, Kept},
    nested, orders, power,
    protocol::{self, Report},
    shelf,
};

/// What every callback of the device reaches.
pub(crate) struct Context {
    /// What callbacks that run inside of a call take.
    pub(crate) gate: Locked<()>,
    /// What raises the IRQL of a call.
    pub(crate) outer: Locked<()>,
    /// Held while a file is closed, and while a request gets to where it is kept.
    pub(crate) files: Locked<()>,
    /// Taken last.
    pub(crate) report: Locked<Report>,
    pub(crate) kept: Locked<Kept>,
    /// Which callbacks of power are running.
    pub(crate) power: Locked<power::State>,
    /// What they count without a lock.
    pub(crate) plain: Plain,
    pub(crate) queues: Queues,
}

/// A number that callbacks of power change without a lock. The framework calls those of one change one after the other,
/// and `EvtDeviceSurpriseRemoval` whenever it likes: with that one, it is a race.
pub(crate) struct Plain(pub(crate) UnsafeCell<u32>);

// SAFETY: What is said of it is not so where a test shows the race; elsewhere nothing touches it.
unsafe impl Sync for Plain {}

/// The queues, but for that of the orders.
#[derive(Clone, Copy)]
pub(crate) struct Queues {
    pub(crate) served: WDFQUEUE,
    pub(crate) marked: WDFQUEUE,
    pub(crate) first: WDFQUEUE,
    pub(crate) second: WDFQUEUE,
    pub(crate) shelf: WDFQUEUE,
}

// SAFETY: Handles of queues may be used on any thread (WDF objects have no thread affinity).
unsafe impl Send for Queues {}
// SAFETY: As above.
unsafe impl Sync for Queues {}

static CONTEXT: Kind<Context> = Kind::new(c"Relay", &raw const CONTEXT);

/// The context of a device that [`add`] has finished.
///
/// # Safety
///
/// `device` is a live device of this driver, `add` wrote its context, and it outlives `'a`.
pub(crate) unsafe fn context<'a>(device: WDFOBJECT) -> &'a Context {
    // SAFETY: The device is live by this function's contract; `add` wrote the context before anything could call back.
    unsafe { CONTEXT.of(device) }
}

/// The context of the device that owns `queue`.
///
/// # Safety
///
/// `queue` is a live queue of a device of this driver, and outlives `'a`.
pub(crate) unsafe fn of_queue<'a>(queue: WDFQUEUE) -> &'a Context {
    // SAFETY: The queue is live by this function's contract (nf-wdfio-wdfioqueuegetdevice).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueGetDevice, queue) };
    // SAFETY: A queue's device outlives it; no queue gets a request before the context is written.
    unsafe { context(device.cast()) }
}

/// Adds a device.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdriver-evt_wdf_driver_device_add").
pub(crate) unsafe extern "C" fn add(_: WDFDRIVER, init: PWDFDEVICE_INIT) -> NTSTATUS {
    // SAFETY: `init` is that of this call.
    status::of(unsafe { try_add(init) })
}

/// # Safety
///
/// As [`add`].
unsafe fn try_add(init: PWDFDEVICE_INIT) -> Result<(), NTSTATUS> {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS {
        Size: size::<WDF_PNPPOWER_EVENT_CALLBACKS>(),
        EvtDeviceD0Entry: Some(power::enter),
        EvtDeviceD0Exit: Some(power::exit),
        EvtDeviceSurpriseRemoval: Some(power::gone),
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and the callbacks are the framework's to call.
    unsafe { device::set_callbacks(init, &mut callbacks) };
    // SAFETY: As above; the device is not made yet.
    unsafe { file::configure(init) };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and is not used afterwards.
    let device = unsafe { device::create(init, &mut CONTEXT.attributes()) }?;
    // SAFETY: The device is live, and outlives what it is the parent of.
    let context = unsafe { self::make(device) }?;
    let queues = context.queues;
    // SAFETY: The device is live and has this context, of which nothing else knows yet: orders, which lead to everything
    // else, come in by a queue that does not exist.
    unsafe { CONTEXT.write(device.cast(), context) };
    // SAFETY: The queue is live, and the context is written.
    check(unsafe { shelf::be_told(queues.shelf) })?;

    let mut config = WDF_IO_QUEUE_CONFIG {
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        DefaultQueue: 1,
        ..parallel(Some(orders::control))
    };
    // SAFETY: The device is live by what is said above.
    unsafe { device::create_queue(device, &mut config) }?;
    // SAFETY: The device is live.
    unsafe { device::create_interface(device, &structure::guid(protocol::INTERFACE)) }
}

fn parallel(callback: PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL) -> WDF_IO_QUEUE_CONFIG {
    WDF_IO_QUEUE_CONFIG {
        EvtIoDeviceControl: callback,
        ..structure::queue(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel)
    }
}

/// # Safety
///
/// `device` is a live device.
unsafe fn make(device: WDFDEVICE) -> Result<Context, NTSTATUS> {
    let managed = WDF_IO_QUEUE_CONFIG {
        PowerManaged: _WDF_TRI_STATE::WdfTrue,
        EvtIoStop: Some(kept::stop),
        EvtIoResume: Some(kept::resume),
        ..parallel(Some(kept::arrived))
    };
    let unmanaged = |config| WDF_IO_QUEUE_CONFIG {
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        ..config
    };
    let manual = WDF_IO_QUEUE_CONFIG {
        PowerManaged: _WDF_TRI_STATE::WdfTrue,
        ..structure::queue(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchManual)
    };
    // SAFETY: The device is live, and the callbacks are the framework's to call.
    let queue = |mut config| unsafe { device::create_queue(device, &mut config) };
    let parent = device.cast();
    Ok(Context {
        // SAFETY: The device is live and outlives its context; so below.
        gate: unsafe { Locked::new(parent, ()) }?,
        // SAFETY: As above.
        outer: unsafe { Locked::new(parent, ()) }?,
        // SAFETY: As above.
        files: unsafe { Locked::new(parent, ()) }?,
        // SAFETY: As above.
        report: unsafe { Locked::new(parent, Report::default()) }?,
        // SAFETY: As above.
        kept: unsafe { Locked::new(parent, Kept::new()) }?,
        // SAFETY: As above.
        power: unsafe { Locked::new(parent, power::State::new()) }?,
        plain: Plain(UnsafeCell::new(0)),
        queues: Queues {
            served: queue(unmanaged(parallel(Some(nested::served))))?,
            marked: queue(unmanaged(parallel(Some(nested::marked))))?,
            first: queue(managed)?,
            second: queue(managed)?,
            shelf: queue(manual)?,
        },
    })
}
