//! What is true of interrupts on hardware and under NT, seen from a driver that was built for it.

use std::collections::BTreeSet;

use dirql_ioctl::{stress::Mode, synchronize::Operation};
use dirql_tests::{
    dirql, images,
    offender::{exhibit, exhibit_code},
    session::{Device, Session, random, until_blocked},
    trace,
};
use ntsim::{Config, Event, EventKind, Failure, Image, InterruptResource, Policy, Strategy};

const RESOURCES: [InterruptResource; 2] = [InterruptResource::Line, InterruptResource::Message];

/// Starts a driver on edu, lets `body` talk to it, removes it, and gives what `body` gave.
fn with_driver<R>(
    config: &Config,
    policy: Policy,
    image: &Image,
    body: impl FnOnce(&mut Session) -> Result<R, Failure>,
) -> R {
    let run = || {
        let mut session = Session::with_policy(config, policy, image, Device::Edu)?;
        let result = body(&mut session)?;
        session.remove()?;
        Ok(result)
    };
    match run() {
        Ok(result) => result,
        Err::<R, Failure>(failure) => panic!("{failure}"),
    }
}

/// What an exhibit of the offender answers, and the events of its request.
fn show(config: &Config, image: &Image, name: &str) -> (u32, Vec<Event>) {
    show_under(config, Policy::default(), image, name)
}

fn show_under(config: &Config, policy: Policy, image: &Image, name: &str) -> (u32, Vec<Event>) {
    with_driver(config, policy, image, |session| {
        let before = session.machine.events().total();
        let answer = exhibit(session, name)?;
        let log = session.machine.events();
        let new = log.total() - before;
        let new = usize::try_from(new).expect("a short log");
        let events = trace::events(log);
        Ok((answer, events[events.len() - new..].to_vec()))
    })
}

/// The places of the ISRs in a log.
fn isrs(events: &[Event]) -> Vec<usize> {
    let places = 0..events.len();
    places
        .filter(|at| trace::is_callback(&events[*at], "ISR"))
        .collect()
}

#[test]
fn an_isr_runs_before_the_connect_returns_and_on_the_calling_processor() {
    let image = images::driver();
    for resource in RESOURCES {
        let config = until_blocked(resource);
        let (events, statistics) = with_driver(&config, Policy::default(), &image, |session| {
            let events = trace::events(session.machine.events());
            Ok((events, dirql::statistics(session)?))
        });
        let connects = trace::spans(&events, "IoConnectInterruptEx");
        let [(start, end)] = connects[..] else {
            panic!("the driver connects once: {connects:?}");
        };
        assert!(matches!(events[end].kind, EventKind::Return { value: 0 }));
        let inside: Vec<&Event> = isrs(&events)
            .into_iter()
            .filter(|at| (start..end).contains(at))
            .map(|at| &events[at])
            .collect();
        assert_eq!(inside.len(), 1, "{resource:?}: {inside:?}");
        assert_eq!(inside[0].cpu, events[start].cpu);
        assert!(inside[0].irql > 2 && events[start].irql == 0);
        // It was the neighbour's, or spurious.
        assert_eq!((statistics.not_mine, statistics.claimed), (1, 0));
    }
}

#[test]
fn a_connect_that_nothing_interrupts_is_possible_too() {
    let image = images::driver();
    let quiet = Policy {
        interrupt_in_connect: false,
        ..Policy::default()
    };
    for resource in RESOURCES {
        let statistics = with_driver(&until_blocked(resource), quiet, &image, dirql::statistics);
        assert_eq!((statistics.not_mine, statistics.claimed), (0, 0));
    }
}

