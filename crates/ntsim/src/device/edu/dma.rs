//! The bus master: moves bytes between system memory and a buffer of its own.

use std::time::Duration;

use crate::device::{
    access::{Access, AccessFault, AccessWidth},
    pci::SystemBus,
    time::VirtualTime,
};

use super::register;

/// Where the device's own buffer lies among the addresses that a transfer is programmed with. It
/// cannot be reached through the memory window.
pub const BUFFER_ADDRESS: u64 = 0x4_0000;
/// The length of that buffer, in bytes.
pub const BUFFER_SIZE: u64 = BUFFER_LEN as u64;
const BUFFER_LEN: usize = 4096;
/// How long a transfer takes, whatever its length.
pub const TRANSFER_TIME: Duration = Duration::from_millis(100);

/// The device drives 28 address lines: higher bits of a system address are lost.
const ADDRESS_MASK: u64 = (1 << 28) - 1;

const RUN: u64 = 1;
const TO_SYSTEM: u64 = 2;
const RAISE_WHEN_DONE: u64 = 4;

/// The transfer registers and the buffer.
#[derive(Debug, Clone)]
pub(super) struct Dma {
    pub(super) source: u64,
    pub(super) destination: u64,
    pub(super) count: u64,
    command: u64,
    due: Option<VirtualTime>,
    buffer: Box<[u8; BUFFER_LEN]>,
}

impl Default for Dma {
    fn default() -> Self {
        Self {
            source: 0,
            destination: 0,
            count: 0,
            command: 0,
            due: None,
            buffer: Box::new([0; BUFFER_LEN]),
        }
    }
}

impl Dma {
    pub(super) fn command(&self) -> u64 {
        self.command
    }

    pub(super) fn running(&self) -> bool {
        self.due.is_some()
    }

    /// Whether a transfer runs that raises an interrupt when it is done.
    pub(super) fn raises(&self) -> bool {
        self.running() && self.command & RAISE_WHEN_DONE != 0
    }

    /// Begins a transfer; a command without the run bit, or while one runs, is ignored.
    pub(super) fn start(&mut self, command: u64, now: VirtualTime) {
        if command & RUN != 0 && !self.running() {
            self.command = command;
            self.due = Some(now.after(TRANSFER_TIME));
        }
    }

    pub(super) fn due(&self) -> Option<VirtualTime> {
        self.due
    }

    /// Moves the bytes; true where that raises an interrupt.
    pub(super) fn finish(&mut self, bus: &mut dyn SystemBus) -> Result<bool, AccessFault> {
        self.due = None;
        self.command &= !RUN;
        let moved = if self.command & TO_SYSTEM == 0 {
            let address = self.source & ADDRESS_MASK;
            self.window(self.destination)
                .and_then(|window| bus.read(address, window).map_err(unanswered))
        } else {
            let address = self.destination & ADDRESS_MASK;
            self.window(self.source)
                .and_then(|window| bus.write(address, window).map_err(unanswered))
        };
        match moved {
            Ok(()) => Ok(self.command & RAISE_WHEN_DONE != 0),
            Err(explanation) => {
                let begun = Access::write(0, register::DMA_COMMAND, AccessWidth::Dword);
                Err(begun.forbidden(explanation))
            }
        }
    }

    /// The part of the buffer that a transfer names by its device address.
    fn window(&mut self, address: u64) -> Result<&mut [u8], String> {
        let count = self.count;
        let range = address
            .checked_sub(BUFFER_ADDRESS)
            .and_then(|start| Some(start..start.checked_add(count)?));
        range
            .and_then(|range| {
                let start = usize::try_from(range.start).ok()?;
                let end = usize::try_from(range.end).ok()?;
                self.buffer.get_mut(start..end)
            })
            .ok_or_else(|| {
                format!(
                    "the transfer of {count:#x} bytes at device address {address:#x} exceeds edu's buffer, {BUFFER_SIZE:#x} bytes at {BUFFER_ADDRESS:#x}"
                )
            })
    }
}

fn unanswered(address: u64) -> String {
    format!(
        "no system memory answers the transfer at bus address {address:#x} (edu drives 28 address lines)"
    )
}
