//! Handles: several at once, each with its rights, none with a state of its own.

use dirql_ioctl::Status;
use dirql_ioctl::interrupt::{RaiseRequest, WaitRequest};
use dirql_ioctl::synchronize::Operation;

use super::suite;
use crate::bench::{Bench, synchronize};
use crate::check::{Verdict, equal, that};
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

fn two_at_once_see_one_state(bench: &mut Bench<'_>) -> Verdict {
    let other = bench.open(OpenAccess::BOTH)?;
    let counter = bench.snapshot()?.counter;
    bench.ask(other, &synchronize(Operation::Add, 5, 1))?;
    bench.ask(bench.main, &synchronize(Operation::Add, 6, 1))?;
    let reply = bench.ask(other, &synchronize(Operation::Snapshot, 0, 1))?;
    equal("counter", reply.counter, counter.wrapping_add(11))?;
    equal("query", bench.ask(other, &Query)?, bench.query()?)?;
    equal(
        "statistics",
        bench.ask(other, &Statistics)?,
        bench.statistics()?,
    )
}

fn one_waits_while_the_other_raises(bench: &mut Bench<'_>) -> Verdict {
    let reader = bench.open(OpenAccess::READ)?;
    let writer = bench.open(OpenAccess::WRITE)?;
    let after = bench.snapshot()?.sequence;
    let wait = bench.start(reader, &WaitRequest { after })?;
    bench.still_pending(&wait)?;
    bench.ask(writer, &RAISE)?;
    equal("sequence", bench.reply(wait)?.sequence, after + 1)
}

fn rights_are_those_of_each_handle(bench: &mut Bench<'_>) -> Verdict {
    let reader = bench.open(OpenAccess::READ)?;
    let writer = bench.open(OpenAccess::WRITE)?;
    bench.refuse(reader, &RAISE, Status::ACCESS_DENIED)?;
    bench.refuse(writer, &Query, Status::ACCESS_DENIED)?;
    bench.ask(writer, &RAISE)?;
    bench.ask(reader, &Query)?;
    bench.close(writer)?;
    bench.refuse(reader, &RAISE, Status::ACCESS_DENIED)
}

fn requests_interleave(bench: &mut Bench<'_>) -> Verdict {
    const ROUNDS: u64 = 12;
    let other = bench.open(OpenAccess::BOTH)?;
    let counter = bench.snapshot()?.counter;
    let before = bench.statistics()?;
    let mut adds = Vec::new();
    let mut raises = Vec::new();
    for _ in 0..ROUNDS {
        for handle in [bench.main, other] {
            adds.push(bench.start(handle, &synchronize(Operation::Add, 1, 8))?);
            raises.push(bench.start(handle, &RAISE)?);
        }
    }
    // Completions are taken in another order than that of submission.
    for raise in raises.into_iter().rev() {
        equal("raised", bench.reply(raise)?.raised, 1)?;
    }
    for add in adds {
        equal("ran", bench.reply(add)?.ran, 8)?;
    }
    bench.settle()?;
    let after = bench.statistics()?;
    equal("raised", after.raised - before.raised, 2 * ROUNDS)?;
    that(after.claimed > before.claimed, "no interrupt was claimed")?;
    equal(
        "counter",
        bench.snapshot()?.counter,
        counter.wrapping_add(2 * ROUNDS * 8),
    )
}

fn waits_on_two_handles_interleave(bench: &mut Bench<'_>) -> Verdict {
    let handles = [bench.open(OpenAccess::READ)?, bench.open(OpenAccess::READ)?];
    let after = bench.snapshot()?.sequence;
    let mut waits = Vec::new();
    for step in 0..6 {
        for handle in handles {
            let request = WaitRequest {
                after: after + step,
            };
            waits.push((after + step, bench.start(handle, &request)?));
        }
    }
    // Each interrupt answers one wait of either handle.
    let mut waits = waits.into_iter();
    for step in 1..=6 {
        bench.interrupt(0x2)?;
        for (asked, wait) in waits.by_ref().take(2) {
            equal("asked for", asked + 1, after + step)?;
            equal("sequence", bench.reply(wait)?.sequence, after + step)?;
        }
    }
    Ok(())
}

fn close_with_pending_requests(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let handle = bench.open(OpenAccess::BOTH)?;
    let mut waits = Vec::new();
    for step in 0..10 {
        let request = WaitRequest {
            after: after + step,
        };
        waits.push(bench.start(handle, &request)?);
    }
    bench.interrupt(0x1)?;
    bench.settle()?;
    bench.close(handle)?;
    let mut waits = waits.into_iter();
    if let Some(first) = waits.next() {
        equal(
            "the one that was served",
            bench.reply(first)?.sequence,
            after + 1,
        )?;
    }
    for wait in waits {
        bench.ends_with(wait, Status::CANCELLED)?;
    }
    bench.interrupt(0x1).map(drop)
}

fn close_while_requests_run(bench: &mut Bench<'_>) -> Verdict {
    // In the simulator nobody runs while the host does nothing: queries let the requests begin.
    for queries_meanwhile in 0..4 {
        let handle = bench.open(OpenAccess::BOTH)?;
        let add = bench.start(handle, &synchronize(Operation::Add, 1, 500))?;
        let raise = bench.start(handle, &RAISE)?;
        for _ in 0..queries_meanwhile {
            bench.query()?;
        }
        bench.close(handle)?;
        // Each was served whole, or cancelled before it began: the judge admits nothing else.
        if let Ok(reply) = bench.outcome(add)? {
            equal("ran", reply.ran, 500)?;
        }
        if let Ok(reply) = bench.outcome(raise)? {
            equal("raised", reply.raised, 1)?;
        }
    }
    bench.settle()?;
    bench.interrupt(0x1).map(drop)
}

fn opened_and_closed_many_times(bench: &mut Bench<'_>) -> Verdict {
    let before = bench.reported_state()?;
    for access in [
        OpenAccess::BOTH,
        OpenAccess::READ,
        OpenAccess::WRITE,
        OpenAccess::NONE,
    ] {
        for _ in 0..8 {
            let handle = bench.open(access)?;
            bench.close(handle)?;
        }
    }
    let after = bench.reported_state()?;
    equal("difference", before.difference(&after), None)
}

fn many_open_at_once(bench: &mut Bench<'_>) -> Verdict {
    let mut handles: Vec<Handle> = Vec::new();
    for _ in 0..32 {
        handles.push(bench.open(OpenAccess::BOTH)?);
    }
    let counter = bench.snapshot()?.counter;
    for handle in &handles {
        bench.ask(*handle, &synchronize(Operation::Add, 1, 1))?;
    }
    for handle in handles {
        bench.close(handle)?;
    }
    equal(
        "counter",
        bench.snapshot()?.counter,
        counter.wrapping_add(32),
    )
}
