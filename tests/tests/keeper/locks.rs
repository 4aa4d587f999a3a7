//! Which callbacks run one at a time, under which lock, and at which IRQL.

use dirql_tests::{
    classic,
    keeper::{ask, leave},
    session::{Device, Session},
};
use ntsim::{Failure, Rule, Status};

use crate::common::{breaks, breaks_in_some_schedule, configs, in_every_schedule, is_marked};

const PASSIVE: u64 = 0;
const DISPATCH: u64 = 2;
const WDF_INCOMPATIBLE_EXECUTION_LEVEL: u64 = Status::WDF_INCOMPATIBLE_EXECUTION_LEVEL.0 as u64;

/// Every variant, with the IRQL of its callbacks where a thread sends.
const VARIANTS: [(&str, u64); 5] = [
    ("keeper", PASSIVE),
    ("keeper_queue", DISPATCH),
    ("keeper_queue_passive", PASSIVE),
    ("keeper_device", DISPATCH),
    ("keeper_device_passive", PASSIVE),
];

/// Those whose callbacks are called under a lock.
const SYNCHRONIZED: [&str; 4] = [
    "keeper_queue",
    "keeper_queue_passive",
    "keeper_device",
    "keeper_device_passive",
];

/// Sends an order several times at once.
fn several(session: &mut Session, order: &str) -> Result<(), Failure> {
    let requests: Vec<_> = (0..4)
        .map(|_| leave(session, order))
        .collect::<Result<_, _>>()?;
    for request in requests {
        assert_eq!(session.machine.wait(request)?.status, Status::SUCCESS);
    }
    Ok(())
}

#[test]
fn a_synchronized_callback_runs_at_the_level_of_its_lock() {
    for (variant, level) in VARIANTS {
        in_every_schedule(variant, |session| {
            assert_eq!(ask(session, "LEVEL")?, [level], "{variant}");
            Ok(())
        });
    }
}

#[test]
fn a_wait_under_a_callback_lock_that_is_a_spin_lock_is_told_with_the_lock() {
    for (variant, whose) in [("keeper_queue", "queue"), ("keeper_device", "device")] {
        let says = format!(
            "EvtIoDeviceControl ran at DISPATCH_LEVEL because the {whose}'s callback lock is a spin lock"
        );
        breaks(variant, Rule::Irql, &says, |session| {
            ask(session, "WAIT").map(drop)
        });
    }
    for variant in ["keeper", "keeper_queue_passive", "keeper_device_passive"] {
        in_every_schedule(variant, |session| several(session, "WAIT"));
    }
}

#[test]
fn callbacks_of_one_lock_do_not_race() {
    breaks_in_some_schedule("keeper", Rule::Race, |session| several(session, "COUNT"));
    for variant in SYNCHRONIZED {
        in_every_schedule(variant, |session| several(session, "COUNT"));
    }
}

#[test]
fn what_is_serialized_with_callbacks_does_not_race_with_them() {
    for variant in ["keeper_queue", "keeper_device"] {
        for order in ["COUNT_BY_DPC", "COUNT_BY_TIMER"] {
            in_every_schedule(variant, |session| several(session, order));
        }
        breaks_in_some_schedule(variant, Rule::Race, |session| {
            several(session, "COUNT_BY_FREE_DPC")
        });
    }
    for variant in ["keeper_queue_passive", "keeper_device_passive"] {
        in_every_schedule(variant, |session| several(session, "COUNT_BY_WORK_ITEM"));
    }
    for variant in SYNCHRONIZED {
        in_every_schedule(variant, |session| several(session, "COUNT_BY_INTERRUPT"));
    }
}

#[test]
fn the_presentation_lock_is_the_drivers_to_take_where_the_framework_does_not() {
    in_every_schedule("keeper", |session| {
        assert_eq!(ask(session, "LOCK")?, [PASSIVE, DISPATCH, PASSIVE]);
        Ok(())
    });
    for variant in SYNCHRONIZED {
        breaks(
            variant,
            Rule::LockRecursion,
            "WDF_RECURSIVE_LOCK",
            |session| ask(session, "LOCK").map(drop),
        );
    }
}

/// Another queue presents inside of the call that forwards, unless the caller holds its presentation lock: then a DPC or a
/// work item does.
#[test]
fn a_forward_under_the_lock_of_the_other_queue_presents_later() {
    for (variant, inside, level) in [
        ("keeper", 1, PASSIVE),
        ("keeper_queue", 1, DISPATCH),
        ("keeper_queue_passive", 1, PASSIVE),
        ("keeper_device", 0, DISPATCH),
        ("keeper_device_passive", 0, PASSIVE),
    ] {
        in_every_schedule(variant, |session| {
            assert_eq!(ask(session, "FORWARD")?, [inside, level], "{variant}");
            Ok(())
        });
    }
}

