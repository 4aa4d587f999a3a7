//! Soft state: an interrupt that is reported inactive takes no work, and loses none.

use dirql_ioctl::Status;
use dirql_ioctl::interrupt::{RaiseRequest, SetActiveRequest, WaitRequest};

use super::errors::{refused, table};
use super::suite;
use crate::bench::Bench;
use crate::check::{Verdict, equal, that, within};
use crate::target::OpenAccess;

suite! { "soft_state":
    query_tells_the_state,
    setting_the_same_state_changes_nothing,
    inactive_refuses_what_needs_the_interrupt,
    interrupts_come_again_after_active,
    no_interrupt_comes_while_inactive,
    active_drains_what_was_raised_before,
    state_can_change_many_times,
}

fn query_tells_the_state(bench: &mut Bench<'_>) -> Verdict {
    let mut expected = bench.connection()?;
    for active in [false, true] {
        bench.set_active(active)?;
        expected.active = active.into();
        equal("the connection", bench.connection()?, expected)?;
    }
    Ok(())
}

fn setting_the_same_state_changes_nothing(bench: &mut Bench<'_>) -> Verdict {
    for active in [true, false, true] {
        bench.set_active(active)?;
        let before = bench.reported_state()?;
        bench.set_active(active)?;
        let after = bench.reported_state()?;
        equal("difference", before.difference(&after), None)?;
    }
    bench.interrupt(0x1).map(drop)
}

fn inactive_refuses_what_needs_the_interrupt(bench: &mut Bench<'_>) -> Verdict {
    bench.set_active(false)?;
    refused(bench, table::inactive())
}

fn interrupts_come_again_after_active(bench: &mut Bench<'_>) -> Verdict {
    let sequence = bench.interrupt(0x1)?.sequence;
    bench.set_active(false)?;
    bench.set_active(true)?;
    let answer = bench.interrupt(0x2)?;
    equal("sequence", answer.sequence, sequence + 1)?;
    equal("causes", answer.causes, 0x2)
}

fn no_interrupt_comes_while_inactive(bench: &mut Bench<'_>) -> Verdict {
    bench.interrupt(0x1)?;
    bench.set_active(false)?;
    let after = bench.statistics()?.sequence;
    let wait = bench.start(bench.main, &WaitRequest { after })?;
    let raise = RaiseRequest {
        causes: 2,
        count: 10,
        reserved: 0,
    };
    bench.refuse(bench.main, &raise, Status::INVALID_DEVICE_STATE)?;
    bench.still_pending(&wait)?;
    equal("sequence", bench.statistics()?.sequence, after)?;
    bench.set_active(true)?;
    // The refused raise never reached the device, so that nothing is there to drain.
    bench.still_pending(&wait)?;
    bench.raise(0x4, 1)?;
    let answer = bench.reply(wait)?;
    equal("causes", answer.causes, 0x4)
}

fn active_drains_what_was_raised_before(bench: &mut Bench<'_>) -> Verdict {
    // A raise is under way while the interrupt turns inactive: the raise is served, or refused,
    // and what reached the device is acknowledged at the latest when the interrupt is active.
    const COUNT: u32 = 256;
    let before = bench.statistics()?;
    let one = bench.open(OpenAccess::WRITE)?;
    let other = bench.open(OpenAccess::WRITE)?;
    let raise = RaiseRequest {
        causes: 0x1000,
        count: COUNT,
        reserved: 0,
    };
    let inactive = SetActiveRequest {
        active: 0,
        reserved: 0,
    };
    let raise = bench.start(one, &raise)?;
    let inactive = bench.start(other, &inactive)?;
    bench.reply(inactive)?;
    let raised = match bench.outcome(raise)? {
        Ok(reply) => {
            within("raised", reply.raised, 0..=COUNT)?;
            reply.raised.into()
        }
        Err(answer) => {
            that(
                answer.is(Status::INVALID_DEVICE_STATE),
                format_args!("the raise ended with {answer}"),
            )?;
            0
        }
    };
    bench.set_active(true)?;
    bench.settle()?;
    let after = bench.statistics()?;
    let acknowledged = after.causes[12] - before.causes[12];
    within(
        "acknowledgements of the cause",
        acknowledged,
        u64::min(raised, 1)..=raised,
    )?;
    equal("raised", after.raised - before.raised, raised)?;
    equal(
        "causes of the next interrupt",
        bench.interrupt(0x1)?.causes,
        0x1,
    )
}

fn state_can_change_many_times(bench: &mut Bench<'_>) -> Verdict {
    let generation = bench.connection()?.generation;
    for _ in 0..20 {
        bench.set_active(false)?;
        bench.set_active(true)?;
        bench.interrupt(0x1)?;
    }
    equal("generation", bench.connection()?.generation, generation)
}
