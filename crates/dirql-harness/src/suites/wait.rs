//! Wait: a request that completes on the next interrupt, and not before.

use dirql_ioctl::Status;
use dirql_ioctl::interrupt::{WAITS_MAX, WaitRequest};

use super::suite;
use crate::bench::Bench;
use crate::check::{Verdict, equal, that, within};
use crate::target::OpenAccess;

suite! { "wait":
    already_satisfied,
    pending_until_next_interrupt,
    one_interrupt_answers_all_who_wait_for_it,
    one_interrupt_answers_only_those_it_satisfies,
    many_waiters_pend_at_once,
    more_waiters_than_allowed_are_refused,
    cancelled,
    cancelling_one_leaves_the_others,
    cancelling_a_finished_wait_changes_nothing,
    closed_handle,
    closed_handle_leaves_the_waits_of_others,
    pends_while_soft_inactive,
    survives_a_reconnect,
    no_wake_up_is_lost,
}

fn already_satisfied(bench: &mut Bench<'_>) -> Verdict {
    let before = bench.snapshot()?.sequence;
    let first = bench.interrupt(0x2)?;
    equal("sequence", first.sequence, before + 1)?;
    let again = bench.wait_after(before)?;
    equal("the same wait, again", again, first)
}

fn pending_until_next_interrupt(bench: &mut Bench<'_>) -> Verdict {
    for causes in [0x1, 0x80, 0x8000_0000] {
        let after = bench.snapshot()?.sequence;
        let wait = bench.start(bench.main, &WaitRequest { after })?;
        bench.still_pending(&wait)?;
        bench.raise(causes, 1)?;
        let answer = bench.reply(wait)?;
        equal("sequence", answer.sequence, after + 1)?;
        equal("causes", answer.causes, causes)?;
    }
    Ok(())
}

fn one_interrupt_answers_all_who_wait_for_it(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let mut waits = Vec::new();
    for _ in 0..8 {
        waits.push(bench.start(bench.main, &WaitRequest { after })?);
    }
    for wait in &waits {
        bench.still_pending(wait)?;
    }
    bench.raise(0x400, 1)?;
    for wait in waits {
        let answer = bench.reply(wait)?;
        equal("sequence", answer.sequence, after + 1)?;
        equal("causes", answer.causes, 0x400)?;
    }
    Ok(())
}

fn one_interrupt_answers_only_those_it_satisfies(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let second = bench.start(bench.main, &WaitRequest { after: after + 1 })?;
    let first = bench.start(bench.main, &WaitRequest { after })?;
    bench.raise(0x1, 1)?;
    equal("the first", bench.reply(first)?.sequence, after + 1)?;
    bench.still_pending(&second)?;
    bench.raise(0x2, 1)?;
    let answer = bench.reply(second)?;
    equal("the second", answer.sequence, after + 2)?;
    equal("causes", answer.causes, 0x2)
}

fn more_waiters_than_allowed_are_refused(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let mut waits = Vec::new();
    for _ in 0..WAITS_MAX {
        let wait = bench.start(bench.main, &WaitRequest { after })?;
        bench.still_pending(&wait)?;
        waits.push(wait);
    }
    let another = WaitRequest { after };
    bench.refuse(bench.main, &another, Status::INSUFFICIENT_RESOURCES)?;
    bench.raise(0x8, 1)?;
    for wait in waits {
        equal("sequence", bench.reply(wait)?.sequence, after + 1)?;
    }
    equal("the next wait", bench.interrupt(0x1)?.sequence, after + 2)
}

fn many_waiters_pend_at_once(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let mut waits = Vec::new();
    for index in 0..64 {
        let after = after + index % 4;
        waits.push((after, bench.start(bench.main, &WaitRequest { after })?));
    }
    for _ in 0..4 {
        bench.interrupt(0x1)?;
    }
    for (asked, wait) in waits {
        let sequence = bench.reply(wait)?.sequence;
        within("sequence", sequence, asked + 1..=after + 4)?;
    }
    Ok(())
}

