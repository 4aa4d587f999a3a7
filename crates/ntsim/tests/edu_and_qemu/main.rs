//! The simulator's edu device and QEMU's, by one script of register accesses: they hold the same values and interrupt the
//! same number of times, by line and by message.
//!
//! QEMU runs with its processors stopped. Its test protocol (`docs/devel/testing/qtest.rst`) reads and writes ports and
//! memory as a guest would, and reports what reaches the I/O APIC. The device's message is aimed at a word of memory, where
//! each one that is sent is found.

mod qemu;
mod simulated;

use std::{env, process::Command};

use ntsim::device::{
    InterruptDelivery,
    edu::{STATUS_RAISE_WHEN_DONE, register},
};
use qemu::{PROGRAM, Qemu};
use simulated::Simulated;

/// One step of the script.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Writes a register.
    Write(u64, u32),
    /// Begins a factorial, and waits until it is computed: how long that takes is up to the device.
    Compute(u32),
}

/// What a step leaves: the registers that can be read, and how the device interrupted meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
struct After {
    identification: u32,
    liveness: u32,
    factorial: u32,
    status: u32,
    causes: u32,
    /// How often the line was raised, and lowered.
    line: (u32, u32),
    messages: u32,
}

/// Raise, acknowledge some, raise again during service, acknowledge what was not raised, raise nothing; the factorial
/// with and without its interrupt; the liveness register.
const SCRIPT: &[Step] = &[
    Step::Write(register::LIVENESS, 0x1234_5678),
    Step::Write(register::INTERRUPT_RAISE, 0x5),
    Step::Write(register::INTERRUPT_ACK, 0x1),
    // The service routine has acknowledged one cause of two when another arrives, and then one that is pending.
    Step::Write(register::INTERRUPT_RAISE, 0x8),
    Step::Write(register::INTERRUPT_RAISE, 0x4),
    Step::Write(register::INTERRUPT_ACK, 0xc),
    Step::Write(register::INTERRUPT_ACK, 0xffff_ffff),
    Step::Write(register::INTERRUPT_RAISE, 0),
    Step::Write(register::INTERRUPT_RAISE, 0xffff_ffff),
    Step::Write(register::INTERRUPT_RAISE, 0),
    Step::Write(register::INTERRUPT_ACK, 0x7fff_ffff),
    Step::Write(register::INTERRUPT_ACK, 0x8000_0000),
    Step::Compute(5),
    Step::Write(register::STATUS, STATUS_RAISE_WHEN_DONE),
    Step::Compute(13),
    Step::Write(register::INTERRUPT_ACK, 0x1),
    Step::Write(register::STATUS, 0xffff_ffff),
    Step::Write(register::STATUS, 0),
    Step::Compute(40),
    // Read-only and write-only registers.
    Step::Write(register::IDENTIFICATION, 0),
    Step::Write(register::INTERRUPT_STATUS, 0x2),
];

/// Whether QEMU is here. A machine of GitHub must have it; any other says so and goes on.
fn qemu_is_here() -> bool {
    let found = Command::new(PROGRAM).arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: {PROGRAM} is missing: run `cargo xtask setup --vm`");
        assert!(env::var_os("GITHUB_ACTIONS").is_none());
    }
    found
}

fn compare(delivery: InterruptDelivery) -> (u32, u32) {
    let (mut simulated, mut qemu) = (Simulated::new(delivery), Qemu::new(delivery));
    let (mut raised, mut messages) = (0, 0);
    for (number, step) in SCRIPT.iter().enumerate() {
        let real = qemu.step(*step);
        assert_eq!(
            simulated.step(*step),
            real,
            "step {number}, {step:x?}, by {delivery:?}"
        );
        raised += real.line.0;
        messages += real.messages;
    }
    (raised, messages)
}

#[test]
fn by_line_the_simulated_device_is_qemus() {
    if qemu_is_here() {
        assert_eq!(compare(InterruptDelivery::Line), (3, 0));
    }
}

#[test]
fn by_message_the_simulated_device_is_qemus() {
    if qemu_is_here() {
        // Each raise with a cause pending is a message of its own, whatever was acknowledged before.
        assert_eq!(compare(InterruptDelivery::Message), (0, 6));
    }
}
