//! ISRs while the interrupt is being connected, and while it is being disconnected.

use dirql_ioctl::{
    code,
    connection::{Kind, ReconnectRequest},
};
use dirql_tests::{
    dirql, images,
    session::{Device, Session, random, until_blocked},
    trace,
};
use ntsim::{Event, EventKind, InjectedFailure, InterruptResource, Policy, Rule};
use zerocopy::IntoBytes;

use crate::common::{RESOURCES, isrs, show_under, with_driver};

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

/// Seeds among which a disconnect meets an ISR that spins for the interrupt lock.
const SEEDS: u64 = 24;

/// ISRs that began after the disconnect had returned, over all seeds.
fn late_isrs(disconnect_waits: bool) -> usize {
    let image = images::guest("offender");
    let policy = Policy {
        disconnect_waits,
        ..Policy::default()
    };
    let seeds = RESOURCES.into_iter().flat_map(|resource| {
        let seeds = 1..=SEEDS;
        seeds.map(move |seed| random(resource, seed))
    });
    seeds
        .map(|config| {
            let (_, events) = show_under(&config, policy, &image, "disconnect-while-isr-spins");
            // The exhibit's next call: a disconnect that waits returns on any processor.
            let after = |routine| move |event: &Event| trace::is_call(event, routine);
            let disconnect = events.iter().position(after("IoDisconnectInterruptEx"));
            let disconnect = disconnect.expect("the exhibit disconnects");
            let rest = &events[disconnect..];
            let wait = rest.iter().position(after("KeWaitForSingleObject"));
            isrs(&rest[wait.expect("the exhibit waits afterwards")..]).len()
        })
        .sum()
}

#[test]
fn an_isr_that_spins_for_its_lock_outlives_a_disconnect_that_does_not_wait() {
    assert!(late_isrs(false) > 0, "no disconnect met an ISR that spins");
    assert_eq!(late_isrs(true), 0, "a disconnect that waits leaves none");
}

/// A kind that a system has not implemented and says success to. The block is known to NT, or it is not; nothing could
/// tell, and nothing disconnect it.
#[test]
fn a_connect_that_succeeds_and_connects_nothing_stops_the_machine() {
    const BUGCHECK: &str = "KeBugCheckEx(0x4452514c, 0x2, 0x0, ";
    let image = images::driver();
    for (resource, kinds) in [
        (InterruptResource::Line, &Kind::ALL[..]),
        (InterruptResource::Message, &[Kind::Message][..]),
    ] {
        for kind in kinds {
            let request = ReconnectRequest {
                kind: *kind as u32,
                reserved: 0,
            };
            let config = until_blocked(resource);
            let run = || {
                let mut session = Session::start(&config, &image, Device::Edu)?;
                session
                    .machine
                    .inject(InjectedFailure::ConnectedNothing, 0, 1);
                session.control(code::RECONNECT.0, request.as_bytes(), 40)
            };
            let failure = run().expect_err("the adapter stops the machine");
            assert_eq!(failure.cause, Rule::Bugcheck, "{kind:?}: {failure}");
            let message = &failure.message;
            assert!(message.contains(BUGCHECK), "{kind:?}: {message}");
        }
    }
}
