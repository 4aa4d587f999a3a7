//! One device: the context that its callbacks share.

use core::{
    ffi::c_void,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering},
};

use dirql::{Irql, Level, Passive, Revocable, atomics::Field};
use dirql_ioctl::Status;
use wdk_sys::NTSTATUS;

use crate::{
    board::Board,
    context::{Context, ContextType},
    dpc::Dpc,
    exclusive::Exclusive,
    file::Files,
    hardware::Hardware,
    interrupt::{Base, Connected},
    ledger::Ledger,
    operation::Operation,
    status::ntstatus,
    waits::Waits,
};

/// The context of a device.
///
/// The framework gives it zeroed, and to several callbacks at once: everything in it is valid as zero
/// bytes, and atomic or protected by itself. The handles are written while the device is added, when no
/// callback can run yet, and stay.
pub(crate) struct Device {
    /// What stays while the interrupt comes and goes.
    pub(crate) base: Base,
    dpc: AtomicPtr<c_void>,
    waits: AtomicPtr<c_void>,
    files: AtomicPtr<c_void>,
    /// Requests on their way to those that wait.
    pub(crate) entering: AtomicU32,
    /// The hardware, between `EvtDevicePrepareHardware` and `EvtDeviceReleaseHardware`.
    pub(crate) hardware: Revocable<Hardware>,
    /// Who changes the connection, or relies on it not to change.
    pub(crate) exclusive: Exclusive,
    /// The accounts of a stress run.
    pub(crate) board: Board,
    /// The thread of a stress run.
    pub(crate) operation: Operation,
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
    pub(crate) const ATOMICS: [Field; 5] =
        dirql::atomic_fields!(Self: dpc, waits, files, entering, hurry);

    /// Gives the device, which is being added, its DPC, its queue of waits and its lock of files. They live as long as it.
    pub(crate) fn equip(&self, dpc: Dpc, waits: Waits, files: Files) {
        self.dpc.store(dpc.as_ptr().cast(), Ordering::Relaxed);
        self.waits.store(waits.as_ptr().cast(), Ordering::Relaxed);
        self.files.store(files.as_ptr().cast(), Ordering::Relaxed);
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

    /// The lock under which files are closed.
    pub(crate) fn files(&self) -> Files {
        // SAFETY: Written when the device was added, with its own lock, which lives as long as it.
        unsafe { Files::new(self.files.load(Ordering::Relaxed).cast()) }
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
        body: impl FnOnce(&Connected, &mut Irql<'cx, L>) -> R,
    ) -> Result<R, Status> {
        self.hardware
            .access(irql, |hardware, irql| hardware.interrupt.with(irql, body))
            .unwrap_or(Err(Status::DEVICE_NOT_READY))
    }

    /// Hands out the records behind the lock, of a live interrupt or a parked one. `read` runs under the lock.
    ///
    /// # Errors
    ///
    /// As for [`with_interrupt`](Self::with_interrupt), but a soft-inactive interrupt has records.
    /// `INTERNAL_ERROR` where the system did not run the closure that reads them.
    pub(crate) fn records<R>(
        &self,
        irql: &mut Irql<'_, Passive>,
        read: impl FnMut(&Ledger) -> R,
    ) -> Result<R, NTSTATUS> {
        let looked = self
            .hardware
            .access(irql, |hardware, irql| {
                hardware.interrupt.records(irql, read)
            })
            .unwrap_or(Err(Status::DEVICE_NOT_READY));
        looked.map_err(ntstatus)?.map_err(|not_run| {
            self.base.counters.count_not_run(not_run);
            ntstatus(Status::INTERNAL_ERROR)
        })
    }
}
