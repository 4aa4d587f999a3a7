//! Raise: makes the device interrupt.

use dirql::{Irql, Passive};
use dirql_ioctl::{
    Status,
    interrupt::{RAISE_COUNT_MAX, RaiseReply, RaiseRequest},
};
use wdk_sys::NTSTATUS;

use crate::{
    call::{Call, Immediate},
    device::Device,
    status::ntstatus,
};

/// `dirql_ioctl::code::RAISE`.
pub(crate) struct Raise {
    causes: u32,
    count: u32,
}

impl Call for Raise {
    type Input = RaiseRequest;
    type Reply = RaiseReply;
    type Checked = Self;

    fn check(input: RaiseRequest) -> Option<Self> {
        let RaiseRequest {
            causes,
            count,
            reserved,
        } = input;
        let good = causes != 0
            && causes != u32::MAX
            && (1..=RAISE_COUNT_MAX).contains(&count)
            && reserved == 0;
        good.then_some(Self { causes, count })
    }
}

impl Immediate for Raise {
    fn serve(
        Self { causes, count }: Self,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        reply: &mut RaiseReply,
    ) -> Result<(), NTSTATUS> {
        let raised = device.with_interrupt(irql, |interrupt, irql| {
            let mut not_run = None;
            for _ in 0..count {
                // The lock is taken for each raise, so that the interrupt can come before the next.
                let once = interrupt.synchronize(irql, |shared| {
                    let before = shared.ledger.newest.sequence;
                    (shared.raise(causes), before)
                });
                match once {
                    Ok((true, before)) => {
                        if reply.raised == 0 {
                            reply.sequence_before = before;
                        }
                        reply.raised += 1;
                    }
                    Ok((false, _)) => break,
                    Err(reason) => {
                        device.base.counters.count_not_run(reason);
                        not_run = Some(reason);
                    }
                }
            }
            match (reply.raised, not_run) {
                (0, Some(_)) => Err(Status::INTERNAL_ERROR),
                (0, None) => Err(Status::INVALID_DEVICE_STATE),
                _ => Ok(()),
            }
        });
        raised.flatten().map_err(ntstatus)
    }
}
