//! Stress: many threads and interrupts on the shared state at once.
//!
//! A run lasts as long as it lasts, so it has a thread of its own ([`Operation`]): the one that presents a
//! request is not held up.

mod operation;
mod run;

use dirql::{Irql, Passive};
use dirql_ioctl::stress::{
    INTERRUPTS_MAX, Mode, StressReply, StressRequest, THREADS_MAX, TRANSFERS_MAX,
};

pub(crate) use self::operation::Operation;
use crate::{
    call::{Arrived, Call},
    device::Device,
};

/// `dirql_ioctl::code::STRESS`.
#[derive(Clone, Copy)]
pub(crate) struct Stress {
    mode: Mode,
    threads: u32,
    transfers: u32,
    interrupts: u32,
}

impl Call for Stress {
    type Input = StressRequest;
    type Reply = StressReply;
    type Checked = Self;

    fn check(input: StressRequest) -> Option<Self> {
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
        good.then_some(Self {
            mode,
            threads,
            transfers,
            interrupts,
        })
    }
}

/// Checks a request and begins its run, whose thread completes it.
pub(crate) fn begin(arrived: Arrived, device: &Device, irql: &mut Irql<'_, Passive>) {
    match arrived.check::<Stress>() {
        Ok(call) => operation::begin(call, arrived.request, device, irql),
        Err(status) => arrived.request.refuse(status),
    }
}
