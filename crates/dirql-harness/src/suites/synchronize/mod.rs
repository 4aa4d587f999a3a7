//! Synchronize: one closure under the interrupt lock, from every caller IRQL.
//!
//! Here is how a call goes: its IRQLs, its BOOLEAN, its repetitions, its time. What each closure brings
//! back is in `values`.

mod values;

use dirql_ioctl::Status;
use dirql_ioctl::statistics::BUCKETS;
use dirql_ioctl::synchronize::{
    CALLER_IRQL_MAX, Operation, REPEAT_MAX, SynchronizeReply, SynchronizeRequest,
};

use self::values::{
    add_changes_the_counter_and_reports_it, add_wraps, only_fill_returns_bytes,
    snapshot_changes_nothing, transfer_keeps_the_sum,
    transfer_of_any_amount_wraps_and_keeps_the_sum,
    two_hundred_and_fifty_six_bytes_travel_by_value,
};
use super::histogram::sums_that_fit;
use super::suite;
use crate::check::{Stop, Verdict, equal, that, within};
use crate::fixture::{Fixture, synchronize};

suite! { "synchronize":
    every_operation_runs_once_from_every_caller_irql,
    inside_is_synchronize_irql_and_after_is_before,
    raw_boolean_is_true_whatever_the_closure_says,
    false_is_a_result_and_not_a_refusal,
    add_changes_the_counter_and_reports_it,
    add_wraps,
    snapshot_changes_nothing,
    transfer_keeps_the_sum,
    transfer_of_any_amount_wraps_and_keeps_the_sum,
    two_hundred_and_fifty_six_bytes_travel_by_value,
    only_fill_returns_bytes,
    repetitions_are_each_a_call_of_their_own,
    largest_repetition_is_served,
    processor_is_one_of_the_machine,
    cycles_agree_with_the_histograms,
    refused_while_soft_inactive,
    concurrent_adds_lose_none,
}

fn every_irql(request: SynchronizeRequest) -> impl Iterator<Item = SynchronizeRequest> {
    (0..=CALLER_IRQL_MAX).map(move |caller_irql| SynchronizeRequest {
        caller_irql,
        ..request
    })
}

fn add(fixture: &mut Fixture<'_>, argument: u64, repeat: u32) -> Result<SynchronizeReply, Stop> {
    fixture.ask(fixture.main, &synchronize(Operation::Add, argument, repeat))
}

fn every_operation_runs_once_from_every_caller_irql(fixture: &mut Fixture<'_>) -> Verdict {
    for operation in Operation::ALL {
        for request in every_irql(synchronize(operation, 0, 1)) {
            let reply = fixture.ask(fixture.main, &request)?;
            let what = format!("{operation:?} from IRQL {}", request.caller_irql);
            equal(format_args!("{what}: ran"), reply.ran, 1)?;
            equal(format_args!("{what}: not run"), reply.not_run, 0)?;
        }
    }
    Ok(())
}

fn inside_is_synchronize_irql_and_after_is_before(fixture: &mut Fixture<'_>) -> Verdict {
    let synchronize_irql = fixture.connection()?.synchronize_irql;
    for operation in Operation::ALL {
        for request in every_irql(synchronize(operation, 0, 2)) {
            let reply = fixture.ask(fixture.main, &request)?;
            let what = format!("{operation:?} from IRQL {}", request.caller_irql);
            equal(
                format_args!("{what}: IRQL before"),
                reply.irql_before,
                request.caller_irql,
            )?;
            equal(
                format_args!("{what}: IRQL inside"),
                reply.irql_inside,
                synchronize_irql,
            )?;
            equal(
                format_args!("{what}: IRQL after"),
                reply.irql_after,
                reply.irql_before,
            )?;
        }
    }
    Ok(())
}

fn raw_boolean_is_true_whatever_the_closure_says(fixture: &mut Fixture<'_>) -> Verdict {
    for operation in Operation::ALL {
        let reply = fixture.ask(fixture.main, &synchronize(operation, 0, 1))?;
        equal(
            format_args!("{operation:?}: BOOLEAN of KeSynchronizeExecution"),
            reply.raw_boolean,
            1,
        )?;
    }
    Ok(())
}