#[test]
fn an_isr_inside_the_connect_may_run_on_another_processor() {
    let image = images::driver();
    let elsewhere = (1..=20).filter(|seed| {
        let config = random(InterruptResource::Line, *seed);
        let events = with_driver(&config, Policy::default(), &image, |session| {
            Ok(trace::events(session.machine.events()))
        });
        let connects = trace::spans(&events, "IoConnectInterruptEx");
        let [(start, _)] = connects[..] else {
            panic!("the driver connects once: {connects:?}");
        };
        let first = isrs(&events)[0];
        assert!(first > start);
        events[first].cpu != events[start].cpu
    });
    assert!(elsewhere.count() > 0, "both processors are the line's");
}

#[test]
fn a_line_is_delivered_again_as_long_as_it_is_asserted() {
    let image = images::guest("offender");
    let mut configs = vec![until_blocked(InterruptResource::Line)];
    configs.extend((1..=8).map(|seed| random(InterruptResource::Line, seed)));
    for config in configs {
        // The ISR acknowledges in its third turn.
        let (claimed, events) = show(&config, &image, "lazy-line");
        assert_eq!(claimed, 3, "{}", config.token());
        // One more in the connect, the neighbour's, which may still assert the line at the raise.
        let ran = isrs(&events).len();
        let least = if config.strategy == Strategy::Random {
            3
        } else {
            4
        };
        assert!((least..=4).contains(&ran), "{ran} ISRs, {}", config.token());
        let deliveries = events.iter().filter(|event| trace::is_interrupt(event));
        assert_eq!(deliveries.count(), ran, "each is a delivery of its own");
    }
}

#[test]
fn messages_that_meet_are_one() {
    let image = images::guest("offender");
    let one_processor = Config {
        cpus: 1,
        ..until_blocked(InterruptResource::Message)
    };
    // Three raises at HIGH_LEVEL, three messages: one pending bit.
    let (claimed, events) = show(&one_processor, &image, "masked-raises");
    assert_eq!((claimed, isrs(&events).len()), (1, 2));
    // The same raises at PASSIVE_LEVEL: each is taken before the next.
    let (claimed, events) = show(&one_processor, &image, "open-raises");
    assert_eq!((claimed, isrs(&events).len()), (3, 4));
}

#[test]
fn messages_on_different_processors_do_not_meet() {
    let image = images::guest("offender");
    // Without the one that comes in the connect, each ISR is the device's.
    let quiet = Policy {
        interrupt_in_connect: false,
        ..Policy::default()
    };
    let spread = (1..=24).filter(|seed| {
        let config = random(InterruptResource::Message, *seed);
        let (claimed, events) = show_under(&config, quiet, &image, "masked-raises");
        let cpus: BTreeSet<u8> = isrs(&events).into_iter().map(|at| events[at].cpu).collect();
        claimed > 1 && cpus.len() > 1
    });
    assert!(spread.count() > 0, "a message may go to either processor");
}

/// Deliveries on another processor while a synchronize routine runs on this one, and ISRs that ran
/// then.
fn meetings(events: &[Event]) -> (usize, usize) {
    let (mut deliveries, mut overlaps) = (0, 0);
    for (start, end) in trace::spans(events, "KeSynchronizeExecution") {
        let cpu = events[start].cpu;
        let routine = (start..end).find(|at| {
            events[*at].cpu == cpu && trace::is_callback(&events[*at], "synchronize routine")
        });
        let Some(routine) = routine else {
            continue;
        };
        for event in &events[routine..end] {
            if event.cpu != cpu {
                deliveries += usize::from(trace::is_interrupt(event));
                overlaps += usize::from(trace::is_callback(event, "ISR"));
            }
        }
    }
    (deliveries, overlaps)
}

#[test]
fn an_isr_on_another_processor_spins_while_a_synchronize_routine_holds_the_lock() {
    let image = images::guest("offender");
    for resource in RESOURCES {
        let mut spun = 0;
        for seed in 1..=24 {
            let config = random(resource, seed);
            // The routine raises a cause and stays: the interrupt can only be taken elsewhere.
            let (claimed_inside, events) = show(&config, &image, "long-synchronize");
            assert_eq!(claimed_inside, 0, "no ISR while the lock is held");
            let (deliveries, overlaps) = meetings(&events);
            assert_eq!(overlaps, 0, "{}", config.token());
            spun += deliveries;
        }
        assert!(
            spun > 0,
            "{resource:?}: no delivery met a synchronize routine"
        );
    }
}

