//! Every rule that the simulator checks: the driver that breaks it is stopped, and told where; the
//! driver that does the same work and keeps it is not.

use dirql_tests::{
    images,
    offender::{DEEDS, breaks, keeps, line_that_breaks},
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Config, Failure, Image, InterruptResource, rule};

/// What breaks a rule, and what the report has to say.
struct Offence {
    name: &'static str,
    rule: &'static str,
    says: &'static str,
}

const fn offence(name: &'static str, rule: &'static str, says: &'static str) -> Offence {
    Offence { name, rule, says }
}

/// One for each of the guest's deeds, in their order.
const OFFENCES: &[Offence] = &[
    offence(
        "irql-of-export",
        rule::IRQL,
        "ZwClose was called at IRQL 2; it may be called at IRQL 0 only",
    ),
    offence(
        "irql-of-framework",
        rule::IRQL,
        "WdfDeviceCreateDeviceInterface was called at IRQL 2",
    ),
    offence("irql-lowered-by-raise", rule::IRQL, "from IRQL 2 to 0"),
    offence(
        "irql-not-restored",
        rule::IRQL_NOT_RESTORED,
        "entered at IRQL 0 and returned at IRQL 2",
    ),
    offence("irql-of-wait", rule::IRQL, "wait that may block"),
    offence(
        "irql-of-paged-pool",
        rule::IRQL,
        "paged pool was allocated above APC",
    ),
    offence(
        "critical-region",
        rule::BAD_ARGUMENT,
        "in no critical region",
    ),
    offence("lock-recursion", rule::LOCK_RECURSION, "already"),
    offence("lock-not-held", rule::LOCK_MISUSE, "which it does not hold"),
    offence(
        "lock-not-initialised",
        rule::LOCK_MISUSE,
        "it was not initialised",
    ),
    offence(
        "lock-held-below-dispatch",
        rule::LOCK_MISUSE,
        "to go to IRQL 0 with the spin lock",
    ),
    offence("lock-order", rule::HANG, "spins for the spin lock"),
    offence("framework-lock-recursion", rule::LOCK_RECURSION, "already"),
    offence("pool-leak", rule::POOL_LEAK, "24 bytes with the tag 'Offd'"),
    offence(
        "pool-double-free",
        rule::POOL_MISUSE,
        "is no allocation of the driver's",
    ),
    offence(
        "pool-overrun",
        rule::POOL_MISUSE,
        "beside the pool allocation of 24 bytes",
    ),
    offence(
        "pool-tag",
        rule::POOL_MISUSE,
        "tag 'Offd' was freed with the tag 'Oops'",
    ),
    offence(
        "pool-use-after-free",
        rule::POOL_MISUSE,
        "was written after it was freed",
    ),
    offence("request-leak", rule::REQUEST_LEAK, "never completed"),
    offence(
        "request-completed-twice",
        rule::REQUEST_MISUSE,
        "used after it was completed",
    ),
    offence(
        "request-used-after-completion",
        rule::REQUEST_MISUSE,
        "used after it was completed",
    ),
    offence(
        "request-information",
        rule::REQUEST_MISUSE,
        "Information 65536",
    ),
    offence(
        "request-completed-cancelable",
        rule::REQUEST_MISUSE,
        "still marked cancelable",
    ),
    offence(
        "handle-of-another-kind",
        rule::BAD_HANDLE,
        "names a Request, where a Device is needed",
    ),
    offence("event-never-set", rule::HANG, "waits for Event"),
    offence(
        "event-not-initialised",
        rule::BAD_ARGUMENT,
        "is no initialised event",
    ),
    offence(
        "rundown-released-too-often",
        rule::BAD_ARGUMENT,
        "more often than",
    ),
    offence("rundown-never-released", rule::HANG, "waits for Rundown"),
    offence("panic", rule::BUGCHECK, "a Rust panic at "),
    offence(
        "null",
        rule::BAD_ACCESS,
        "read 4 bytes at 0x0, next to a null pointer",
    ),
    offence("opaque-object", rule::BAD_ACCESS, "inside an opaque object"),
    offence(
        "read-only-memory",
        rule::BAD_ACCESS,
        "in the image, where that is not permitted",
    ),
    offence("stack", rule::BAD_ACCESS, "beyond a kernel stack"),
    offence("instruction", rule::INSTRUCTION, "ud2"),
    offence("handle-leak", rule::OBJECT_LEAK, "is still open"),
    offence("thread-outlives-driver", rule::OBJECT_LEAK, "still runs"),
    offence(
        "thread-ends-raised",
        rule::IRQL,
        "PsTerminateSystemThread was called at IRQL 2",
    ),
    offence("storm", rule::STORM, "no ISR made its device deassert it"),
    offence(
        "interrupt-left-connected",
        rule::OBJECT_LEAK,
        "is still connected",
    ),
    offence(
        "interrupt-disconnected-twice",
        rule::BUGCHECK,
        "bug check 0xca",
    ),
    offence(
        "interrupt-reported-after-disconnect",
        rule::BAD_ARGUMENT,
        "IoReportInterruptInactive was given the connection context",
    ),
    offence(
        "synchronize-above-its-irql",
        rule::IRQL,
        "at IRQL 15, above the interrupt's SynchronizeIrql 9",
    ),
    offence("synchronize-nested", rule::LOCK_RECURSION, "already"),
    offence(
        "register-width",
        rule::BAD_MMIO,
        "16-bit read at BAR0 offset 0x0",
    ),
    offence(
        "register-after-unmap",
        rule::BAD_ACCESS,
        "not, or no longer, mapped",
    ),
    offence("mapping-leak", rule::OBJECT_LEAK, "are still mapped"),
];

