//! Wait: a request that completes on the next interrupt, and not before.

use std::panic::Location;

use dirql_ioctl::interrupt::{WAITS_MAX, WaitReply, WaitRequest};
use dirql_ioctl::{Status, code};
use zerocopy::IntoBytes;

use super::suite;
use crate::check::{Stop, Verdict, equal, that, within};
use crate::fixture::Fixture;
use crate::target::{OpenAccess, Ticket};

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

fn already_satisfied(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.snapshot()?.sequence;
    let first = fixture.interrupt(0x2)?;
    equal("sequence", first.sequence, before + 1)?;
    let again = fixture.wait_after(before)?;
    equal("the same wait, again", again, first)
}

fn pending_until_next_interrupt(fixture: &mut Fixture<'_>) -> Verdict {
    for causes in [0x1, 0x80, 0x8000_0000] {
        let after = fixture.snapshot()?.sequence;
        let wait = fixture.start(fixture.main, &WaitRequest { after })?;
        fixture.still_pending(&wait)?;
        fixture.raise(causes, 1)?;
        let answer = fixture.reply(wait)?;
        equal("sequence", answer.sequence, after + 1)?;
        equal("causes", answer.causes, causes)?;
    }
    Ok(())
}

fn one_interrupt_answers_all_who_wait_for_it(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let mut waits = Vec::new();
    for _ in 0..8 {
        waits.push(fixture.start(fixture.main, &WaitRequest { after })?);
    }
    for wait in &waits {
        fixture.still_pending(wait)?;
    }
    fixture.raise(0x400, 1)?;
    for wait in waits {
        let answer = fixture.reply(wait)?;
        equal("sequence", answer.sequence, after + 1)?;
        equal("causes", answer.causes, 0x400)?;
    }
    Ok(())
}

fn one_interrupt_answers_only_those_it_satisfies(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let second = fixture.start(fixture.main, &WaitRequest { after: after + 1 })?;
    let first = fixture.start(fixture.main, &WaitRequest { after })?;
    fixture.raise(0x1, 1)?;
    equal("the first", fixture.reply(first)?.sequence, after + 1)?;
    fixture.still_pending(&second)?;
    fixture.raise(0x2, 1)?;
    let answer = fixture.reply(second)?;
    equal("the second", answer.sequence, after + 2)?;
    equal("causes", answer.causes, 0x2)
}

fn more_waiters_than_allowed_are_refused(fixture: &mut Fixture<'_>) -> Verdict {
    /// How many come at once, for the last two places.
    const AT_ONCE: usize = 6;
    let after = fixture.snapshot()?.sequence;
    let mut waits = Vec::new();
    for _ in 0..WAITS_MAX - 2 {
        let wait = fixture.start(fixture.main, &WaitRequest { after })?;
        fixture.still_pending(&wait)?;
        waits.push(wait);
    }
    for _ in 0..4 {
        let mut pending = Vec::new();
        for ticket in several(fixture, after, AT_ONCE)? {
            // Where it has ended it was refused, and judged.
            if fixture.has_not_ended(ticket)? {
                pending.push(ticket);
            }
        }
        let pend = pending.len();
        within("waits that pend, where two places are left", pend, 0..=2)?;
        for ticket in pending {
            fixture.cancel_ticket(ticket, Location::caller())?;
            fixture.wait_ticket(ticket, Location::caller())?;
        }
    }
    for _ in 0..2 {
        let wait = fixture.start(fixture.main, &WaitRequest { after })?;
        fixture.still_pending(&wait)?;
        waits.push(wait);
    }
    // What a refusal may keep of a place is gone after so many.
    for _ in 0..=WAITS_MAX {
        let another = WaitRequest { after };
        fixture.refuse(fixture.main, &another, Status::INSUFFICIENT_RESOURCES)?;
    }
    fixture.raise(0x8, 1)?;
    for wait in waits {
        equal("sequence", fixture.reply(wait)?.sequence, after + 1)?;
    }
    let next = fixture.start(fixture.main, &WaitRequest { after: after + 1 })?;
    fixture.still_pending(&next)?;
    fixture.raise(0x1, 1)?;
    equal("the next wait", fixture.reply(next)?.sequence, after + 2)
}

/// So many waits on their way at once.
fn several(fixture: &mut Fixture<'_>, after: u64, count: usize) -> Result<Vec<Ticket>, Stop> {
    let wait = WaitRequest { after };
    (0..count)
        .map(|_| {
            fixture.submit(
                fixture.main,
                code::WAIT,
                wait.as_bytes(),
                size_of::<WaitReply>(),
            )
        })
        .collect()
}

