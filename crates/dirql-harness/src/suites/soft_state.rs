//! Soft state: an interrupt that is reported inactive takes no work, and loses none.

use dirql_ioctl::Status;
use dirql_ioctl::interrupt::{RaiseRequest, SetActiveRequest, WaitRequest};

use super::errors::{refused, table};
use super::suite;
use crate::check::{Verdict, equal, that, within};
use crate::fixture::Fixture;
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

fn query_tells_the_state(fixture: &mut Fixture<'_>) -> Verdict {
    let mut expected = fixture.connection()?;
    for active in [false, true] {
        fixture.set_active(active)?;
        expected.active = active.into();
        equal("the connection", fixture.connection()?, expected)?;
    }
    Ok(())
}

fn setting_the_same_state_changes_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    for active in [true, false, true] {
        fixture.set_active(active)?;
        let before = fixture.reported_state()?;
        fixture.set_active(active)?;
        let after = fixture.reported_state()?;
        equal("difference", before.difference(&after), None)?;
    }
    fixture.interrupt(0x1).map(drop)
}

fn inactive_refuses_what_needs_the_interrupt(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.set_active(false)?;
    refused(fixture, table::inactive())
}

fn interrupts_come_again_after_active(fixture: &mut Fixture<'_>) -> Verdict {
    let sequence = fixture.interrupt(0x1)?.sequence;
    fixture.set_active(false)?;
    fixture.set_active(true)?;
    let answer = fixture.interrupt(0x2)?;
    equal("sequence", answer.sequence, sequence + 1)?;
    equal("causes", answer.causes, 0x2)
}

fn no_interrupt_comes_while_inactive(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.interrupt(0x1)?;
    fixture.set_active(false)?;
    let after = fixture.statistics()?.sequence;
    let wait = fixture.start(fixture.main, &WaitRequest { after })?;
    let raise = RaiseRequest {
        causes: 2,
        count: 10,
        reserved: 0,
    };
    fixture.refuse(fixture.main, &raise, Status::INVALID_DEVICE_STATE)?;
    fixture.still_pending(&wait)?;
    equal("sequence", fixture.statistics()?.sequence, after)?;
    fixture.set_active(true)?;
    // The refused raise never reached the device, so that nothing is there to drain.
    fixture.still_pending(&wait)?;
    fixture.raise(0x4, 1)?;
    let answer = fixture.reply(wait)?;
    equal("causes", answer.causes, 0x4)
}

fn active_drains_what_was_raised_before(fixture: &mut Fixture<'_>) -> Verdict {
    // A raise is under way while the interrupt turns inactive: the raise is served, or refused,
    // and what reached the device is acknowledged at the latest when the interrupt is active.
    const COUNT: u32 = 256;
    let before = fixture.statistics()?;
    let one = fixture.open(OpenAccess::WRITE)?;
    let other = fixture.open(OpenAccess::WRITE)?;
    let raise = RaiseRequest {
        causes: 0x1000,
        count: COUNT,
        reserved: 0,
    };
    let inactive = SetActiveRequest {
        active: 0,
        reserved: 0,
    };
    let raise = fixture.start(one, &raise)?;
    let inactive = fixture.start(other, &inactive)?;
    fixture.reply(inactive)?;
    let raised = match fixture.outcome(raise)? {
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
    fixture.set_active(true)?;
    fixture.settle()?;
    let after = fixture.statistics()?;
    let acknowledged = after.causes[12] - before.causes[12];
    within(
        "acknowledgements of the cause",
        acknowledged,
        u64::min(raised, 1)..=raised,
    )?;
    equal("raised", after.raised - before.raised, raised)?;
    equal(
        "causes of the next interrupt",
        fixture.interrupt(0x1)?.causes,
        0x1,
    )
}

fn state_can_change_many_times(fixture: &mut Fixture<'_>) -> Verdict {
    let generation = fixture.connection()?.generation;
    for _ in 0..20 {
        fixture.set_active(false)?;
        fixture.set_active(true)?;
        fixture.interrupt(0x1)?;
    }
    equal("generation", fixture.connection()?.generation, generation)
}
