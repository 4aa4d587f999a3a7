//! Interrupts by line.

use crate::bench::Bench;
use ntsim::device::edu::register::INTERRUPT_STATUS;

#[test]
fn the_line_stays_asserted_until_the_last_cause_is_acknowledged() {
    let mut bench = Bench::line();
    assert!(!bench.edu.line_asserted());
    bench.raise(0x6);
    bench.raise(0x10);
    assert_eq!(bench.read(INTERRUPT_STATUS), 0x16);
    assert!(bench.edu.line_asserted());
    bench.acknowledge(0x12);
    assert_eq!(bench.read(INTERRUPT_STATUS), 0x4);
    assert!(bench.edu.line_asserted(), "a cause is left");
    bench.acknowledge(0x4);
    assert!(!bench.edu.line_asserted());
}

#[test]
fn reading_the_status_word_acknowledges_nothing() {
    let mut bench = Bench::line();
    bench.raise(1);
    assert_eq!(bench.read(INTERRUPT_STATUS), 1);
    assert_eq!(bench.read(INTERRUPT_STATUS), 1);
    assert!(bench.edu.line_asserted());
}

#[test]
fn acknowledging_what_is_not_pending_changes_nothing() {
    let mut bench = Bench::line();
    bench.raise(0x1);
    bench.acknowledge(0x2);
    assert_eq!(bench.read(INTERRUPT_STATUS), 0x1);
    assert!(bench.edu.line_asserted());
}

#[test]
fn raising_nothing_asserts_nothing() {
    let mut bench = Bench::line();
    bench.raise(0);
    assert!(!bench.edu.line_asserted());
}

#[test]
fn by_line_no_message_is_sent() {
    let mut bench = Bench::line();
    bench.raise(1);
    assert_eq!(bench.messages(), 0);
}
