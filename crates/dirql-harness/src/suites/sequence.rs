//! The sequence of interrupts and what is counted: no number is cut where a narrower one would end.

use dirql_ioctl::interrupt::WaitRequest;
use nt_model::{DeviceState, Transition};

use super::suite;
use crate::check::{Stop, Verdict, equal, that};
use crate::fixture::Fixture;

suite! { "sequence":
    goes_on_past_one_byte,
    goes_on_past_two_bytes needs Simulator,
    goes_on_past_four_bytes needs Simulator,
    goes_on_past_the_sign needs Simulator,
    outlives_what_ends_a_connection needs Simulator,
    counts_go_on_past_four_bytes needs Simulator,
}

fn sequence(fixture: &mut Fixture<'_>) -> Result<u64, Stop> {
    Ok(fixture.snapshot()?.sequence)
}

/// The next interrupts have the next numbers, for all that look.
fn goes_on(fixture: &mut Fixture<'_>, interrupts: u64) -> Verdict {
    let first = sequence(fixture)?;
    for before in first..first + interrupts {
        let wait = WaitRequest { after: before };
        let pending = fixture.start(fixture.main, &wait)?;
        let later = fixture.start(fixture.main, &WaitRequest { after: before + 1 })?;
        fixture.still_pending(&pending)?;
        let raised = fixture.raise(0x2, 1)?;
        equal("sequence before", raised.sequence_before, before)?;
        equal("sequence", fixture.reply(pending)?.sequence, before + 1)?;
        fixture.still_pending(&later)?;
        fixture.cancel(&later)?;
        fixture.outcome(later)?.map_or(Ok(()), |_| {
            that(false, "a wait past the newest interrupt was answered")
        })?;
        let again = fixture.wait_after(before)?;
        equal("the same wait, again", again.sequence, before + 1)?;
        let statistics = fixture.statistics()?;
        equal(
            "sequence of the statistics",
            statistics.sequence,
            before + 1,
        )?;
    }
    Ok(())
}

fn goes_on_past_one_byte(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.interrupt(0x2)?;
    // Until the lowest byte is about to be full. What is raised at once is one interrupt or several.
    loop {
        let left = 0xFD_u8.saturating_sub(sequence(fixture)?.to_le_bytes()[0]);
        if left == 0 {
            break;
        }
        fixture.raise(0x2, left.into())?;
        fixture.settle()?;
    }
    goes_on(fixture, 4)
}

/// The number of the interrupts goes on past `bits` bits.
fn past(fixture: &mut Fixture<'_>, bits: u32) -> Verdict {
    fixture.interrupt(0x2)?;
    // What is counted from here on is another number.
    fixture.reset_statistics()?;
    fixture.go_on_from((1 << bits) - 2, sequence)?;
    goes_on(fixture, 4)
}

fn goes_on_past_two_bytes(fixture: &mut Fixture<'_>) -> Verdict {
    past(fixture, 16)
}

fn goes_on_past_four_bytes(fixture: &mut Fixture<'_>) -> Verdict {
    past(fixture, 32)
}

fn goes_on_past_the_sign(fixture: &mut Fixture<'_>) -> Verdict {
    past(fixture, 63)
}

fn outlives_what_ends_a_connection(fixture: &mut Fixture<'_>) -> Verdict {
    past(fixture, 32)?;
    let before = sequence(fixture)?;
    let resource = fixture.variant.resource;
    for kind in fixture.kinds(resource) {
        fixture.reconnect(kind)?;
    }
    fixture.set_active(false)?;
    equal(
        "sequence while inactive",
        fixture.statistics()?.sequence,
        before,
    )?;
    fixture.set_active(true)?;
    fixture.transition(Transition::PowerDown, DeviceState::LowPower)?;
    fixture.transition(Transition::PowerUp, DeviceState::Started)?;
    fixture.transition(Transition::Stop, DeviceState::Stopped)?;
    fixture.transition(Transition::Restart(resource), DeviceState::Started)?;
    equal("sequence", sequence(fixture)?, before)?;
    goes_on(fixture, 2)
}

fn counts_go_on_past_four_bytes(fixture: &mut Fixture<'_>) -> Verdict {
    const FULL: u64 = 0xFFFF_FFFF;
    // The sequence is another number from here on.
    for _ in 0..7 {
        fixture.interrupt(0x2)?;
    }
    fixture.reset_statistics()?;
    fixture.go_on_from(FULL, |fixture| Ok(fixture.statistics()?.claimed))?;
    let before = fixture.statistics()?;
    equal("raised", before.raised, FULL)?;
    equal("cause 1", before.causes[1], FULL)?;
    fixture.interrupt(0x2)?;
    fixture.settle()?;
    let after = fixture.statistics()?;
    equal("claimed", after.claimed, FULL + 1)?;
    equal("raised", after.raised, FULL + 1)?;
    equal("cause 1", after.causes[1], FULL + 1)
}
