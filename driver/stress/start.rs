//! Starting a run: from its request to its thread.

use dirql::{Irql, Passive};
use dirql_ioctl::Status;

use super::run::run;
use crate::{
    device::Device,
    hardware::Hardware,
    operation::{Job, Plan},
    request::Request,
    status::ntstatus,
    thread::Routine,
};

/// Begins a run, or refuses its request.
pub(super) fn start(plan: Plan, request: Request, device: &Device, irql: &mut Irql<'_, Passive>) {
    let mut request = Some(request);
    // While this has access, the device is not released: the thread is in its place before that looks.
    let begun = device.hardware.access(irql, |hardware, irql| {
        admit(plan, device, hardware, irql, &mut request)
    });
    let begun = begun.unwrap_or(Err(Status::DEVICE_NOT_READY));
    if let (Err(status), Some(request)) = (begun, request) {
        request.refuse(ntstatus(status));
    }
}

/// Hands the request to a thread, if the connection is there and nothing owns it.
fn admit(
    plan: Plan,
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
        plan,
        request: taken,
        owned: owned.hand_over(),
    };
    // SAFETY: The framework keeps the context until the device has been released, and that joins the thread.
    let started = unsafe { device.operation.start::<Runner>(device, irql, job) };
    started.map_err(|job| {
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
        let Some(job) = device.operation.take(irql) else {
            return;
        };
        let owned = device.exclusive.receive(job.owned);
        let ran = run(job.plan, device, &job.request, irql);
        // Before the sender can ask for the next one.
        drop(owned);
        match ran {
            Ok(reply) => job.request.reply(&reply),
            Err(status) => job.request.refuse(status),
        }
    }
}
