//! A system that comes back without having run the closure: nothing that it was to do has happened, and the
//! driver says so.

use dirql_ioctl::Status;
use dirql_ioctl::connection::ReconnectRequest;
use dirql_ioctl::interrupt::{RaiseRequest, SetActiveRequest, WaitRequest};
use dirql_ioctl::synchronize::{CALLER_IRQL_MAX, Operation, SynchronizeRequest};
use nt_model::InjectedFailure;

use crate::check::{Verdict, equal};
use crate::fixture::{Fixture, synchronize};
use crate::message::{ResetStatistics, Statistics};

pub(super) fn closure_that_did_not_run_changes_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    for caller_irql in 0..=CALLER_IRQL_MAX {
        let before = fixture.statistics()?;
        let counter = fixture.snapshot()?.counter;
        let add = |repeat| SynchronizeRequest {
            caller_irql,
            ..synchronize(Operation::Add, 5, repeat)
        };
        fixture.system_refuses(InjectedFailure::NotSynchronized, 0, 1)?;
        let never = fixture.ask(fixture.main, &add(1))?;
        equal("ran", never.ran, 0)?;
        equal("not run", never.not_run, 1)?;
        equal("BOOLEAN", never.raw_boolean, 0)?;
        equal("value", never.value, 0)?;
        equal("IRQL before", never.irql_before, caller_irql)?;
        equal("IRQL after", never.irql_after, caller_irql)?;
        fixture.system_refuses(InjectedFailure::NotSynchronized, 1, 2)?;
        let some = fixture.ask(fixture.main, &add(4))?;
        equal("ran", some.ran, 2)?;
        equal("not run", some.not_run, 2)?;
        equal("counter", some.counter, counter.wrapping_add(10))?;
        let after = fixture.statistics()?;
        // With the snapshot.
        equal("synchronized", after.synchronized - before.synchronized, 3)?;
        fixture.counted_as_not_run(before.not_run, 3)?;
    }
    Ok(())
}

pub(super) fn raise_that_did_not_run_reaches_no_device(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.statistics()?;
    fixture.system_refuses(InjectedFailure::NotSynchronized, 0, 2)?;
    let raise = RaiseRequest {
        causes: 0x1,
        count: 2,
        reserved: 0,
    };
    fixture.refuse(fixture.main, &raise, Status::INTERNAL_ERROR)?;
    let after = fixture.statistics()?;
    equal("raised", after.raised, before.raised)?;
    equal("sequence", after.sequence, before.sequence)?;
    fixture.counted_as_not_run(before.not_run, 2)?;
    equal("causes", fixture.interrupt(0x2)?.causes, 0x2)
}

pub(super) fn records_that_cannot_be_read_are_an_internal_error(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    let before = fixture.statistics()?;
    fixture.system_refuses(InjectedFailure::NotSynchronized, 0, 1)?;
    fixture.refuse(fixture.main, &Statistics, Status::INTERNAL_ERROR)?;
    fixture.counted_as_not_run(before.not_run, 1)?;
    fixture.system_refuses(InjectedFailure::NotSynchronized, 0, 1)?;
    let wait = WaitRequest {
        after: before.sequence,
    };
    fixture.refuse(fixture.main, &wait, Status::INTERNAL_ERROR)?;
    fixture.counted_as_not_run(before.not_run, 2)?;
    equal("causes", fixture.interrupt(0x2)?.causes, 0x2)
}

pub(super) fn reset_that_did_not_run_resets_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.interrupt(0x10)?;
    fixture.settle()?;
    let before = fixture.statistics()?;
    fixture.system_refuses(InjectedFailure::NotSynchronized, 0, 1)?;
    fixture.refuse(fixture.main, &ResetStatistics, Status::INTERNAL_ERROR)?;
    let after = fixture.statistics()?;
    equal("claimed", after.claimed, before.claimed)?;
    equal("causes", after.causes, before.causes)?;
    equal("dpc", after.dpc, before.dpc)?;
    equal("synchronized", after.synchronized, before.synchronized)?;
    equal("waited", after.waited, before.waited)
}

pub(super) fn interrupt_that_cannot_be_silenced_is_lost(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.interrupt(0x1)?;
    fixture.system_refuses(InjectedFailure::NotSynchronized, 0, 1)?;
    let inactive = SetActiveRequest {
        active: 0,
        reserved: 0,
    };
    fixture.refuse(fixture.main, &inactive, Status::INTERNAL_ERROR)?;
    fixture.interrupt_is_lost()
}

pub(super) fn interrupt_that_cannot_be_made_live_is_lost(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.interrupt(0x1)?;
    let kind = fixture.connection()?.kind_asked;
    // The first closure silences the device; a connection that goes on without it silences it later. An interrupt of the
    // framework's is silenced by EvtInterruptDisable.
    let after = u32::from(!fixture.is_frameworks());
    fixture.system_refuses(InjectedFailure::NotSynchronized, after, 1)?;
    let request = ReconnectRequest { kind, reserved: 0 };
    fixture.refuse(fixture.main, &request, Status::INTERNAL_ERROR)?;
    fixture.interrupt_is_lost()
}
