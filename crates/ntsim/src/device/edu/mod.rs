//! QEMU's `edu` device (PCI 1234:11E8), as its specification (`docs/specs/edu.rst`) describes it and
//! as QEMU behaves where that is silent.
//!
//! One memory window of 1 MiB, of which registers below 0x80 take 32-bit accesses only and the
//! others 32-bit and 64-bit ones. Three sources raise interrupts: a write to the raise register
//! with any cause, the end of a factorial's computation, the end of a DMA transfer. A cause is OR-ed
//! into the status word and stays there until it is written to the acknowledge register.
//! - By line: asserted while the status word is not zero, whatever happens in between.
//! - By message: each raise sends one while the status word is not zero, even if it was so before;
//!   an acknowledgement never sends one. Who acknowledges only some causes hears no more of the rest.
//!
//! No register masks the raise register, nor what the device raises by itself: of those only an acknowledgement rids it.
//! A factorial raises where the status register says so when it ends; a transfer, where its command has said so.
//!
//! Where QEMU has no answer of its own, virtual time gives one: a factorial takes
//! [`FACTORIAL_LATENCY`] and [`FACTORIAL_STEP`] a multiplication, because QEMU computes in a thread
//! and promises no duration.

mod dma;
mod factorial;
mod interrupt;

use std::time::Duration;

use crate::device::{
    access::{Access, AccessFault, AccessWidth},
    pci::{
        Bar, Capability, Identity, InterruptCapability, InterruptDelivery, PciDevice, Space,
        SystemBus,
    },
    time::VirtualTime,
};

use dma::Dma;

pub use dma::{BUFFER_ADDRESS, BUFFER_SIZE, TRANSFER_TIME};
use factorial::Factorial;
use interrupt::Interrupt;

/// What the identification register holds: version 1.0.
pub const IDENTIFICATION: u32 = 0x0100_00ED;
/// The cause of a finished factorial.
pub const CAUSE_FACTORIAL: u32 = 0x1;
/// The cause of a finished transfer.
pub const CAUSE_DMA: u32 = 0x100;
/// The bit of the status register that says a factorial is being computed; read-only.
pub const STATUS_COMPUTING: u32 = 0x1;
/// The bit of the status register that asks for an interrupt when a factorial is done.
pub const STATUS_RAISE_WHEN_DONE: u32 = 0x80;
/// How long a factorial takes before its first multiplication.
pub const FACTORIAL_LATENCY: Duration = Duration::from_micros(1);
/// How long each multiplication takes.
pub const FACTORIAL_STEP: Duration = Duration::from_nanos(1);

/// The length of the memory window, in bytes.
pub const WINDOW: u64 = 1 << 20;

/// Offsets of the registers.
pub mod register {
    /// Read: [`super::IDENTIFICATION`].
    pub const IDENTIFICATION: u64 = 0x00;
    /// Read: the bitwise NOT of what was written.
    pub const LIVENESS: u64 = 0x04;
    /// Write: begin to compute a factorial. Read: the last result.
    pub const FACTORIAL: u64 = 0x08;
    /// The status bits.
    pub const STATUS: u64 = 0x20;
    /// Read: the pending causes.
    pub const INTERRUPT_STATUS: u64 = 0x24;
    /// Write: causes to raise.
    pub const INTERRUPT_RAISE: u64 = 0x60;
    /// Write: causes to acknowledge.
    pub const INTERRUPT_ACK: u64 = 0x64;
    /// Where a transfer reads.
    pub const DMA_SOURCE: u64 = 0x80;
    /// Where a transfer writes.
    pub const DMA_DESTINATION: u64 = 0x88;
    /// How many bytes a transfer moves.
    pub const DMA_COUNT: u64 = 0x90;
    /// What a transfer does, and that it begins.
    pub const DMA_COMMAND: u64 = 0x98;
}

/// The device.
#[derive(Debug, Clone, Default)]
pub struct Edu {
    /// What the liveness register gives back.
    liveness: u32,
    factorial: Factorial,
    dma: Dma,
    interrupt: Interrupt,
}

impl Edu {
    /// A device as it is when switched on; its line is enabled, as after a PCI reset.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the device raise a cause by itself right after each of the next `reads` reads of its interrupt
    /// status that find a cause pending: `first`, then the bit above it, and so on.
    ///
    /// They arrive between a driver's read and its acknowledgement. QEMU's device would send a message for each;
    /// this sends none, as hardware does whose message says that the status has left zero.
    pub fn join_causes(&mut self, first: u32, reads: u32) {
        self.interrupt.join(first, reads);
    }
}

/// The capability of a function that sends messages (MSI).
const MESSAGES: u8 = 0x05;

/// The window.
const BAR: Bar = Bar {
    index: 0,
    size: WINDOW,
    space: Space::Memory,
};

