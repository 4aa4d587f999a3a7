//! A change of power, or a start, that the system refuses something in: the driver reports the failure, and the
//! framework gives the device up without a leak.

use dirql_ioctl::Status;

use crate::bench::Bench;
use crate::check::Verdict;
use crate::message;
use crate::target::{Change, Refusal, Stand};

/// The device has been given up and is removed.
fn is_given_up(bench: &mut Bench<'_>) -> Verdict {
    bench.refuse(bench.main, &message::Query, Status::INVALID_DEVICE_STATE)?;
    bench.change(Change::SurpriseRemoval, Stand::Gone)
}

pub(super) fn start_that_is_refused_something_fails(bench: &mut Bench<'_>) -> Verdict {
    for refusal in [Refusal::Mapping, Refusal::Pool, Refusal::Connect] {
        bench.change(Change::Stop, Stand::Stopped)?;
        bench.system_refuses(refusal, 0, 1)?;
        bench.change(Change::Restart(bench.variant.resource), Stand::Failed)?;
        is_given_up(bench)?;
        bench.begin_anew()?;
    }
    Ok(())
}

pub(super) fn start_whose_closures_do_not_run_fails(bench: &mut Bench<'_>) -> Verdict {
    // The interrupt is silenced first, and made live last.
    for closure in [0, 1] {
        bench.change(Change::Stop, Stand::Stopped)?;
        bench.system_refuses(Refusal::Synchronize, closure, 1)?;
        bench.change(Change::Restart(bench.variant.resource), Stand::Failed)?;
        is_given_up(bench)?;
        bench.begin_anew()?;
    }
    Ok(())
}

pub(super) fn interrupt_that_cannot_be_silenced_fails_a_power_down(
    bench: &mut Bench<'_>,
) -> Verdict {
    bench.system_refuses(Refusal::Synchronize, 0, 1)?;
    bench.change(Change::PowerDown, Stand::Failed)?;
    is_given_up(bench)
}
