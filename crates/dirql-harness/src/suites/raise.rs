//! Raise: causes reach the device, interrupts come, and every cause is acknowledged.

use dirql_ioctl::interrupt::{RAISE_COUNT_MAX, RaiseRequest};
use dirql_ioctl::statistics::StatisticsReply;

use super::suite;
use crate::check::{Verdict, equal, that, within};
use crate::fixture::Fixture;
use crate::target::OpenAccess;

suite! { "raise":
    each_single_cause_is_acknowledged,
    several_causes_in_one_word_are_all_acknowledged,
    all_causes_but_one_are_served,
    repeated_raises_may_coalesce_and_none_is_left,
    largest_count_is_served,
    reply_tells_the_sequence_before_the_first_raise,
    causes_that_add_up_to_all_ones_are_served,
}

/// How often each cause was acknowledged between two statistics.
fn acknowledged(before: &StatisticsReply, after: &StatisticsReply) -> [u64; 32] {
    let mut counts = after.causes;
    for (count, before) in counts.iter_mut().zip(before.causes) {
        *count -= before;
    }
    counts
}

/// Each cause in `causes` was acknowledged 1 to `most` times, and no other was.
#[track_caller]
fn only(causes: u32, counts: [u64; 32], most: u64) -> Verdict {
    for (bit, count) in counts.into_iter().enumerate() {
        let what = format!("acknowledgements of cause {bit}, of {causes:#010x} raised");
        if causes >> bit & 1 == 0 {
            equal(what, count, 0)?;
        } else {
            within(what, count, 1..=most)?;
        }
    }
    Ok(())
}

fn each_single_cause_is_acknowledged(fixture: &mut Fixture<'_>) -> Verdict {
    for bit in 0..32 {
        let before = fixture.statistics()?;
        let answer = fixture.interrupt(1 << bit)?;
        equal("causes of the newest interrupt", answer.causes, 1 << bit)?;
        let after = fixture.statistics()?;
        only(1 << bit, acknowledged(&before, &after), 1)?;
        equal("interrupts claimed", after.claimed - before.claimed, 1)?;
        equal("causes raised", after.raised - before.raised, 1)?;
    }
    Ok(())
}

fn several_causes_in_one_word_are_all_acknowledged(fixture: &mut Fixture<'_>) -> Verdict {
    for causes in [0x3, 0x101, 0x8000_0001, 0xAAAA_AAAA, 0x5555_5555] {
        let before = fixture.statistics()?;
        fixture.interrupt(causes)?;
        fixture.settle()?;
        let after = fixture.statistics()?;
        only(causes, acknowledged(&before, &after), 1)?;
    }
    Ok(())
}

fn all_causes_but_one_are_served(fixture: &mut Fixture<'_>) -> Verdict {
    for causes in [u32::MAX - 1, u32::MAX >> 1] {
        let before = fixture.statistics()?;
        fixture.interrupt(causes)?;
        fixture.settle()?;
        let after = fixture.statistics()?;
        only(causes, acknowledged(&before, &after), 1)?;
    }
    Ok(())
}

fn repeated_raises_may_coalesce_and_none_is_left(fixture: &mut Fixture<'_>) -> Verdict {
    for count in [1, 2, 3, 17, 200] {
        let before = fixture.statistics()?;
        let raised = fixture.raise(0x10, count)?;
        fixture.wait_after(raised.sequence_before)?;
        fixture.settle()?;
        let after = fixture.statistics()?;
        only(0x10, acknowledged(&before, &after), count.into())?;
        let claimed = after.claimed - before.claimed;
        within("interrupts claimed", claimed, 1..=count.into())?;
        equal("sequence", after.sequence - before.sequence, claimed)?;
        equal("causes raised", after.raised - before.raised, count.into())?;
        // A cause that was left in the device would come with the next interrupt.
        let next = fixture.interrupt(0x20)?;
        equal("causes of the next interrupt", next.causes, 0x20)?;
    }
    Ok(())
}

fn largest_count_is_served(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.statistics()?;
    fixture.raise(0x4, RAISE_COUNT_MAX)?;
    fixture.settle()?;
    let after = fixture.statistics()?;
    only(0x4, acknowledged(&before, &after), RAISE_COUNT_MAX.into())
}

fn reply_tells_the_sequence_before_the_first_raise(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..4 {
        let sequence = fixture.snapshot()?.sequence;
        let raised = fixture.raise(0x8, 5)?;
        equal("sequence_before", raised.sequence_before, sequence)?;
        fixture.wait_after(sequence)?;
        fixture.settle()?;
    }
    Ok(())
}

fn causes_that_add_up_to_all_ones_are_served(fixture: &mut Fixture<'_>) -> Verdict {
    // A removed device reads all ones. Here the device is there and has every cause pending: the
    // ISR has to tell the two apart.
    const COUNT: u32 = 64;
    let before = fixture.statistics()?;
    let mut requests = Vec::new();
    for causes in [u32::MAX >> 1, 1 << 31] {
        let handle = fixture.open(OpenAccess::WRITE)?;
        let request = RaiseRequest {
            causes,
            count: COUNT,
            reserved: 0,
        };
        requests.push(fixture.start(handle, &request)?);
    }
    for request in requests {
        equal("raised", fixture.reply(request)?.raised, COUNT)?;
    }
    fixture.settle()?;
    let after = fixture.statistics()?;
    only(u32::MAX, acknowledged(&before, &after), COUNT.into())?;
    that(
        fixture.interrupt(0x40)?.causes == 0x40,
        "causes were left in the device",
    )
}