fn cancelled(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let wait = bench.start(bench.main, &WaitRequest { after })?;
    bench.still_pending(&wait)?;
    bench.cancel(&wait)?;
    bench.ends_with(wait, Status::CANCELLED)?;
    equal("the next wait", bench.interrupt(0x1)?.sequence, after + 1)
}

fn cancelling_one_leaves_the_others(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let mut waits = Vec::new();
    for _ in 0..5 {
        waits.push(bench.start(bench.main, &WaitRequest { after })?);
    }
    let middle = waits.remove(2);
    bench.cancel(&middle)?;
    bench.ends_with(middle, Status::CANCELLED)?;
    for wait in &waits {
        bench.still_pending(wait)?;
    }
    bench.raise(0x1, 1)?;
    for wait in waits {
        equal("sequence", bench.reply(wait)?.sequence, after + 1)?;
    }
    Ok(())
}

fn cancelling_a_finished_wait_changes_nothing(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let wait = bench.start(bench.main, &WaitRequest { after })?;
    bench.interrupt(0x1)?;
    bench.settle()?;
    bench.cancel(&wait)?;
    equal("sequence", bench.reply(wait)?.sequence, after + 1)
}

fn closed_handle(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let handle = bench.open(OpenAccess::READ)?;
    let mut waits = Vec::new();
    for _ in 0..3 {
        waits.push(bench.start(handle, &WaitRequest { after })?);
    }
    for wait in &waits {
        bench.still_pending(wait)?;
    }
    bench.close(handle)?;
    for wait in waits {
        bench.ends_with(wait, Status::CANCELLED)?;
    }
    equal("the next wait", bench.interrupt(0x1)?.sequence, after + 1)
}

fn closed_handle_leaves_the_waits_of_others(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let leaves = bench.open(OpenAccess::READ)?;
    let stays = bench.open(OpenAccess::READ)?;
    let lost = bench.start(leaves, &WaitRequest { after })?;
    let kept = bench.start(stays, &WaitRequest { after })?;
    bench.close(leaves)?;
    bench.ends_with(lost, Status::CANCELLED)?;
    bench.still_pending(&kept)?;
    bench.raise(0x1, 1)?;
    equal("sequence", bench.reply(kept)?.sequence, after + 1)
}

fn pends_while_soft_inactive(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let early = bench.start(bench.main, &WaitRequest { after })?;
    bench.set_active(false)?;
    let late = bench.start(bench.main, &WaitRequest { after })?;
    let given_up = bench.start(bench.main, &WaitRequest { after })?;
    for wait in [&early, &late, &given_up] {
        bench.still_pending(wait)?;
    }
    bench.cancel(&given_up)?;
    bench.ends_with(given_up, Status::CANCELLED)?;
    bench.set_active(true)?;
    bench.raise(0x1, 1)?;
    that(bench.reply(early)?.sequence > after, "the early wait")?;
    that(bench.reply(late)?.sequence > after, "the late wait")
}

fn survives_a_reconnect(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let wait = bench.start(bench.main, &WaitRequest { after })?;
    bench.still_pending(&wait)?;
    for kind in bench.kinds(bench.variant.resource) {
        bench.reconnect(kind)?;
        bench.still_pending(&wait)?;
    }
    bench.raise(0x1, 1)?;
    equal("sequence", bench.reply(wait)?.sequence, after + 1)
}

fn no_wake_up_is_lost(bench: &mut Bench<'_>) -> Verdict {
    // The wait and the raise are under way at the same time, so that the interrupt may come
    // before the wait is queued, between the check and the queueing, or after.
    let waiter = bench.open(OpenAccess::READ)?;
    for _ in 0..16 {
        let after = bench.snapshot()?.sequence;
        let wait = bench.start(waiter, &WaitRequest { after })?;
        bench.raise(0x1, 1)?;
        equal("sequence", bench.reply(wait)?.sequence, after + 1)?;
    }
    Ok(())
}