fn false_is_a_result_and_not_a_refusal(fixture: &mut Fixture<'_>) -> Verdict {
    let no = fixture.ask(fixture.main, &synchronize(Operation::ReturnFalse, 0, 3))?;
    equal("what the closure said", no.said, 0)?;
    equal("value", no.value, 0)?;
    equal("ran", no.ran, 3)?;
    equal("not run", no.not_run, 0)?;
    for operation in Operation::ALL {
        if operation != Operation::ReturnFalse {
            let yes = fixture.ask(fixture.main, &synchronize(operation, 0, 1))?;
            equal(format_args!("{operation:?}: said"), yes.said, 1)?;
        }
    }
    Ok(())
}

fn repetitions_are_each_a_call_of_their_own(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.statistics()?;
    let counter = fixture.snapshot()?.counter;
    let reply = add(fixture, 3, 100)?;
    equal("ran", reply.ran, 100)?;
    equal("counter", reply.counter, counter.wrapping_add(300))?;
    let calls = fixture.statistics()?.synchronized - before.synchronized;
    equal("calls of the adapter, with the snapshot's", calls, 101)
}

fn largest_repetition_is_served(fixture: &mut Fixture<'_>) -> Verdict {
    let counter = fixture.snapshot()?.counter;
    let reply = add(fixture, 1, REPEAT_MAX)?;
    equal("ran", reply.ran, REPEAT_MAX)?;
    equal(
        "counter",
        reply.counter,
        counter.wrapping_add(REPEAT_MAX.into()),
    )
}

fn processor_is_one_of_the_machine(fixture: &mut Fixture<'_>) -> Verdict {
    let Some(processors) = fixture.facts.processors else {
        return Err(Stop::Skipped(
            "the number of processors of this machine is not known".to_owned(),
        ));
    };
    for _ in 0..8 {
        let reply = fixture.snapshot()?;
        within("processor", reply.processor, 0..=processors - 1)?;
    }
    Ok(())
}

fn cycles_agree_with_the_histograms(fixture: &mut Fixture<'_>) -> Verdict {
    const REPEAT: u32 = 64;
    let before = fixture.statistics()?;
    let reply = fixture.ask(fixture.main, &synchronize(Operation::Fill, 0, REPEAT))?;
    let after = fixture.statistics()?;
    for (what, cycles, before, after) in [
        ("waited", reply.cycles_waited, before.waited, after.waited),
        ("inside", reply.cycles_inside, before.inside, after.inside),
    ] {
        let mut counts = [0; BUCKETS];
        for (count, (after, before)) in counts.iter_mut().zip(after.into_iter().zip(before)) {
            *count = after - before;
        }
        equal(
            format_args!("entries in the histogram {what}"),
            counts.iter().sum::<u64>(),
            REPEAT.into(),
        )?;
        let (low, high) = sums_that_fit(&counts);
        within(
            format_args!("cycles {what}, by the histogram"),
            cycles,
            low..=high,
        )?;
    }
    that(
        reply.cycles_inside > 0,
        "256 bytes were written 64 times in no cycle at all",
    )
}

fn refused_while_soft_inactive(fixture: &mut Fixture<'_>) -> Verdict {
    let counter = fixture.snapshot()?.counter;
    fixture.set_active(false)?;
    for request in every_irql(synchronize(Operation::Add, 1, 4)) {
        fixture.refuse(fixture.main, &request, Status::INVALID_DEVICE_STATE)?;
    }
    fixture.set_active(true)?;
    equal("counter", fixture.snapshot()?.counter, counter)
}

fn concurrent_adds_lose_none(fixture: &mut Fixture<'_>) -> Verdict {
    const HANDLES: u64 = 4;
    const REPEAT: u32 = 64;
    let counter = fixture.snapshot()?.counter;
    let mut requests = Vec::new();
    for index in 0..HANDLES {
        let handle = fixture.open(crate::target::OpenAccess::WRITE)?;
        let request = SynchronizeRequest {
            caller_irql: u32::try_from(index % 3).unwrap_or(0),
            ..synchronize(Operation::Add, 1 << (16 * index), REPEAT)
        };
        requests.push(fixture.start(handle, &request)?);
    }
    for request in requests {
        equal("ran", fixture.reply(request)?.ran, REPEAT)?;
    }
    let expected = (0..HANDLES).fold(counter, |sum, index| {
        sum.wrapping_add(u64::from(REPEAT) << (16 * index))
    });
    equal("counter", fixture.snapshot()?.counter, expected)
}