impl PciDevice for Edu {
    fn identity(&self) -> Option<Identity> {
        Some(Identity {
            vendor: 0x1234,
            device: 0x11E8,
            revision: 0x10,
            class: 0x00FF_0000,
        })
    }

    fn bars(&self) -> &[Bar] {
        &[BAR]
    }

    fn interrupts(&self) -> InterruptCapability {
        InterruptCapability {
            line: true,
            messages: 1,
        }
    }

    /// One message, whose address has 64 bits.
    fn capabilities(&self) -> Vec<Capability> {
        const ADDRESS_OF_64_BITS: u8 = 0x80;
        let mut body = vec![0; 12];
        body[0] = ADDRESS_OF_64_BITS | u8::from(self.interrupt.sends());
        vec![Capability { id: MESSAGES, body }]
    }

    fn enable_interrupts(&mut self, delivery: InterruptDelivery) {
        self.interrupt.enable(delivery);
    }

    /// Only whole, aligned registers, and 64 bits from 0x80 on.
    fn permits(&self, access: Access) -> Result<(), AccessFault> {
        let explanation = match access.width {
            _ if access.bar != BAR.index => "edu has one window, BAR0",
            _ if !BAR.holds(access) => "edu's window is 1 MiB long",
            width if !access.offset.is_multiple_of(width.bytes()) => {
                "edu's registers take aligned accesses only"
            }
            AccessWidth::Dword => return Ok(()),
            AccessWidth::Qword if access.offset >= 0x80 => return Ok(()),
            AccessWidth::Qword => "edu's registers below 0x80 take 32-bit accesses only",
            AccessWidth::Byte | AccessWidth::Word => {
                "edu's registers take 32-bit accesses, and 64-bit ones from 0x80 on"
            }
        };
        Err(access.forbidden(explanation))
    }

    fn load(&mut self, _: u8, offset: u64, _: VirtualTime) -> u64 {
        match offset {
            register::IDENTIFICATION => IDENTIFICATION.into(),
            register::LIVENESS => self.liveness.into(),
            register::FACTORIAL => self.factorial.value().into(),
            register::STATUS => self.factorial.status().into(),
            register::INTERRUPT_STATUS => self.interrupt.read().into(),
            register::DMA_SOURCE => self.dma.source,
            register::DMA_DESTINATION => self.dma.destination,
            register::DMA_COUNT => self.dma.count,
            register::DMA_COMMAND => self.dma.command(),
            // Write-only registers, the transfer buffer and the gaps.
            _ => u64::MAX,
        }
    }

    fn store(&mut self, _: u8, offset: u64, value: u64, now: VirtualTime) {
        let low = u32::try_from(AccessWidth::Dword.truncate(value)).unwrap_or_default();
        match offset {
            register::LIVENESS => self.liveness = !low,
            register::FACTORIAL => self.factorial.begin(low, now),
            register::STATUS => self.factorial.set_status(low),
            register::INTERRUPT_RAISE => self.interrupt.raise(low),
            register::INTERRUPT_ACK => self.interrupt.acknowledge(low),
            // While a transfer runs, its registers do not change.
            register::DMA_SOURCE if !self.dma.running() => self.dma.source = value,
            register::DMA_DESTINATION if !self.dma.running() => self.dma.destination = value,
            register::DMA_COUNT if !self.dma.running() => self.dma.count = value,
            register::DMA_COMMAND => self.dma.start(value, now),
            // Read-only registers, the transfer buffer and the gaps.
            _ => {}
        }
    }

    fn line_asserted(&self) -> bool {
        self.interrupt.line_asserted()
    }

    fn asserts(&self) -> bool {
        self.interrupt.asserted_when_told()
    }

    /// A factorial that is computed, and is to raise when it is done, or a transfer.
    fn may_raise(&self, _: &mut dyn SystemBus) -> bool {
        self.factorial.raises() || self.dma.raises()
    }

    fn take_message(&mut self) -> Option<u16> {
        self.interrupt.take_message()
    }

    /// As a write to the raise register does it, but for whose doing it is.
    fn raise(&mut self, causes: u32) {
        self.interrupt.raise_untold(causes);
    }

    fn next_event(&self) -> Option<VirtualTime> {
        match (self.factorial.due(), self.dma.due()) {
            (Some(factorial), Some(dma)) => Some(factorial.min(dma)),
            (factorial, dma) => factorial.or(dma),
        }
    }

    fn tick(&mut self, now: VirtualTime, bus: &mut dyn SystemBus) -> Result<(), AccessFault> {
        while let Some(due) = self.next_event().filter(|due| *due <= now) {
            // At one time the factorial comes first; QEMU leaves the order open.
            if self.factorial.due() == Some(due) {
                if self.factorial.finish() {
                    self.interrupt.raise(CAUSE_FACTORIAL);
                }
            } else if self.dma.finish(bus)? {
                self.interrupt.raise(CAUSE_DMA);
            }
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn PciDevice> {
        Box::new(self.clone())
    }
}
