//! A change of power, or a start, that the system refuses something in: the driver reports the failure, and the
//! framework gives the device up without a leak.

use dirql_ioctl::Status;
use nt_model::{DeviceState, InjectedFailure, Transition};

use crate::check::Verdict;
use crate::fixture::Fixture;
use crate::message;

/// The device has been given up and is removed.
fn is_given_up(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.refuse(fixture.main, &message::Query, Status::INVALID_DEVICE_STATE)?;
    fixture.transition(Transition::SurpriseRemoval, DeviceState::SurpriseRemoved)
}

pub(super) fn start_that_is_refused_something_fails(fixture: &mut Fixture<'_>) -> Verdict {
    for refusal in [
        InjectedFailure::MappingRefused,
        InjectedFailure::PoolExhausted,
        InjectedFailure::ConnectRefused,
    ] {
        // The driver allocates nothing for an interrupt of the framework's.
        if refusal == InjectedFailure::PoolExhausted && fixture.is_frameworks() {
            continue;
        }
        fixture.transition(Transition::Stop, DeviceState::Stopped)?;
        fixture.system_refuses(refusal, 0, 1)?;
        fixture.transition(
            Transition::Restart(fixture.variant.resource),
            DeviceState::Failed,
        )?;
        is_given_up(fixture)?;
        fixture.begin_anew()?;
    }
    Ok(())
}

pub(super) fn start_whose_closures_do_not_run_fails(fixture: &mut Fixture<'_>) -> Verdict {
    // The interrupt is silenced first, and made live last. One of the framework's is not connected when it is silenced.
    let closures = if fixture.is_frameworks() { 1 } else { 2 };
    for closure in 0..closures {
        fixture.transition(Transition::Stop, DeviceState::Stopped)?;
        fixture.system_refuses(InjectedFailure::NotSynchronized, closure, 1)?;
        fixture.transition(
            Transition::Restart(fixture.variant.resource),
            DeviceState::Failed,
        )?;
        is_given_up(fixture)?;
        fixture.begin_anew()?;
    }
    Ok(())
}

pub(super) fn interrupt_that_cannot_be_silenced_fails_a_power_down(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    fixture.system_refuses(InjectedFailure::NotSynchronized, 0, 1)?;
    fixture.transition(Transition::PowerDown, DeviceState::Failed)?;
    is_given_up(fixture)
}
