//! Handles: several at once, each with its rights, none with a state of its own.

use dirql_ioctl::Status;
use dirql_ioctl::interrupt::{RaiseRequest, WaitRequest};
use dirql_ioctl::synchronize::Operation;

use super::suite;
use crate::check::{Verdict, equal, that};
use crate::fixture::{Fixture, synchronize};
use crate::message::{Query, Statistics};
use crate::target::{Handle, OpenAccess};

suite! { "handles":
    two_at_once_see_one_state,
    one_waits_while_the_other_raises,
    rights_are_those_of_each_handle,
    requests_interleave,
    waits_on_two_handles_interleave,
    close_with_pending_requests,
    close_while_requests_run,
    opened_and_closed_many_times,
    many_open_at_once,
}

const RAISE: RaiseRequest = RaiseRequest {
    causes: 1,
    count: 1,
    reserved: 0,
};

fn two_at_once_see_one_state(fixture: &mut Fixture<'_>) -> Verdict {
    let other = fixture.open(OpenAccess::BOTH)?;
    let counter = fixture.snapshot()?.counter;
    fixture.ask(other, &synchronize(Operation::Add, 5, 1))?;
    fixture.ask(fixture.main, &synchronize(Operation::Add, 6, 1))?;
    let reply = fixture.ask(other, &synchronize(Operation::Snapshot, 0, 1))?;
    equal("counter", reply.counter, counter.wrapping_add(11))?;
    equal("query", fixture.ask(other, &Query)?, fixture.query()?)?;
    equal(
        "statistics",
        fixture.ask(other, &Statistics)?,
        fixture.statistics()?,
    )
}

fn one_waits_while_the_other_raises(fixture: &mut Fixture<'_>) -> Verdict {
    let reader = fixture.open(OpenAccess::READ)?;
    let writer = fixture.open(OpenAccess::WRITE)?;
    let after = fixture.snapshot()?.sequence;
    let wait = fixture.start(reader, &WaitRequest { after })?;
    fixture.still_pending(&wait)?;
    fixture.ask(writer, &RAISE)?;
    equal("sequence", fixture.reply(wait)?.sequence, after + 1)
}

fn rights_are_those_of_each_handle(fixture: &mut Fixture<'_>) -> Verdict {
    let reader = fixture.open(OpenAccess::READ)?;
    let writer = fixture.open(OpenAccess::WRITE)?;
    fixture.refuse(reader, &RAISE, Status::ACCESS_DENIED)?;
    fixture.refuse(writer, &Query, Status::ACCESS_DENIED)?;
    fixture.ask(writer, &RAISE)?;
    fixture.ask(reader, &Query)?;
    fixture.close(writer)?;
    fixture.refuse(reader, &RAISE, Status::ACCESS_DENIED)
}

fn requests_interleave(fixture: &mut Fixture<'_>) -> Verdict {
    const ROUNDS: u64 = 12;
    let other = fixture.open(OpenAccess::BOTH)?;
    let counter = fixture.snapshot()?.counter;
    let before = fixture.statistics()?;
    let mut adds = Vec::new();
    let mut raises = Vec::new();
    for _ in 0..ROUNDS {
        for handle in [fixture.main, other] {
            adds.push(fixture.start(handle, &synchronize(Operation::Add, 1, 8))?);
            raises.push(fixture.start(handle, &RAISE)?);
        }
    }
    // Completions are taken in another order than that of submission.
    for raise in raises.into_iter().rev() {
        equal("raised", fixture.reply(raise)?.raised, 1)?;
    }
    for add in adds {
        equal("ran", fixture.reply(add)?.ran, 8)?;
    }
    fixture.settle()?;
    let after = fixture.statistics()?;
    equal("raised", after.raised - before.raised, 2 * ROUNDS)?;
    that(after.claimed > before.claimed, "no interrupt was claimed")?;
    equal(
        "counter",
        fixture.snapshot()?.counter,
        counter.wrapping_add(2 * ROUNDS * 8),
    )
}

fn waits_on_two_handles_interleave(fixture: &mut Fixture<'_>) -> Verdict {
    let handles = [
        fixture.open(OpenAccess::READ)?,
        fixture.open(OpenAccess::READ)?,
    ];
    let after = fixture.snapshot()?.sequence;
    let mut waits = Vec::new();
    for step in 0..6 {
        for handle in handles {
            let request = WaitRequest {
                after: after + step,
            };
            waits.push((after + step, fixture.start(handle, &request)?));
        }
    }
    // Each interrupt answers one wait of either handle.
    let mut waits = waits.into_iter();
    for step in 1..=6 {
        fixture.interrupt(0x2)?;
        for (asked, wait) in waits.by_ref().take(2) {
            equal("asked for", asked + 1, after + step)?;
            equal("sequence", fixture.reply(wait)?.sequence, after + step)?;
        }
    }
    Ok(())
}

fn close_with_pending_requests(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let handle = fixture.open(OpenAccess::BOTH)?;
    let mut waits = Vec::new();
    for step in 0..10 {
        let request = WaitRequest {
            after: after + step,
        };
        waits.push(fixture.start(handle, &request)?);
    }
    fixture.interrupt(0x1)?;
    fixture.settle()?;
    fixture.close(handle)?;
    let mut waits = waits.into_iter();
    if let Some(first) = waits.next() {
        equal(
            "the one that was served",
            fixture.reply(first)?.sequence,
            after + 1,
        )?;
    }
    for wait in waits {
        fixture.ends_with(wait, Status::CANCELLED)?;
    }
    fixture.interrupt(0x1).map(drop)
}

fn close_while_requests_run(fixture: &mut Fixture<'_>) -> Verdict {
    // In the simulator nothing runs while the host does nothing: queries let the requests begin.
    for queries_meanwhile in 0..4 {
        let handle = fixture.open(OpenAccess::BOTH)?;
        let add = fixture.start(handle, &synchronize(Operation::Add, 1, 500))?;
        let raise = fixture.start(handle, &RAISE)?;
        for _ in 0..queries_meanwhile {
            fixture.query()?;
        }
        fixture.close(handle)?;
        // Each was served whole, or cancelled before it began: the judge admits nothing else.
        if let Ok(reply) = fixture.outcome(add)? {
            equal("ran", reply.ran, 500)?;
        }
        if let Ok(reply) = fixture.outcome(raise)? {
            equal("raised", reply.raised, 1)?;
        }
    }
    fixture.settle()?;
    fixture.interrupt(0x1).map(drop)
}

fn opened_and_closed_many_times(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.reported_state()?;
    for access in [
        OpenAccess::BOTH,
        OpenAccess::READ,
        OpenAccess::WRITE,
        OpenAccess::NONE,
    ] {
        for _ in 0..8 {
            let handle = fixture.open(access)?;
            fixture.close(handle)?;
        }
    }
    let after = fixture.reported_state()?;
    equal("difference", before.difference(&after), None)
}

fn many_open_at_once(fixture: &mut Fixture<'_>) -> Verdict {
    let mut handles: Vec<Handle> = Vec::new();
    for _ in 0..32 {
        handles.push(fixture.open(OpenAccess::BOTH)?);
    }
    let counter = fixture.snapshot()?.counter;
    for handle in &handles {
        fixture.ask(*handle, &synchronize(Operation::Add, 1, 1))?;
    }
    for handle in handles {
        fixture.close(handle)?;
    }
    equal(
        "counter",
        fixture.snapshot()?.counter,
        counter.wrapping_add(32),
    )
}
