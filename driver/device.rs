//! One device: its context, and how it is added.

use core::{
    ffi::c_void,
    ptr::null_mut,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering},
};

use dirql::{Interrupt, Irql, Level, Passive, Revocable, atomics::Field};
use dirql_ioctl::{Status, code::INTERFACE_GUID};
use wdk_sys::{
    GUID, NTSTATUS, PWDFDEVICE_INIT, WDF_PNPPOWER_EVENT_CALLBACKS, WDFDEVICE, WDFDRIVER,
    call_unsafe_wdf_function_binding,
};

use crate::{
    board::Board,
    context::{self, Context, ContextType, size},
    counters::Counters,
    dpc::Dpc,
    exclusive::Exclusive,
    hardware::Hardware,
    ledger::Ledger,
    pnp, queue,
    reach::Reach,
    shared::Shared,
    status::{self, check, ntstatus},
    stress::Operation,
    wait,
    waits::Waits,
};

/// The context of a device.
///
/// The framework gives it zeroed, and to several callbacks at once: everything in it is valid as zero
/// bytes, and atomic or protected by itself. The handles are written while the device is added, when no
/// callback can run yet, and stay.
pub(crate) struct Device {
    handle: AtomicPtr<c_void>,
    dpc: AtomicPtr<c_void>,
    waits: AtomicPtr<c_void>,
    /// Requests on their way to those that wait.
    pub(crate) entering: AtomicU32,
    /// The hardware, between `EvtDevicePrepareHardware` and `EvtDeviceReleaseHardware`.
    pub(crate) hardware: Revocable<Hardware>,
    /// What the service routine had counted, while no interrupt is connected.
    pub(crate) retained: Revocable<Ledger>,
    /// Who changes the connection, or relies on it not to change.
    pub(crate) exclusive: Exclusive,
    /// What is counted outside the interrupt lock.
    pub(crate) counters: Counters,
    /// The accounts of a stress run.
    pub(crate) board: Board,
    /// Whether the service routine may touch the device.
    pub(crate) reach: Reach,
    /// The thread of a stress run.
    pub(crate) operation: Operation,
    /// How many times the interrupt has been connected.
    pub(crate) generation: AtomicU32,
    /// Set while the framework wants requests to end soon.
    pub(crate) hurry: AtomicBool,
}

static KIND: ContextType = ContextType::new::<Device>(c"Device", &raw const KIND);

// SAFETY: Null handles, empty `Revocable`s, cleared flags and zero counts are zero bytes.
unsafe impl Context for Device {
    const KIND: &'static ContextType = &KIND;
}

impl Device {
    /// What is atomic in it, for the table in the image.
    pub(crate) const ATOMICS: [Field; 6] =
        dirql::atomic_fields!(Self: handle, dpc, waits, entering, generation, hurry);

    /// The framework's handle of the device.
    pub(crate) fn handle(&self) -> WDFDEVICE {
        self.handle.load(Ordering::Relaxed).cast()
    }

    /// The DPC that follows interrupts.
    pub(crate) fn dpc(&self) -> Dpc {
        // SAFETY: Written when the device was added, with its own DPC, which lives as long as it.
        unsafe { Dpc::new(self.dpc.load(Ordering::Relaxed).cast()) }
    }

    /// The requests that wait for an interrupt.
    pub(crate) fn waits(&self) -> Waits {
        // SAFETY: Written when the device was added, with its own queue, which lives as long as it.
        unsafe { Waits::new(self.waits.load(Ordering::Relaxed).cast()) }
    }

    /// Runs `body` on the interrupt, which stays connected and active meanwhile.
    ///
    /// # Errors
    ///
    /// `DEVICE_NOT_READY` while the hardware is not started, `INVALID_DEVICE_STATE` while the interrupt
    /// is soft-inactive or on its way between two connections.
    pub(crate) fn with_interrupt<'cx, L: Level, R>(
        &self,
        irql: &mut Irql<'cx, L>,
        body: impl FnOnce(&Interrupt<Shared>, &mut Irql<'cx, L>) -> R,
    ) -> Result<R, Status> {
        self.hardware
            .access(irql, |hardware, irql| hardware.interrupt.with(irql, body))
            .unwrap_or(Err(Status::DEVICE_NOT_READY))
    }

