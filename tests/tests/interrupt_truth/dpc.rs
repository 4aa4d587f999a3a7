//! DPCs: out of the queue before they run, so that they may be queued again, and run elsewhere, while
//! they run.

use dirql_tests::{
    images,
    session::{random, until_blocked},
};
use ntsim::InterruptResource;

use crate::common::show;

#[test]
fn a_dpc_leaves_its_queue_before_it_runs_so_that_its_run_can_queue_it_again() {
    let image = images::guest("offender");
    let mut configs = vec![until_blocked(InterruptResource::Line)];
    configs.extend((1..=4).map(|seed| random(InterruptResource::Line, seed)));
    for config in configs {
        let (taken, _) = show(&config, &image, "dpc-requeued");
        assert_eq!(taken, 1, "{}", config.token());
    }
}

#[test]
fn a_dpc_that_is_queued_while_it_runs_may_run_on_two_processors_at_once() {
    let image = images::guest("offender");
    let mut most = 0;
    for seed in 1..=24 {
        let config = random(InterruptResource::Line, seed);
        most = most.max(show(&config, &image, "dpc-overlap").0);
    }
    assert_eq!(most, 2, "there are two processors");
}

#[test]
fn a_dpc_of_the_drivers_memory_is_queued_once_and_gone_once_it_is_removed() {
    let image = images::guest("offender");
    let mut configs = vec![until_blocked(InterruptResource::Line)];
    configs.extend((1..=4).map(|seed| random(InterruptResource::Line, seed)));
    for config in configs {
        let (answer, _) = show(&config, &image, "own-dpc-removed");
        // Queued, not queued again, removed, not removed again, queued; and the arguments of the last alone.
        assert_eq!(answer, 0b1_0101 << 16 | 7, "{}", config.token());
    }
}

#[test]
fn a_wait_for_what_is_queued_leaves_no_run_behind() {
    let image = images::guest("offender");
    for seed in 1..=24 {
        let config = random(InterruptResource::Line, seed);
        let (later, _) = show(&config, &image, "own-dpc-flushed");
        assert_eq!(later, 0, "{}", config.token());
    }
}
