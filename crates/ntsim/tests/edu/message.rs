//! Interrupts by message.

use crate::bench::Bench;
use ntsim::device::edu::register::INTERRUPT_STATUS;

#[test]
fn every_raise_sends_a_message_also_when_causes_are_pending() {
    let mut bench = Bench::message();
    bench.raise(0x1);
    assert_eq!(bench.messages(), 1);
    bench.raise(0x1);
    bench.raise(0x2);
    assert_eq!(bench.messages(), 2);
    assert_eq!(bench.read(INTERRUPT_STATUS), 0x3);
}

#[test]
fn an_acknowledgement_never_sends_a_message_so_a_partial_one_strands_the_rest() {
    let mut bench = Bench::message();
    bench.raise(0x3);
    assert_eq!(bench.messages(), 1);
    bench.acknowledge(0x1);
    assert_eq!(bench.messages(), 0);
    assert_eq!(bench.read(INTERRUPT_STATUS), 0x2, "pending and unannounced");
}

#[test]
fn raising_nothing_announces_what_is_pending_and_only_that() {
    let mut bench = Bench::message();
    bench.raise(0);
    assert_eq!(bench.messages(), 0);
    bench.raise(0x4);
    assert_eq!(bench.messages(), 1);
    bench.raise(0);
    assert_eq!(bench.messages(), 1);
    bench.acknowledge(0x4);
    bench.raise(0);
    assert_eq!(bench.messages(), 0);
}

#[test]
fn by_message_the_line_stays_deasserted() {
    let mut bench = Bench::message();
    bench.raise(0xFFFF_FFFF);
    assert!(!bench.edu.line_asserted());
}
