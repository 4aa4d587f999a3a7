//! Wait: a request that ends with the next interrupt after a given one.
//!
//! No wake-up is lost: the service routine raises the sequence before it queues the DPC, and a request
//! looks at the sequence again after it has been put where the DPC finds it. Whichever comes last
//! completes it.

use dirql::{Irql, Passive};
use dirql_ioctl::interrupt::{WaitReply, WaitRequest};
use wdk_sys::NTSTATUS;

use crate::{
    call::{Arrived, Call},
    context,
    device::Device,
    ledger::Newest,
    status::ntstatus,
    waits::After,
};

/// `dirql_ioctl::code::WAIT`.
enum Wait {}

impl Call for Wait {
    type Input = WaitRequest;
    type Reply = WaitReply;
    type Checked = u64;

    fn check(input: WaitRequest) -> Option<u64> {
        Some(input.after)
    }
}

/// Answers a wait, or lets it wait.
#[inline(never)]
pub(crate) fn begin(mut arrived: Arrived, device: &Device, irql: &mut Irql<'_, Passive>) {
    let (after, newest) = match admit(&mut arrived, device, irql) {
        Ok(admitted) => admitted,
        Err(status) => return arrived.request.refuse(status),
    };
    // SAFETY: The request is the driver's own, and every request of the device has this context.
    let context = unsafe { context::of::<After>(arrived.request.as_ptr().cast()) };
    context.set(after);
    if context.is_before(newest) {
        return arrived.request.reply(&WaitReply {
            sequence: newest.sequence,
            causes: newest.causes,
            reserved: 0,
        });
    }
    let held = device
        .waits()
        .hold(arrived.request, &device.entering, device.files());
    match held {
        Ok(()) => settle(device, irql),
        Err((request, status)) => request.refuse(ntstatus(status)),
    }
}

/// Checks a wait, and looks at the newest interrupt.
fn admit(
    arrived: &mut Arrived,
    device: &Device,
    irql: &mut Irql<'_, Passive>,
) -> Result<(u64, Newest), NTSTATUS> {
    let after = arrived.check::<Wait>()?;
    Ok((after, newest(device, irql)?))
}

/// Completes the waits that the newest interrupt ends.
///
/// Where there are no records to look at, what brings them back comes here afterwards.
pub(crate) fn settle(device: &Device, irql: &mut Irql<'_, Passive>) {
    if let Ok(newest) = newest(device, irql) {
        device.waits().complete_past(newest);
    }
}

/// The newest interrupt.
#[inline(never)]
fn newest(device: &Device, irql: &mut Irql<'_, Passive>) -> Result<Newest, NTSTATUS> {
    device.records(irql, |ledger| ledger.newest)
}
