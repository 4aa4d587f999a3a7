//! What each operation's closure brings back from under the lock.

use dirql_ioctl::synchronize::{ACCOUNTS_TOTAL, Operation};

use super::add;
use crate::check::{Verdict, equal, that};
use crate::fixture::{Fixture, synchronize};

pub(super) fn add_changes_the_counter_and_reports_it(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.snapshot()?.counter;
    let mut expected = before;
    for argument in [1, 0, 41, 0x1_0000_0000] {
        expected = expected.wrapping_add(argument);
        let reply = add(fixture, argument, 1)?;
        equal(
            format_args!("value after adding {argument}"),
            reply.value,
            expected,
        )?;
        equal(
            format_args!("counter after adding {argument}"),
            reply.counter,
            expected,
        )?;
    }
    equal(
        "counter in a later snapshot",
        fixture.snapshot()?.counter,
        expected,
    )
}

pub(super) fn add_wraps(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.snapshot()?.counter;
    let reply = add(fixture, u64::MAX, 1)?;
    equal(
        "counter after adding 2^64 - 1",
        reply.value,
        before.wrapping_sub(1),
    )?;
    let reply = add(fixture, 1 << 63, 2)?;
    equal(
        "counter after adding 2^63 twice",
        reply.value,
        before.wrapping_sub(1),
    )
}

pub(super) fn snapshot_changes_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.snapshot()?;
    add(fixture, 12, 1)?;
    let first = fixture.snapshot()?;
    let second = fixture.snapshot()?;
    equal("counter", first.counter, before.counter.wrapping_add(12))?;
    equal("value, which is the counter", first.value, first.counter)?;
    equal("counter", second.counter, first.counter)?;
    equal("sequence", second.sequence, first.sequence)?;
    equal(
        "accounts",
        (second.left, second.right),
        (first.left, first.right),
    )?;
    equal(
        "sequence in the statistics",
        fixture.statistics()?.sequence,
        first.sequence,
    )
}

pub(super) fn transfer_keeps_the_sum(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.snapshot()?;
    let reply = fixture.ask(fixture.main, &synchronize(Operation::Transfer, 7, 5))?;
    equal("the sum inside the closure", reply.value, ACCOUNTS_TOTAL)?;
    equal("left account", reply.left, before.left.wrapping_sub(35))?;
    equal("right account", reply.right, before.right.wrapping_add(35))
}

pub(super) fn transfer_of_any_amount_wraps_and_keeps_the_sum(fixture: &mut Fixture<'_>) -> Verdict {
    for amount in [u64::MAX, 1 << 63, ACCOUNTS_TOTAL, ACCOUNTS_TOTAL + 1] {
        let before = fixture.snapshot()?;
        let reply = fixture.ask(fixture.main, &synchronize(Operation::Transfer, amount, 3))?;
        equal(
            format_args!("the sum after {amount}"),
            reply.value,
            ACCOUNTS_TOTAL,
        )?;
        let moved = amount.wrapping_mul(3);
        equal("left account", reply.left, before.left.wrapping_sub(moved))?;
        equal(
            "right account",
            reply.right,
            before.right.wrapping_add(moved),
        )?;
    }
    Ok(())
}

pub(super) fn two_hundred_and_fifty_six_bytes_travel_by_value(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    for argument in [0, 1, 0x80, 0xFF, 0x1234_5678_9ABC_DE42, u64::MAX] {
        let reply = fixture.ask(fixture.main, &synchronize(Operation::Fill, argument, 2))?;
        let mut expected = [0_u8; 256];
        for (index, byte) in (0_u64..).zip(&mut expected) {
            *byte = argument.wrapping_add(index).to_le_bytes()[0];
        }
        equal(
            format_args!("bytes from {argument:#x}"),
            reply.bytes,
            expected,
        )?;
    }
    Ok(())
}

pub(super) fn only_fill_returns_bytes(fixture: &mut Fixture<'_>) -> Verdict {
    let filled = fixture.ask(fixture.main, &synchronize(Operation::Fill, 0x55, 1))?;
    that(filled.bytes != [0; 256], "fill returned no bytes")?;
    for operation in Operation::ALL {
        if operation != Operation::Fill {
            let reply = fixture.ask(fixture.main, &synchronize(operation, 0, 1))?;
            equal(
                format_args!("bytes of {operation:?}"),
                reply.bytes,
                [0; 256],
            )?;
        }
    }
    Ok(())
}
