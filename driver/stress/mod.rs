//! Stress: many threads and interrupts on the shared state at once.
//!
//! A run lasts as long as it lasts, so it has a thread of its own ([`Operation`](crate::operation::Operation)):
//! the one that presents a request is not held up.

mod run;
mod start;

use dirql::{Irql, Passive};
use dirql_ioctl::stress::{
    INTERRUPTS_MAX, Mode, StressReply, StressRequest, THREADS_MAX, TRANSFERS_MAX,
};

use crate::{
    call::{Arrived, Call},
    device::Device,
    operation::Plan,
};

/// `dirql_ioctl::code::STRESS`.
enum Stress {}

impl Call for Stress {
    type Input = StressRequest;
    type Reply = StressReply;
    type Checked = Plan;

    fn check(input: StressRequest) -> Option<Plan> {
        let StressRequest {
            mode,
            threads,
            transfers,
            interrupts,
            reserved,
        } = input;
        let mode = Mode::from_u32(mode)?;
        let good = (1..=THREADS_MAX).contains(&threads)
            && (1..=TRANSFERS_MAX).contains(&transfers)
            && interrupts <= INTERRUPTS_MAX
            && reserved == 0;
        good.then_some(Plan {
            mode,
            threads,
            transfers,
            interrupts,
        })
    }
}

/// Checks a request and begins its run, whose thread completes it.
#[inline(never)]
pub(crate) fn begin(mut arrived: Arrived, device: &Device, irql: &mut Irql<'_, Passive>) {
    match arrived.check::<Stress>() {
        Ok(plan) => start::start(plan, arrived.request, device, irql),
        Err(status) => arrived.request.refuse(status),
    }
}
