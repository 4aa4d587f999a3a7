//! Transfers between system memory and the device.

use std::time::Duration;

use crate::bench::Bench;
use ntsim::device::{
    NoSystemMemory,
    edu::{
        BUFFER_ADDRESS, CAUSE_DMA, TRANSFER_TIME,
        register::{DMA_COMMAND, DMA_COUNT, DMA_DESTINATION, DMA_SOURCE, INTERRUPT_STATUS},
    },
};

#[test]
fn a_transfer_takes_its_time_and_moves_bytes_both_ways() {
    let mut bench = Bench::line();
    bench.memory.bytes[..4].copy_from_slice(b"edu!");
    bench.program(0x10_0000, BUFFER_ADDRESS + 8, 4, 1);
    assert_eq!(bench.read(DMA_COMMAND), 1);
    bench.pass_all_but_a_nanosecond(TRANSFER_TIME);
    assert_eq!(bench.read(DMA_COMMAND), 1, "still running");
    bench.pass(Duration::from_nanos(1));
    assert_eq!(bench.read(DMA_COMMAND), 0);

    bench.transfer(BUFFER_ADDRESS + 8, 0x10_2000, 4, 3);
    assert_eq!(&bench.memory.bytes[0x2000..0x2004], b"edu!");
    assert_eq!(bench.read(INTERRUPT_STATUS), 0, "nothing asked");
}

#[test]
fn a_transfer_interrupts_with_its_own_cause_if_it_was_asked_to() {
    let mut bench = Bench::message();
    bench.transfer(0x10_0000, BUFFER_ADDRESS, 16, 1 | 4);
    assert_eq!(bench.read(INTERRUPT_STATUS), u64::from(CAUSE_DMA));
    assert_eq!(bench.messages(), 1);
}

#[test]
fn while_a_transfer_runs_its_registers_do_not_change() {
    let mut bench = Bench::line();
    bench.program(0x10_0000, BUFFER_ADDRESS, 16, 1);
    bench.program(0x10_8000, BUFFER_ADDRESS + 32, 8, 3);
    assert_eq!(bench.read(DMA_SOURCE), 0x10_0000);
    assert_eq!(bench.read(DMA_DESTINATION), BUFFER_ADDRESS);
    assert_eq!(bench.read(DMA_COUNT), 16);
    assert_eq!(bench.read(DMA_COMMAND), 1);
    bench.pass(TRANSFER_TIME);
    assert_eq!(bench.edu.next_event(), None);
}

#[test]
fn a_command_that_does_not_run_does_nothing() {
    let mut bench = Bench::line();
    bench.program(0x10_0000, BUFFER_ADDRESS, 16, 2 | 4);
    assert_eq!(bench.read(DMA_COMMAND), 0);
    assert_eq!(bench.edu.next_event(), None);
}

#[test]
fn system_addresses_lose_what_the_device_cannot_drive() {
    let mut bench = Bench::line();
    bench.memory.bytes[0] = 0xA5;
    let beyond = 0x10_0000 | 1 << 28 | 1 << 40;
    bench.transfer(beyond, BUFFER_ADDRESS, 1, 1);
    bench.transfer(BUFFER_ADDRESS, 0x10_0001, 1, 3);
    assert_eq!(bench.memory.bytes[1], 0xA5);
}

#[test]
fn a_transfer_outside_of_the_devices_buffer_is_the_drivers_fault() {
    for (source, destination, count, command) in [
        (0x10_0000, BUFFER_ADDRESS - 1, 4, 1),
        (0x10_0000, BUFFER_ADDRESS + 4090, 8, 1),
        (0x10_0000, BUFFER_ADDRESS, u64::MAX, 1),
        (BUFFER_ADDRESS + 4096, 0x10_0000, 1, 3),
        (0x10_0000, 0x10_0000, 4, 3),
    ] {
        let mut bench = Bench::line();
        bench.program(source, destination, count, command | 4);
        let late = bench.now.after(TRANSFER_TIME);
        let fault = bench.edu.tick(late, &mut bench.memory).unwrap_err();
        assert_eq!(fault.access.offset, DMA_COMMAND);
        assert!(fault.to_string().contains("0x1000 bytes at 0x40000"));
        assert_eq!(bench.read(INTERRUPT_STATUS), 0);
    }
}

#[test]
fn a_transfer_of_the_whole_buffer_fits() {
    let mut bench = Bench::line();
    bench.memory.bytes[4095] = 7;
    bench.transfer(0x10_0000, BUFFER_ADDRESS, 4096, 1);
    bench.transfer(BUFFER_ADDRESS, 0x10_4000, 4096, 3);
    assert_eq!(bench.memory.bytes[0x4000 + 4095], 7);
}

#[test]
fn a_transfer_to_memory_that_is_not_there_is_the_drivers_fault() {
    for command in [1, 3] {
        let mut bench = Bench::line();
        bench.program(BUFFER_ADDRESS, BUFFER_ADDRESS, 4, command);
        let late = bench.now.after(TRANSFER_TIME);
        let fault = bench.edu.tick(late, &mut NoSystemMemory).unwrap_err();
        assert!(fault.explanation.contains("0x40000"), "{fault}");
    }
}