#[test]
fn the_adapters_synchronize_keeps_the_isr_out_in_every_schedule() {
    let image = images::driver();
    for resource in RESOURCES {
        let mut spun = 0;
        for seed in 1..=6 {
            let config = random(resource, seed);
            let events = with_driver(&config, Policy::default(), &image, |session| {
                dirql::raise(session, 0b111, 8)?;
                dirql::synchronize(session, Operation::Transfer, 5, 8)?;
                Ok(trace::events(session.machine.events()))
            });
            let (deliveries, overlaps) = meetings(&events);
            assert_eq!(overlaps, 0, "{}", config.token());
            spun += deliveries;
        }
        assert!(
            spun > 0,
            "{resource:?}: no delivery met a synchronize routine"
        );
    }
}

/// How often a thread lost its only processor while another was in the middle of its work.
fn preemptions(strategy: Strategy) -> usize {
    let image = images::guest("offender");
    let config = Config {
        cpus: 1,
        strategy,
        ..until_blocked(InterruptResource::Line)
    };
    with_driver(&config, Policy::default(), &image, |session| {
        let requests = [
            session.submit(exhibit_code("busy"), &[], 4)?,
            session.submit(exhibit_code("busy"), &[], 4)?,
        ];
        for request in requests {
            session.machine.wait(request)?;
        }
        let events = trace::events(session.machine.events());
        let presented: Vec<usize> = (0..events.len())
            .filter(|at| trace::is_callback(&events[*at], "EvtIoDeviceControl"))
            .collect();
        let completed = events
            .iter()
            .position(|event| trace::is_call(event, "WdfRequestCompleteWithInformation"))
            .expect("one of them ends first");
        // Between the two, the driver makes no call: nothing but an instruction can be interrupted.
        let switches = &events[presented[0]..completed];
        let switches = switches
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Thread { .. }));
        Ok(switches.count())
    })
}

#[test]
fn a_thread_is_preempted_at_instructions_inside_the_driver() {
    assert!(preemptions(Strategy::Random) > 100);
}

#[test]
fn nobody_is_preempted_where_processors_run_until_they_block() {
    assert_eq!(preemptions(Strategy::RunUntilBlocked), 0);
}

#[test]
fn a_load_and_a_store_without_a_lock_lose_counts_in_some_schedule() {
    let image = images::guest("offender");
    let all = 100;
    let blocked = until_blocked(InterruptResource::Line);
    assert_eq!(show(&blocked, &image, "race").0, all);
    let mut least = all;
    for seed in 1..=8 {
        let config = random(InterruptResource::Line, seed);
        least = least.min(show(&config, &image, "race").0);
        assert_eq!(show(&config, &image, "race-locked").0, all, "seed {seed}");
    }
    assert!(least < all, "no schedule came between a load and its store");
}

#[test]
fn the_lock_makes_the_difference_between_the_drivers_two_stress_modes() {
    let image = images::driver();
    for resource in RESOURCES {
        let mut control_violations = 0;
        for seed in 1..=3 {
            let config = random(resource, seed);
            let [locked, control] = [Mode::Locked, Mode::Control].map(|mode| {
                with_driver(&config, Policy::default(), &image, |session| {
                    dirql::stress(session, mode, 2, 60, 20)
                })
            });
            let violations =
                [locked, control].map(|reply| reply.violations_in_thread + reply.violations_in_isr);
            assert_eq!(violations[0], 0, "{}", config.token());
            assert_eq!((locked.transfers, locked.not_run), (120, 0));
            control_violations += violations[1];
        }
        assert!(
            control_violations > 0,
            "{resource:?}: the judge can see a violation"
        );
    }
}
