//! The edu device by its phenomena: what a driver's author would see on QEMU's.

use std::time::Duration;

use ntsim::device::{
    AccessWidth::{self, Byte, Dword, Qword, Word},
    Direction, Edu, InterruptDelivery, NoSystemMemory, PciDevice, SystemBus, VirtualTime,
    edu::{
        BUFFER_ADDRESS, CAUSE_DMA, CAUSE_FACTORIAL, FACTORIAL_LATENCY, FACTORIAL_STEP,
        STATUS_COMPUTING, STATUS_RAISE_WHEN_DONE, TRANSFER_TIME,
        register::{
            DMA_COMMAND, DMA_COUNT, DMA_DESTINATION, DMA_SOURCE, FACTORIAL, IDENTIFICATION,
            INTERRUPT_ACK, INTERRUPT_RAISE, INTERRUPT_STATUS, LIVENESS, STATUS,
        },
    },
};

const NOW: VirtualTime = VirtualTime::from_nanos(1_000_000);

/// An edu on a bus with some system memory.
struct Bench {
    edu: Box<dyn PciDevice>,
    memory: Memory,
    now: VirtualTime,
}

/// 64 KiB of system memory at a bus address.
struct Memory {
    base: u64,
    bytes: Vec<u8>,
}

impl Memory {
    fn part(&mut self, address: u64, len: usize) -> Result<&mut [u8], u64> {
        let at = address.checked_sub(self.base).ok_or(address)?;
        let at = usize::try_from(at).map_err(|_| address)?;
        self.bytes
            .get_mut(at..)
            .and_then(|tail| tail.get_mut(..len))
            .ok_or(address)
    }
}

impl SystemBus for Memory {
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> Result<(), u64> {
        buffer.copy_from_slice(self.part(address, buffer.len())?);
        Ok(())
    }

    fn write(&mut self, address: u64, data: &[u8]) -> Result<(), u64> {
        self.part(address, data.len())?.copy_from_slice(data);
        Ok(())
    }
}

impl Bench {
    fn new(delivery: InterruptDelivery) -> Self {
        let mut edu: Box<dyn PciDevice> = Box::new(Edu::new());
        edu.enable_interrupts(delivery);
        Self {
            edu,
            memory: Memory {
                base: 0x10_0000,
                bytes: vec![0; 0x1_0000],
            },
            now: NOW,
        }
    }

    fn line() -> Self {
        Self::new(InterruptDelivery::Line)
    }

    fn message() -> Self {
        Self::new(InterruptDelivery::Message)
    }

    fn read(&mut self, offset: u64) -> u64 {
        self.edu.read(0, offset, Dword, self.now).unwrap()
    }

    fn write(&mut self, offset: u64, value: impl Into<u64>) {
        self.edu
            .write(0, offset, Dword, value.into(), self.now)
            .unwrap();
    }

    fn raise(&mut self, causes: u32) {
        self.write(INTERRUPT_RAISE, causes);
    }

    fn acknowledge(&mut self, causes: u32) {
        self.write(INTERRUPT_ACK, causes);
    }

    fn messages(&mut self) -> usize {
        std::iter::from_fn(|| self.edu.take_message())
            .inspect(|number| assert_eq!(*number, 0, "edu has one message"))
            .count()
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
        self.edu.tick(self.now, &mut self.memory).unwrap();
    }

    fn pass_all_but_a_nanosecond(&mut self, time: Duration) {
        self.pass(time.saturating_sub(Duration::from_nanos(1)));
    }

    /// Programs a transfer and waits for its end.
    fn transfer(&mut self, source: u64, destination: u64, count: u64, command: u64) {
        self.program(source, destination, count, command);
        self.pass(TRANSFER_TIME);
    }

    fn program(&mut self, source: u64, destination: u64, count: u64, command: u64) {
        for (register, value) in [
            (DMA_SOURCE, source),
            (DMA_DESTINATION, destination),
            (DMA_COUNT, count),
            (DMA_COMMAND, command),
        ] {
            self.edu.write(0, register, Qword, value, self.now).unwrap();
        }
    }
}

fn factorial_time(n: u32) -> Duration {
    FACTORIAL_LATENCY + FACTORIAL_STEP * n
}

// Identity.

#[test]
fn the_function_is_qemus_edu() {
    let edu = Edu::new();
    assert_eq!(edu.identity().to_string(), "PCI\\VEN_1234&DEV_11E8&REV_10");
    assert_eq!(edu.bars().len(), 1);
    assert_eq!((edu.bars()[0].index, edu.bars()[0].size), (0, 1 << 20));
    assert!(edu.interrupts().line);
    assert_eq!(edu.interrupts().messages, 1);
    let mut bench = Bench::line();
    assert_eq!(bench.read(IDENTIFICATION), 0x0100_00ED);
}

#[test]
fn the_liveness_register_gives_the_complement() {
    let mut bench = Bench::line();
    bench.write(LIVENESS, 0x1234_5678u32);
    assert_eq!(bench.read(LIVENESS), 0xEDCB_A987);
}

