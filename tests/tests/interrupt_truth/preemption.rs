//! Threads lose their processor between any two instructions, or never.

use dirql_tests::{
    images,
    offender::exhibit_code,
    session::{random, until_blocked},
    trace,
};
use ntsim::{Config, EventKind, InterruptResource, Policy, Strategy};

use crate::common::{show, with_driver};

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
fn nothing_is_preempted_where_processors_run_until_they_block() {
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