/// Rules that no driver's deed breaks, or none that ends in time.
const NOT_OFFENCES: &[&str] = &[
    // The simulator's own limits.
    rule::NOT_MODELLED,
    rule::EMULATOR,
    // Two thousand million instructions take minutes.
    rule::ENDLESS,
    // Another test starts a driver on hardware that it refuses.
    rule::START_FAILED,
];

/// Serves one request and removes the device; how that fails.
fn commit(config: &Config, image: &Image, code: u32) -> Option<Failure> {
    let mut session = match Session::start(config, image, Device::Edu) {
        Ok(session) => session,
        Err(failure) => panic!("the guest does not start: {failure}"),
    };
    let request = match session.submit(code, &[], 16) {
        Ok(request) => request,
        Err(failure) => return Some(failure),
    };
    // A poll ends where the request is never completed, too.
    if let Err(failure) = session.machine.poll(request) {
        return Some(failure);
    }
    session.remove().err()
}

fn judge(offence: &Offence, config: &Config, failure: &Failure) -> Result<(), String> {
    let Offence { name, rule, says } = *offence;
    let line = line_that_breaks(name);
    let location = failure.location.as_deref().unwrap_or("no place");
    let at_line = location == line || location.ends_with(&format!("/{line}"));
    if failure.rule != rule || !failure.message.contains(says) || !at_line {
        return Err(format!(
            "{name}: expected rule {rule}, '{says}', at {line}; got {failure}"
        ));
    }
    if failure.token != config.token() {
        return Err(format!("{name}: the token is {}", failure.token));
    }
    Ok(())
}

#[test]
fn each_broken_rule_ends_the_run_with_its_name_place_and_token() {
    let image = images::guest("offender");
    let mut wrong = Vec::new();
    for config in [
        until_blocked(InterruptResource::Line),
        random(InterruptResource::Line, 1),
        random(InterruptResource::Line, 2),
    ] {
        for offence in OFFENCES {
            // Whether two threads meet between two locks is another test's matter.
            if offence.name == "lock-order" {
                continue;
            }
            match commit(&config, &image, breaks(offence.name)) {
                None => wrong.push(format!("{}: nobody noticed", offence.name)),
                Some(failure) => wrong.extend(judge(offence, &config, &failure).err()),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_list_names_each_deed_of_the_guest_and_each_rule() {
    let named: Vec<&str> = OFFENCES.iter().map(|offence| offence.name).collect();
    assert_eq!(named, DEEDS);
    for rule in rule::ALL {
        let broken = OFFENCES.iter().any(|offence| offence.rule == *rule);
        assert!(
            broken != NOT_OFFENCES.contains(rule),
            "the rule {rule} is broken by a deed, or stands among those that are not"
        );
    }
}

#[test]
fn a_driver_that_keeps_every_rule_is_left_in_peace() {
    let image = images::guest("offender");
    for interrupt in [InterruptResource::Line, InterruptResource::Message] {
        let mut configs = vec![until_blocked(interrupt)];
        configs.extend((1..=4).map(|seed| random(interrupt, seed)));
        for config in configs {
            let run = || {
                let mut session = Session::start(&config, &image, Device::Edu)?;
                for name in DEEDS {
                    let completion = session.control(keeps(name), &[], 16)?;
                    assert_eq!(completion.status, 0, "{name} with {}", config.token());
                }
                session.remove()
            };
            if let Err(failure) = run() {
                panic!("{failure}");
            }
        }
    }
}

/// Seeds among which opposite lock orders meet, and equal ones do not.
const SEEDS: u64 = 24;

#[test]
fn locks_taken_in_opposite_orders_deadlock_under_some_schedule() {
    let image = images::guest("offender");
    let offence = OFFENCES
        .iter()
        .find(|offence| offence.name == "lock-order")
        .expect("the list has it");
    let mut deadlocks = 0;
    for seed in 1..=SEEDS {
        let config = random(InterruptResource::Line, seed);
        if let Some(failure) = commit(&config, &image, breaks("lock-order")) {
            deadlocks += 1;
            if let Err(wrong) = judge(offence, &config, &failure) {
                panic!("{wrong}");
            }
            // The token alone brings the deadlock back.
            let again = Config::from_token(&failure.token).expect("a report's token is good");
            assert_eq!(commit(&again, &image, breaks("lock-order")), Some(failure));
        }
        let failure = commit(&config, &image, keeps("lock-order"));
        assert_eq!(failure, None, "one order, seed {seed}");
    }
    assert!(deadlocks > 0, "no deadlock in {SEEDS} schedules");
}

#[test]
fn locks_taken_in_opposite_orders_do_not_meet_where_nobody_is_preempted() {
    let image = images::guest("offender");
    let config = until_blocked(InterruptResource::Line);
    assert_eq!(commit(&config, &image, breaks("lock-order")), None);
}

#[test]
fn a_report_can_be_read_without_the_simulator() {
    let image = images::guest("offender");
    let config = random(InterruptResource::Message, 3);
    let failure = commit(&config, &image, breaks("panic")).expect("a panic is noticed");
    let text = failure.to_string();
    let line = line_that_breaks("panic");
    for part in [
        "rule bugcheck: a Rust panic at ",
        line.as_str(),
        "replay token 1-r-2-m-0000000000000003",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_driver_that_refuses_its_hardware_has_not_started() {
    let image = images::driver();
    let config = until_blocked(InterruptResource::Line);
    let failure =
        Session::start(&config, &image, Device::Bare).expect_err("there are no registers");
    assert_eq!(failure.rule, rule::START_FAILED);
    assert!(
        failure
            .message
            .contains("EvtDevicePrepareHardware returned the status 0xc"),
        "{failure}"
    );
}
