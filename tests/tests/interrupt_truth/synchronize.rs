//! The interrupt lock keeps the ISR out.

use dirql_ioctl::{stress::Mode, synchronize::Operation};
use dirql_tests::{dirql, images, session::random, trace};
use ntsim::{Event, Policy};

use crate::common::{RESOURCES, show, with_driver};

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
