//! The operation: a stress run's request, and the thread that serves it.
//!
//! The request and the ownership of the connection ([`Exclusive`](crate::exclusive::Exclusive)) pass from the
//! queue's callback to the thread through a [`Revocable`]: the callback holds access to the job while it starts
//! the thread and puts its handle away, and the thread begins by taking the job out, which waits for that. So a
//! thread that can end its request has its handle where `EvtDeviceReleaseHardware` joins it.

use core::ptr;

use dirql::{Irql, Passive, Revocable};
use dirql_ioctl::Status;

use super::{Stress, run::run};
use crate::{
    device::Device,
    exclusive::HandedOver,
    hardware::Hardware,
    request::Request,
    status::ntstatus,
    thread::{Routine, Thread},
};

/// The operation of a device. Zero bytes are none.
pub(crate) struct Operation {
    /// What the thread is to do, until it takes it.
    job: Revocable<Job>,
    /// The thread of the newest run, also after its end.
    thread: Revocable<Thread<'static>>,
}

/// What a thread is started for.
struct Job {
    call: Stress,
    request: Request,
    owned: HandedOver,
}

impl Operation {
    /// Waits for the end of the thread, if there is one.
    ///
    /// A run looks every ten milliseconds at the latest whether the device wants it to end, and its own
    /// threads look before each transfer.
    pub(crate) fn join(&self, irql: &mut Irql<'_, Passive>) {
        // Dropping a thread waits for it.
        drop(self.thread.revoke(irql));
    }

    /// Starts the thread of a job.
    ///
    /// # Errors
    ///
    /// The job, where there is no thread for it.
    fn start(&self, device: &Device, irql: &mut Irql<'_, Passive>, job: Job) -> Result<(), Job> {
        // The owner before has given up ownership, and ends.
        self.join(irql);
        self.job.publish(irql, job)?;
        let started = self.job.access(irql, |_, irql| {
            // SAFETY: The framework keeps the context until the device has been released, and that joins the
            // thread.
            let device: &'static Device = unsafe { &*ptr::from_ref(device) };
            // SAFETY: The thread is dropped by `join`, in `EvtDeviceReleaseHardware` at the latest.
            let thread = unsafe { Thread::start::<Runner>(irql, device) }.ok()?;
            // The place is empty: only the owner of the connection fills it.
            self.thread.publish(irql, thread).ok()
        });
        match started.flatten() {
            Some(()) => Ok(()),
            // Nobody else takes the job out.
            None => match self.job.revoke(irql) {
                Ok(Some(job)) => Err(job),
                _ => Ok(()),
            },
        }
    }
}

/// Begins a run, or refuses its request.
pub(super) fn begin(call: Stress, request: Request, device: &Device, irql: &mut Irql<'_, Passive>) {
    let mut request = Some(request);
    // While this has access, the device is not released: the thread is in its place before that looks.
    let begun = device.hardware.access(irql, |hardware, irql| {
        admit(call, device, hardware, irql, &mut request)
    });
    let begun = begun.unwrap_or(Err(Status::DEVICE_NOT_READY));
    if let (Err(status), Some(request)) = (begun, request) {
        request.refuse(ntstatus(status));
    }
}

/// Hands the request to a thread, if the connection is there and nobody owns it.
fn admit(
    call: Stress,
    device: &Device,
    hardware: &Hardware,
    irql: &mut Irql<'_, Passive>,
    request: &mut Option<Request>,
) -> Result<(), Status> {
    hardware.interrupt.with(irql, |_, _| ())?;
    let owned = device.exclusive.enter()?;
    let Some(taken) = request.take() else {
        return Ok(());
    };
    let job = Job {
        call,
        request: taken,
        owned: owned.hand_over(),
    };
    device.operation.start(device, irql, job).map_err(|job| {
        drop(device.exclusive.receive(job.owned));
        *request = Some(job.request);
        Status::INSUFFICIENT_RESOURCES
    })
}

/// What the operation's thread does.
enum Runner {}

impl Routine for Runner {
    type Context = Device;

    fn run(device: &Device, irql: &mut Irql<'_, Passive>) {
        let Ok(Some(job)) = device.operation.job.revoke(irql) else {
            return;
        };
        let owned = device.exclusive.receive(job.owned);
        let ran = run(job.call, device, &job.request, irql);
        // Before the sender can ask for the next one.
        drop(owned);
        match ran {
            Ok(reply) => job.request.reply(&reply),
            Err(status) => job.request.refuse(status),
        }
    }
}