#[test]
fn identification_and_status_words_cannot_be_written() {
    let mut bench = Bench::line();
    bench.write(IDENTIFICATION, 0u32);
    assert_eq!(bench.read(IDENTIFICATION), 0x0100_00ED);
    bench.write(INTERRUPT_STATUS, 0xFFu32);
    assert_eq!(bench.read(INTERRUPT_STATUS), 0);
    bench.write(STATUS, 0xFFFF_FFFFu32);
    assert_eq!(bench.read(STATUS), u64::from(STATUS_RAISE_WHEN_DONE));
}

// Interrupts by line.

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

// Interrupts by message.

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

// The factorial.

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

// Transfers.

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
    assert_eq!(bench.read(INTERRUPT_STATUS), 0, "nobody asked");
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
        assert_eq!(fault.offset, DMA_COMMAND);
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

// Accesses.

#[test]
fn a_width_that_the_specification_does_not_allow_is_a_fault_and_changes_nothing() {
    let refused: &[(u64, AccessWidth)] = &[
        (LIVENESS, Byte),
        (LIVENESS, Word),
        (FACTORIAL, Qword),
        (INTERRUPT_RAISE, Qword),
        (0x78, Qword),
        (DMA_SOURCE, Byte),
        (DMA_SOURCE, Word),
    ];
    for (offset, width) in refused {
        let mut bench = Bench::line();
        let read = bench.edu.read(0, *offset, *width, NOW).unwrap_err();
        assert_eq!(read.direction, Direction::Read);
        let write = bench.edu.write(0, *offset, *width, 1, NOW).unwrap_err();
        assert_eq!(write.direction, Direction::Write);
        assert!(write.explanation.contains("32-bit"), "{write}");
        assert_eq!(bench.read(INTERRUPT_STATUS), 0);
        assert_eq!(bench.read(STATUS), 0);
        assert_eq!(bench.read(LIVENESS), 0);
    }
}

#[test]
fn from_0x80_on_32_and_64_bits_are_allowed_and_a_narrow_write_clears_the_rest() {
    let mut bench = Bench::line();
    let wide = 0x1122_3344_5566_7788;
    bench.edu.write(0, DMA_SOURCE, Qword, wide, NOW).unwrap();
    assert_eq!(bench.edu.read(0, DMA_SOURCE, Qword, NOW), Ok(wide));
    assert_eq!(bench.read(DMA_SOURCE), 0x5566_7788);
    bench.write(DMA_SOURCE, wide);
    assert_eq!(bench.edu.read(0, DMA_SOURCE, Qword, NOW), Ok(0x5566_7788));
}

#[test]
fn accesses_that_are_ragged_or_beyond_the_window_are_faults() {
    let mut bench = Bench::line();
    for (bar, offset, width) in [
        (0, 0x22, Dword),
        (0, 0x84, Qword),
        (0, 0x10_0000, Dword),
        (0, 0xF_FFFC, Qword),
        (0, u64::MAX - 3, Dword),
        (1, 0, Dword),
    ] {
        assert!(bench.edu.read(bar, offset, width, NOW).is_err());
        assert!(bench.edu.write(bar, offset, width, 0, NOW).is_err());
    }
    assert_eq!(bench.read(0xF_FFFC), 0xFFFF_FFFF);
}

#[test]
fn write_only_registers_gaps_and_the_buffer_read_as_ones() {
    let mut bench = Bench::line();
    for offset in [INTERRUPT_RAISE, INTERRUPT_ACK, 0x0C, 0x84, BUFFER_ADDRESS] {
        bench.write(offset, 0u32);
        assert_eq!(bench.read(offset), 0xFFFF_FFFF, "{offset:#x}");
    }
    assert_eq!(bench.edu.read(0, BUFFER_ADDRESS, Qword, NOW), Ok(u64::MAX));
}

// The machine's view.

#[test]
fn a_copy_goes_its_own_way() {
    let mut bench = Bench::message();
    bench.raise(0x8);
    bench.write(FACTORIAL, 3u32);
    bench.program(0x10_0000, BUFFER_ADDRESS, 4, 1);
    let mut copy = bench.edu.clone();

    bench.acknowledge(0x8);
    bench.pass(TRANSFER_TIME);
    assert_eq!(copy.read(0, INTERRUPT_STATUS, Dword, NOW), Ok(0x8));
    assert_eq!(copy.read(0, DMA_COMMAND, Dword, NOW), Ok(1));
    assert_eq!(copy.next_event(), Some(NOW.after(factorial_time(3))));
    assert_eq!(copy.take_message(), Some(0));
    assert_eq!(bench.messages(), 1, "the copy's message was its own");
}

#[test]
fn what_is_due_at_different_times_is_done_in_one_tick_in_order() {
    let mut bench = Bench::message();
    bench.write(STATUS, STATUS_RAISE_WHEN_DONE);
    bench.program(0x10_0000, BUFFER_ADDRESS, 4, 1 | 4);
    bench.write(FACTORIAL, 9u32);
    assert_eq!(bench.edu.next_event(), Some(NOW.after(factorial_time(9))));
    bench.pass(factorial_time(9));
    assert_eq!(bench.messages(), 1);
    assert_eq!(bench.edu.next_event(), Some(NOW.after(TRANSFER_TIME)));
    bench.write(FACTORIAL, 9u32);
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.messages(), 2);
    assert_eq!(bench.edu.next_event(), None);
    assert_eq!(
        bench.read(INTERRUPT_STATUS),
        u64::from(CAUSE_FACTORIAL | CAUSE_DMA)
    );
}
