//! One closure at a priority: with the shared state at medium, without it at low and high.

use core::sync::atomic::Ordering::Relaxed;

use dirql::{Dispatch, Irql, NotRun};
use dirql_ioctl::video::{
    Operation, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM, REPEAT_MAX, SynchronizeReply,
    SynchronizeRequest,
};
use dirql_video::{VideoAdapter, VpStatus};

use crate::{probe::Probe, requests::refused, shared::Shared};

/// Runs the closure that was asked for as often as was asked.
pub(crate) fn run(
    probe: &Probe,
    adapter: &VideoAdapter<Shared>,
    irql: &mut Irql<'_, Dispatch>,
    asked: &SynchronizeRequest,
) -> Result<SynchronizeReply, VpStatus> {
    let operation = admit(asked)?;
    let mut reply = SynchronizeReply::default();
    for _ in 0..asked.repeat {
        let result = match asked.priority {
            PRIORITY_MEDIUM => medium(probe, adapter, irql, asked, operation, &mut reply)?,
            PRIORITY_HIGH => adapter.run_high(irql, || raise_and_count(probe, asked.raise)),
            _ => adapter.run_low(irql, || raise_and_count(probe, asked.raise)),
        };
        match result {
            Ok(interrupts) => {
                reply.ran += 1;
                reply.interrupts_inside = reply.interrupts_inside.wrapping_add(interrupts);
            }
            Err(NotRun::Contended) => reply.contended += 1,
            Err(_) => reply.not_called += 1,
        }
    }
    Ok(reply)
}

/// Refuses what is out of range.
fn admit(asked: &SynchronizeRequest) -> Result<Operation, VpStatus> {
    let operation = Operation::from_u32(asked.operation).ok_or(VpStatus::INVALID_PARAMETER)?;
    let fits = match (operation, asked.priority) {
        (Operation::Transfer, priority) => priority == PRIORITY_MEDIUM,
        (Operation::Nothing, PRIORITY_LOW | PRIORITY_MEDIUM | PRIORITY_HIGH) => asked.argument == 0,
        _ => false,
    };
    let in_range =
        (1..=REPEAT_MAX).contains(&asked.repeat) && asked.raise != u32::MAX && asked.reserved == 0;
    if fits && in_range {
        Ok(operation)
    } else {
        Err(VpStatus::INVALID_PARAMETER)
    }
}

/// One closure on the shared state. An error where there is no interrupt to exclude.
fn medium(
    probe: &Probe,
    adapter: &VideoAdapter<Shared>,
    irql: &mut Irql<'_, Dispatch>,
    asked: &SynchronizeRequest,
    operation: Operation,
    reply: &mut SynchronizeReply,
) -> Result<Result<u64, NotRun>, VpStatus> {
    let witness = adapter.witness().map_err(refused)?;
    let seen = &mut *reply;
    let outcome = witness.synchronize_observed(irql, |state| {
        let claimed = &probe.counters.claimed;
        let before = claimed.load(Relaxed);
        if asked.raise != 0 {
            probe.registers.raise(asked.raise);
        }
        if operation == Operation::Transfer {
            state.transfer(asked.argument);
            (seen.left, seen.right, seen.served) = state.look();
        }
        claimed.load(Relaxed).wrapping_sub(before)
    });
    reply.raw_boolean = outcome.raw.into();
    Ok(outcome.result)
}

/// What a closure does that has no state: raises, and counts the interrupts that come in between.
#[inline]
fn raise_and_count(probe: &Probe, causes: u32) -> u64 {
    let claimed = &probe.counters.claimed;
    let before = claimed.load(Relaxed);
    if causes != 0 {
        probe.registers.raise(causes);
    }
    claimed.load(Relaxed).wrapping_sub(before)
}
