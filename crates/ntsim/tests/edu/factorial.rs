//! The factorial engine in virtual time.

use std::time::Duration;

use crate::bench::{Bench, factorial_time};
use ntsim::device::edu::{
    CAUSE_FACTORIAL, STATUS_COMPUTING, STATUS_RAISE_WHEN_DONE,
    register::{FACTORIAL, INTERRUPT_STATUS, STATUS},
};

#[test]
fn a_factorial_is_computed_in_time_and_the_status_bit_says_so() {
    let mut bench = Bench::line();
    bench.write(FACTORIAL, 5u32);
    assert_eq!(bench.read(STATUS), u64::from(STATUS_COMPUTING));
    assert_eq!(bench.read(FACTORIAL), 5, "the operand, until it is done");
    assert_eq!(
        bench.edu.next_event(),
        Some(bench.now.after(factorial_time(5)))
    );

    bench.pass_all_but_a_nanosecond(factorial_time(5));
    assert_eq!(bench.read(STATUS), u64::from(STATUS_COMPUTING));
    bench.pass(Duration::from_nanos(1));
    assert_eq!(bench.read(STATUS), 0);
    assert_eq!(bench.read(FACTORIAL), 120);
    assert_eq!(bench.edu.next_event(), None);
}

#[test]
fn a_finished_factorial_interrupts_only_if_it_was_asked_to() {
    let mut bench = Bench::line();
    bench.write(FACTORIAL, 3u32);
    bench.pass(factorial_time(3));
    assert!(!bench.edu.line_asserted());

    bench.write(STATUS, STATUS_RAISE_WHEN_DONE);
    bench.write(FACTORIAL, 3u32);
    assert_eq!(
        bench.read(STATUS),
        u64::from(STATUS_RAISE_WHEN_DONE | STATUS_COMPUTING)
    );
    bench.pass(factorial_time(3));
    assert_eq!(bench.read(INTERRUPT_STATUS), u64::from(CAUSE_FACTORIAL));
    assert!(bench.edu.line_asserted());
}

#[test]
fn the_wish_for_an_interrupt_counts_at_the_end_of_the_computation() {
    let mut bench = Bench::message();
    bench.write(FACTORIAL, 3u32);
    bench.write(STATUS, STATUS_RAISE_WHEN_DONE);
    bench.pass(factorial_time(3));
    assert_eq!(bench.messages(), 1);
    bench.acknowledge(CAUSE_FACTORIAL);

    bench.write(FACTORIAL, 3u32);
    bench.write(STATUS, 0u32);
    bench.pass(factorial_time(3));
    assert_eq!(bench.messages(), 0);
    assert_eq!(bench.read(INTERRUPT_STATUS), 0);
}

#[test]
fn another_operand_while_one_is_computed_is_ignored() {
    let mut bench = Bench::line();
    bench.write(FACTORIAL, 4u32);
    bench.write(FACTORIAL, 6u32);
    bench.pass(factorial_time(6));
    assert_eq!(bench.read(FACTORIAL), 24);
    assert_eq!(bench.edu.next_event(), None);
}

#[test]
fn the_largest_operand_takes_seconds_of_virtual_time_and_none_of_the_hosts() {
    let mut bench = Bench::line();
    bench.write(FACTORIAL, u32::MAX);
    bench.pass(Duration::from_secs(4));
    assert_eq!(bench.read(STATUS), u64::from(STATUS_COMPUTING));
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.read(STATUS), 0);
    assert_eq!(bench.read(FACTORIAL), 0);
}
