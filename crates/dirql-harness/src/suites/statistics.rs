//! Statistics: every counter counts exactly what the contract says.

use dirql_ioctl::interrupt::WaitRequest;
use dirql_ioctl::statistics::StatisticsReply;
use dirql_ioctl::synchronize::Operation;
use nt_model::InterruptResource;

use super::suite;
use crate::bench::{Bench, synchronize};
use crate::check::{Verdict, equal, within};

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

fn looking_changes_nothing(bench: &mut Bench<'_>) -> Verdict {
    bench.settle()?;
    let before = bench.reported_state()?;
    for _ in 0..3 {
        bench.query()?;
        let after = bench.reported_state()?;
        equal("difference", before.difference(&after), None)?;
    }
    Ok(())
}

fn each_interrupt_is_counted_once(bench: &mut Bench<'_>) -> Verdict {
    let before = bench.statistics()?;
    let cases = [(0x1, 3), (0x80, 2), (0x4000_0000, 4)];
    for (causes, times) in cases {
        for _ in 0..times {
            bench.interrupt(causes)?;
        }
    }
    let after = bench.statistics()?;
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

fn sequence_and_claimed_go_together(bench: &mut Bench<'_>) -> Verdict {
    let before = bench.statistics()?;
    for count in [1, 30, 5] {
        bench.raise(0x3, count)?;
        bench.settle()?;
        let after = bench.statistics()?;
        equal(
            "claimed",
            after.claimed - before.claimed,
            after.sequence - before.sequence,
        )?;
    }
    Ok(())
}

fn each_synchronize_is_counted_once(bench: &mut Bench<'_>) -> Verdict {
    let mut expected = bench.statistics()?;
    for (operation, repeat) in [
        (Operation::Nothing, 1),
        (Operation::ReturnFalse, 9),
        (Operation::Transfer, 40),
    ] {
        bench.ask(bench.main, &synchronize(operation, 0, repeat))?;
        expected.synchronized += u64::from(repeat);
        let after = bench.statistics()?;
        equal("synchronized", after.synchronized, expected.synchronized)?;
        equal("not_run", after.not_run, expected.not_run)?;
        equal("claimed", after.claimed, expected.claimed)?;
    }
    Ok(())
}

fn every_claimed_interrupt_is_followed_by_a_dpc(bench: &mut Bench<'_>) -> Verdict {
    bench.settle()?;
    let mut before = bench.statistics()?;
    for count in [1, 1, 50] {
        bench.raise(0x1, count)?;
        bench.settle()?;
        let after = bench.statistics()?;
        // A DPC that is already queued is not queued again: several interrupts may share one run.
        let claimed = after.claimed - before.claimed;
        within("DPC runs", after.dpc - before.dpc, 1..=claimed)?;
        before = after;
    }
    Ok(())
}

fn reset_clears_all_but_the_sequence(bench: &mut Bench<'_>) -> Verdict {
    bench.interrupt(0xF0F0)?;
    bench.ask(bench.main, &synchronize(Operation::Nothing, 0, 10))?;
    bench.settle()?;
    let before = bench.statistics()?;
    bench.reset_statistics()?;
    let mut after = bench.statistics()?;
    if !bench.facts.fresh_per_test && bench.variant.resource == InterruptResource::Line {
        // Other devices on a real line interrupt when they like.
        after.not_mine = 0;
    }
    let expected = StatisticsReply {
        sequence: before.sequence,
        ..zerocopy::FromZeros::new_zeroed()
    };
    equal("statistics after a reset", after, expected)
}

fn reset_leaves_state_and_waits_alone(bench: &mut Bench<'_>) -> Verdict {
    bench.ask(bench.main, &synchronize(Operation::Add, 11, 1))?;
    let query = bench.query()?;
    let before = bench.snapshot()?;
    let after = before.sequence;
    let wait = bench.start(bench.main, &WaitRequest { after })?;
    bench.reset_statistics()?;
    bench.still_pending(&wait)?;
    let now = bench.snapshot()?;
    equal("counter", now.counter, before.counter)?;
    equal("sequence", now.sequence, before.sequence)?;
    equal(
        "accounts",
        (now.left, now.right),
        (before.left, before.right),
    )?;
    equal("query", bench.query()?, query)?;
    bench.raise(0x1, 1)?;
    equal(
        "the wait's sequence",
        bench.reply(wait)?.sequence,
        after + 1,
    )
}

fn counting_goes_on_after_a_reset(bench: &mut Bench<'_>) -> Verdict {
    bench.interrupt(0x1)?;
    bench.reset_statistics()?;
    bench.interrupt(0x2)?;
    bench.ask(bench.main, &synchronize(Operation::Nothing, 0, 2))?;
    let after = bench.statistics()?;
    equal("claimed", after.claimed, 1)?;
    equal("raised", after.raised, 1)?;
    equal("cause 0", after.causes[0], 0)?;
    equal("cause 1", after.causes[1], 1)?;
    equal("synchronized", after.synchronized, 2)
}