#[test]
fn a_queue_that_is_started_in_its_own_callback_goes_on_later() {
    for (variant, level) in VARIANTS {
        in_every_schedule(variant, |session| {
            let requests = [leave(session, "START")?, leave(session, "START")?];
            for request in requests {
                let completion = session.machine.wait(request)?;
                assert_eq!(completion.output, level.to_le_bytes(), "{variant}");
            }
            Ok(())
        });
    }
}

#[test]
fn a_callback_that_waits_for_what_is_serialized_with_it_waits_for_ever() {
    for variant in ["keeper_queue_passive", "keeper_device_passive"] {
        breaks(variant, Rule::Hang, "waits for Lock", |session| {
            ask(session, "FLUSH").map(drop)
        });
    }
}

#[test]
fn what_runs_at_another_level_cannot_be_serialized() {
    for (variant, order) in [
        ("keeper_queue", "CREATE_WORK_ITEM"),
        ("keeper_queue_passive", "CREATE_DPC"),
    ] {
        let says = "STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL";
        breaks(variant, Rule::WdfVerifier, says, |session| {
            let answers = ask(session, order)?;
            assert_eq!(answers, [WDF_INCOMPATIBLE_EXECUTION_LEVEL]);
            Ok(())
        });
    }
    for (variant, order) in [
        ("keeper_queue", "CREATE_DPC"),
        ("keeper_queue_passive", "CREATE_WORK_ITEM"),
        // Without a scope there is no lock that would not fit.
        ("keeper", "CREATE_DPC"),
        ("keeper", "CREATE_WORK_ITEM"),
    ] {
        in_every_schedule(variant, |session| {
            assert_eq!(ask(session, order)?, [0], "{variant}");
            Ok(())
        });
    }
}

#[test]
fn a_timer_at_passive_calls_back_where_a_thread_may_wait() {
    for (variant, _) in VARIANTS {
        in_every_schedule(variant, |session| {
            assert_eq!(ask(session, "PASSIVE_TIMER")?, [PASSIVE, 0], "{variant}");
            Ok(())
        });
    }
}

#[test]
fn a_cancellation_of_a_dpc_that_waits_waits_for_every_dpc() {
    in_every_schedule("keeper", |session| {
        for _ in 0..3 {
            assert_eq!(ask(session, "CANCEL_DPC")?, [0, 1]);
        }
        Ok(())
    });
}

/// Who stops it is told that it was armed, and it does not call back again.
#[test]
fn a_timer_that_is_started_while_it_is_stopped_stays_stopped() {
    in_every_schedule("keeper", |session| {
        for _ in 0..2 {
            assert_eq!(ask(session, "STOP_TIMER")?, [1, 0]);
        }
        Ok(())
    });
}

#[test]
fn a_timer_does_not_wait_for_itself() {
    let says = "outside of the timer's own callback";
    breaks("keeper", Rule::WdfVerifier, says, |session| {
        ask(session, "STOP_IN_TIMER").map(drop)
    });
}

#[test]
fn where_requests_go_is_said_before_the_device_starts() {
    const INVALID_DEVICE_STATE: u64 = Status::INVALID_DEVICE_STATE.0 as u64;
    for variant in ["keeper", "keeper_control"] {
        in_every_schedule(variant, |session| {
            assert_eq!(ask(session, "DISPATCH_LATE")?, [INVALID_DEVICE_STATE]);
            Ok(())
        });
    }
}

#[test]
fn where_requests_go_is_said_once_and_not_of_the_default_queue() {
    in_every_schedule("keeper_dispatch", |session| {
        let request = session.machine.write(session.file, &[1])?;
        session.machine.wait(request).map(drop)
    });
    for (variant, says) in [
        ("keeper_dispatch_twice", "once for a type of requests"),
        (
            "keeper_dispatch_default",
            "for a queue that is not the default",
        ),
    ] {
        let Some(image) = classic::image(variant) else {
            return;
        };
        for config in configs() {
            let failure = Session::start(&config, &image, Device::Bare).expect_err(variant);
            assert_eq!(failure.cause, Rule::WdfVerifier, "{failure}");
            assert!(failure.message.contains(says), "{failure}");
            let location = failure.location.clone().unwrap_or_default();
            assert!(is_marked(&location, Rule::WdfVerifier), "{failure}");
        }
    }
}
