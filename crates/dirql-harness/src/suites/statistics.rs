//! Statistics: every counter counts exactly what the contract says.

use dirql_ioctl::interrupt::WaitRequest;
use dirql_ioctl::statistics::StatisticsReply;
use dirql_ioctl::synchronize::Operation;
use nt_model::InterruptResource;

use super::suite;
use crate::check::{Verdict, equal, within};
use crate::fixture::{Fixture, synchronize};

suite! { "statistics":
    looking_changes_nothing,
    each_interrupt_is_counted_once,
    sequence_and_claimed_go_together,
    each_synchronize_is_counted_once,
    every_claimed_interrupt_is_followed_by_a_dpc,
    reset_clears_all_but_the_sequence,
    reset_leaves_state_and_waits_alone,
    counting_goes_on_after_a_reset,
}

fn looking_changes_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.settle()?;
    let before = fixture.reported_state()?;
    for _ in 0..3 {
        fixture.query()?;
        let after = fixture.reported_state()?;
        equal("difference", before.difference(&after), None)?;
    }
    Ok(())
}

fn each_interrupt_is_counted_once(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.statistics()?;
    let cases = [(0x1, 3), (0x80, 2), (0x4000_0000, 4)];
    for (causes, times) in cases {
        for _ in 0..times {
            fixture.interrupt(causes)?;
        }
    }
    let after = fixture.statistics()?;
    equal("claimed", after.claimed - before.claimed, 9)?;
    equal("sequence", after.sequence - before.sequence, 9)?;
    equal("raised", after.raised - before.raised, 9)?;
    for bit in 0..32 {
        let expected = cases
            .iter()
            .filter(|(causes, _)| causes >> bit & 1 == 1)
            .map(|(_, times)| times)
            .sum();
        let counted = after.causes[bit] - before.causes[bit];
        equal(format_args!("cause {bit}"), counted, expected)?;
    }
    Ok(())
}

fn sequence_and_claimed_go_together(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.statistics()?;
    for count in [1, 30, 5] {
        fixture.raise(0x3, count)?;
        fixture.settle()?;
        let after = fixture.statistics()?;
        equal(
            "claimed",
            after.claimed - before.claimed,
            after.sequence - before.sequence,
        )?;
    }
    Ok(())
}

fn each_synchronize_is_counted_once(fixture: &mut Fixture<'_>) -> Verdict {
    let mut expected = fixture.statistics()?;
    for (operation, repeat) in [
        (Operation::Nothing, 1),
        (Operation::ReturnFalse, 9),
        (Operation::Transfer, 40),
    ] {
        fixture.ask(fixture.main, &synchronize(operation, 0, repeat))?;
        expected.synchronized += u64::from(repeat);
        let after = fixture.statistics()?;
        equal("synchronized", after.synchronized, expected.synchronized)?;
        equal("not_run", after.not_run, expected.not_run)?;
        equal("claimed", after.claimed, expected.claimed)?;
    }
    Ok(())
}

fn every_claimed_interrupt_is_followed_by_a_dpc(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.settle()?;
    let mut before = fixture.statistics()?;
    for count in [1, 1, 50] {
        fixture.raise(0x1, count)?;
        fixture.settle()?;
        let after = fixture.statistics()?;
        // A DPC that is already queued is not queued again: several interrupts may share one run.
        let claimed = after.claimed - before.claimed;
        within("DPC runs", after.dpc - before.dpc, 1..=claimed)?;
        before = after;
    }
    Ok(())
}

fn reset_clears_all_but_the_sequence(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.interrupt(0xF0F0)?;
    fixture.ask(fixture.main, &synchronize(Operation::Nothing, 0, 10))?;
    fixture.settle()?;
    let before = fixture.statistics()?;
    fixture.reset_statistics()?;
    let mut after = fixture.statistics()?;
    if !fixture.facts.fresh_per_test && fixture.variant.resource == InterruptResource::Line {
        // Other devices on a real line interrupt when they like.
        after.not_mine = 0;
    }
    let expected = StatisticsReply {
        sequence: before.sequence,
        ..zerocopy::FromZeros::new_zeroed()
    };
    equal("statistics after a reset", after, expected)
}

fn reset_leaves_state_and_waits_alone(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.ask(fixture.main, &synchronize(Operation::Add, 11, 1))?;
    let query = fixture.query()?;
    let before = fixture.snapshot()?;
    let after = before.sequence;
    let wait = fixture.start(fixture.main, &WaitRequest { after })?;
    fixture.reset_statistics()?;
    fixture.still_pending(&wait)?;
    let now = fixture.snapshot()?;
    equal("counter", now.counter, before.counter)?;
    equal("sequence", now.sequence, before.sequence)?;
    equal(
        "accounts",
        (now.left, now.right),
        (before.left, before.right),
    )?;
    equal("query", fixture.query()?, query)?;
    fixture.raise(0x1, 1)?;
    equal(
        "the wait's sequence",
        fixture.reply(wait)?.sequence,
        after + 1,
    )
}

fn counting_goes_on_after_a_reset(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.interrupt(0x1)?;
    fixture.reset_statistics()?;
    fixture.interrupt(0x2)?;
    fixture.ask(fixture.main, &synchronize(Operation::Nothing, 0, 2))?;
    let after = fixture.statistics()?;
    equal("claimed", after.claimed, 1)?;
    equal("raised", after.raised, 1)?;
    equal("cause 0", after.causes[0], 0)?;
    equal("cause 1", after.causes[1], 1)?;
    equal("synchronized", after.synchronized, 2)
}