fn many_waiters_pend_at_once(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let mut waits = Vec::new();
    for index in 0..64 {
        let after = after + index % 4;
        waits.push((after, fixture.start(fixture.main, &WaitRequest { after })?));
    }
    for _ in 0..4 {
        fixture.interrupt(0x1)?;
    }
    for (asked, wait) in waits {
        let sequence = fixture.reply(wait)?.sequence;
        within("sequence", sequence, asked + 1..=after + 4)?;
    }
    Ok(())
}

fn cancelled(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let wait = fixture.start(fixture.main, &WaitRequest { after })?;
    fixture.still_pending(&wait)?;
    fixture.cancel(&wait)?;
    fixture.ends_with(wait, Status::CANCELLED)?;
    equal("the next wait", fixture.interrupt(0x1)?.sequence, after + 1)
}

fn cancelling_one_leaves_the_others(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let mut waits = Vec::new();
    for _ in 0..5 {
        waits.push(fixture.start(fixture.main, &WaitRequest { after })?);
    }
    let middle = waits.remove(2);
    fixture.cancel(&middle)?;
    fixture.ends_with(middle, Status::CANCELLED)?;
    for wait in &waits {
        fixture.still_pending(wait)?;
    }
    fixture.raise(0x1, 1)?;
    for wait in waits {
        equal("sequence", fixture.reply(wait)?.sequence, after + 1)?;
    }
    Ok(())
}

fn cancelling_a_finished_wait_changes_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let wait = fixture.start(fixture.main, &WaitRequest { after })?;
    fixture.interrupt(0x1)?;
    fixture.settle()?;
    fixture.cancel(&wait)?;
    equal("sequence", fixture.reply(wait)?.sequence, after + 1)
}

fn closed_handle(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let handle = fixture.open(OpenAccess::READ)?;
    let mut waits = Vec::new();
    for _ in 0..3 {
        waits.push(fixture.start(handle, &WaitRequest { after })?);
    }
    for wait in &waits {
        fixture.still_pending(wait)?;
    }
    fixture.close(handle)?;
    for wait in waits {
        fixture.ends_with(wait, Status::CANCELLED)?;
    }
    equal("the next wait", fixture.interrupt(0x1)?.sequence, after + 1)
}

fn closed_handle_leaves_the_waits_of_others(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let leaves = fixture.open(OpenAccess::READ)?;
    let stays = fixture.open(OpenAccess::READ)?;
    let lost = fixture.start(leaves, &WaitRequest { after })?;
    let kept = fixture.start(stays, &WaitRequest { after })?;
    fixture.close(leaves)?;
    fixture.ends_with(lost, Status::CANCELLED)?;
    fixture.still_pending(&kept)?;
    fixture.raise(0x1, 1)?;
    equal("sequence", fixture.reply(kept)?.sequence, after + 1)
}

fn pends_while_soft_inactive(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let early = fixture.start(fixture.main, &WaitRequest { after })?;
    fixture.set_active(false)?;
    let late = fixture.start(fixture.main, &WaitRequest { after })?;
    let given_up = fixture.start(fixture.main, &WaitRequest { after })?;
    for wait in [&early, &late, &given_up] {
        fixture.still_pending(wait)?;
    }
    fixture.cancel(&given_up)?;
    fixture.ends_with(given_up, Status::CANCELLED)?;
    fixture.set_active(true)?;
    fixture.raise(0x1, 1)?;
    that(fixture.reply(early)?.sequence > after, "the early wait")?;
    that(fixture.reply(late)?.sequence > after, "the late wait")
}

fn survives_a_reconnect(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let wait = fixture.start(fixture.main, &WaitRequest { after })?;
    fixture.still_pending(&wait)?;
    for kind in fixture.kinds(fixture.variant.resource) {
        fixture.reconnect(kind)?;
        fixture.still_pending(&wait)?;
    }
    fixture.raise(0x1, 1)?;
    equal("sequence", fixture.reply(wait)?.sequence, after + 1)
}

fn no_wake_up_is_lost(fixture: &mut Fixture<'_>) -> Verdict {
    // The wait and the raise are under way at the same time, so that the interrupt may come
    // before the wait is queued, between the check and the queueing, or after.
    let waiter = fixture.open(OpenAccess::READ)?;
    for _ in 0..16 {
        let after = fixture.snapshot()?.sequence;
        let wait = fixture.start(waiter, &WaitRequest { after })?;
        fixture.raise(0x1, 1)?;
        equal("sequence", fixture.reply(wait)?.sequence, after + 1)?;
    }
    Ok(())
}
