//! An edu on a bus with some system memory, and time that passes when a test says so.

use std::time::Duration;

use ntsim::device::{
    AccessWidth::{Dword, Qword},
    Edu, InterruptDelivery, PciDevice, SystemBus, VirtualTime,
    edu::{
        FACTORIAL_LATENCY, FACTORIAL_STEP, TRANSFER_TIME,
        register::{
            DMA_COMMAND, DMA_COUNT, DMA_DESTINATION, DMA_SOURCE, INTERRUPT_ACK, INTERRUPT_RAISE,
        },
    },
};

pub(crate) const NOW: VirtualTime = VirtualTime::from_nanos(1_000_000);

/// An edu on a bus with some system memory.
pub(crate) struct Bench {
    pub(crate) edu: Box<dyn PciDevice>,
    pub(crate) memory: Memory,
    pub(crate) now: VirtualTime,
}

/// 64 KiB of system memory at a bus address.
pub(crate) struct Memory {
    base: u64,
    pub(crate) bytes: Vec<u8>,
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

    pub(crate) fn line() -> Self {
        Self::new(InterruptDelivery::Line)
    }

    pub(crate) fn message() -> Self {
        Self::new(InterruptDelivery::Message)
    }

    pub(crate) fn read(&mut self, offset: u64) -> u64 {
        self.edu.read(0, offset, Dword, self.now).unwrap()
    }

    pub(crate) fn write(&mut self, offset: u64, value: impl Into<u64>) {
        self.edu
            .write(0, offset, Dword, value.into(), self.now)
            .unwrap();
    }

    pub(crate) fn raise(&mut self, causes: u32) {
        self.write(INTERRUPT_RAISE, causes);
    }

    pub(crate) fn acknowledge(&mut self, causes: u32) {
        self.write(INTERRUPT_ACK, causes);
    }

    pub(crate) fn messages(&mut self) -> usize {
        std::iter::from_fn(|| self.edu.take_message())
            .inspect(|number| assert_eq!(*number, 0, "edu has one message"))
            .count()
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
        self.edu.tick(self.now, &mut self.memory).unwrap();
    }

    pub(crate) fn pass_all_but_a_nanosecond(&mut self, time: Duration) {
        self.pass(time.saturating_sub(Duration::from_nanos(1)));
    }

    /// Programs a transfer and waits for its end.
    pub(crate) fn transfer(&mut self, source: u64, destination: u64, count: u64, command: u64) {
        self.program(source, destination, count, command);
        self.pass(TRANSFER_TIME);
    }

    pub(crate) fn program(&mut self, source: u64, destination: u64, count: u64, command: u64) {
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

/// How long the device computes.
pub(crate) fn factorial_time(n: u32) -> Duration {
    FACTORIAL_LATENCY + FACTORIAL_STEP * n
}