    /// A copy of the records behind the lock, of a live interrupt or a parked one.
    ///
    /// # Errors
    ///
    /// As for [`with_interrupt`](Self::with_interrupt), but a soft-inactive interrupt has records.
    /// `INTERNAL_ERROR` where the system did not run the closure that makes the copy.
    pub(crate) fn ledger(&self, irql: &mut Irql<'_, Passive>) -> Result<Ledger, NTSTATUS> {
        let looked = self
            .hardware
            .access(irql, |hardware, irql| hardware.interrupt.ledger(irql))
            .unwrap_or(Err(Status::DEVICE_NOT_READY));
        looked.map_err(ntstatus)?.map_err(|not_run| {
            self.counters.count_not_run(not_run);
            ntstatus(Status::INTERNAL_ERROR)
        })
    }

    /// Keeps the records for the next connection.
    pub(crate) fn retain(&self, irql: &mut Irql<'_, Passive>, ledger: &Ledger) {
        // The place is empty while an interrupt is connected, for connecting takes the records out.
        let _ = self.retained.publish(irql, *ledger);
    }
}

/// `EvtDriverDeviceAdd`: makes a device, its queues, its DPC and its interface.
///
/// # Safety
///
/// The framework calls it at `PASSIVE_LEVEL` with an initialisation object that it owns.
pub(crate) unsafe extern "C" fn add(_driver: WDFDRIVER, init: PWDFDEVICE_INIT) -> NTSTATUS {
    // SAFETY: As this function's caller promises.
    status::of(unsafe { create(init) })
}

/// # Safety
///
/// As for [`add`].
unsafe fn create(mut init: PWDFDEVICE_INIT) -> Result<(), NTSTATUS> {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS {
        Size: size::<WDF_PNPPOWER_EVENT_CALLBACKS>(),
        EvtDevicePrepareHardware: Some(pnp::prepare_hardware),
        EvtDeviceReleaseHardware: Some(pnp::release_hardware),
        EvtDeviceD0Entry: Some(pnp::d0_entry),
        EvtDeviceD0Exit: Some(pnp::d0_exit),
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    };
    // SAFETY: The initialisation object is the caller's; the framework copies the structure
    // (nf-wdfdevice-wdfdeviceinitsetpnppowereventcallbacks).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceInitSetPnpPowerEventCallbacks,
            init,
            &raw mut callbacks
        );
    };

    let mut requests = context::with_context::<wait::After>();
    // SAFETY: As above; the framework copies the attributes
    // (nf-wdfdevice-wdfdeviceinitsetrequestattributes).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceInitSetRequestAttributes,
            init,
            &raw mut requests
        );
    };

    let mut attributes = context::passive_and_unlocked(context::with_context::<Device>());
    let mut handle: WDFDEVICE = null_mut();
    // SAFETY: The initialisation object is the caller's and is not used again
    // (nf-wdfdevice-wdfdevicecreate). Where what follows fails, the framework deletes the device.
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreate,
            &raw mut init,
            &raw mut attributes,
            &raw mut handle
        )
    })?;
    // SAFETY: The device was made with this context a moment ago, and outlives this call.
    let device = unsafe { context::of::<Device>(handle.cast()) };

    device.handle.store(handle.cast(), Ordering::Relaxed);
    // SAFETY: The device is live and being added.
    let dpc = unsafe { Dpc::create(handle) }?;
    device.dpc.store(dpc.as_ptr().cast(), Ordering::Relaxed);
    // SAFETY: As above.
    let waits = unsafe { Waits::create(handle) }?;
    device.waits.store(waits.as_ptr().cast(), Ordering::Relaxed);
    // SAFETY: As above; the handles that its callbacks use are in place.
    unsafe { queue::create(handle) }?;

    let interface = guid(INTERFACE_GUID);
    // SAFETY: The device is live, the GUID lives through the call, and no reference string is asked
    // for (nf-wdfdevice-wdfdevicecreatedeviceinterface).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreateDeviceInterface,
            handle,
            &raw const interface,
            null_mut()
        )
    })
}

/// The GUID whose text form, read as one number, is `value`.
const fn guid(value: u128) -> GUID {
    let bytes = value.to_be_bytes();
    let [data1 @ .., _, _, _, _, _, _, _, _, _, _, _, _] = bytes;
    let [_, _, _, _, high2, low2, high3, low3, data4 @ ..] = bytes;
    GUID {
        Data1: u32::from_be_bytes(data1),
        Data2: u16::from_be_bytes([high2, low2]),
        Data3: u16::from_be_bytes([high3, low3]),
        Data4: data4,
    }
}
