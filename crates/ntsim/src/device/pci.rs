//! A device as the machine sees it: what it is, and what it does to the system.

use std::{any::Any, fmt};

use super::{
    access::{Access, AccessFault, AccessWidth},
    time::VirtualTime,
};

/// What configuration space says a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// PCI vendor.
    pub vendor: u16,
    /// PCI device.
    pub device: u16,
    /// Revision.
    pub revision: u8,
    /// Base class, subclass and programming interface, one byte each from the highest down.
    pub class: u32,
}

impl fmt::Display for Identity {
    /// The hardware ID that an INF matches.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PCI\\VEN_{:04X}&DEV_{:04X}&REV_{:02X}",
            self.vendor, self.device, self.revision
        )
    }
}

/// Where a window stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// In memory, where the system puts it.
    Memory,
    /// At I/O ports, from one that firmware has set on.
    Ports {
        /// The first port.
        first: u16,
    },
}

/// A window of a device: registers in memory, or at ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bar {
    /// Its base address register, 0 to 5; of a device that is no function of PCI, its place among the device's windows.
    pub index: u8,
    /// Its length in bytes; in memory a power of two.
    pub size: u64,
    /// Where it stands.
    pub space: Space,
}

impl Bar {
    /// Whether an access lies in the window.
    #[must_use]
    pub fn holds(&self, access: Access) -> bool {
        let end = access.offset.checked_add(access.width.bytes());
        access.bar == self.index && end.is_some_and(|end| end <= self.size)
    }

    /// Whether it stands in memory.
    #[must_use]
    pub const fn is_memory(&self) -> bool {
        matches!(self.space, Space::Memory)
    }
}

/// What interrupts a function can raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InterruptCapability {
    /// Whether it has an interrupt pin (`INTx`).
    pub line: bool,
    /// How many messages (MSI) it can send; 0 where it has no such capability.
    pub messages: u16,
}

/// Which of its interrupts the system has enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InterruptDelivery {
    /// The pin drives a level-sensitive line.
    Line,
    /// Each event is a message; the line stays deasserted.
    Message,
}

/// System memory as a bus master reaches it.
///
/// Most of what a device transfers is a buffer's, which is the device's alone until it says otherwise. The indices and flags
/// by which it says so are accessed by device and driver at any time: those accesses are shared ones, and carry the order of
/// all that came before them, as writes on a bus arrive in their order.
pub trait SystemBus {
    /// Reads system memory from a bus address.
    ///
    /// # Errors
    /// The bus address, where nothing there answers.
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> Result<(), u64>;
    /// Writes system memory at a bus address.
    ///
    /// # Errors
    /// The bus address, where nothing there answers.
    fn write(&mut self, address: u64, data: &[u8]) -> Result<(), u64>;
    /// Reads what the driver may write at the same time.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn read_shared(&mut self, address: u64, buffer: &mut [u8]) -> Result<(), u64> {
        self.read(address, buffer)
    }
    /// Writes what the driver may read at the same time.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn write_shared(&mut self, address: u64, data: &[u8]) -> Result<(), u64> {
        self.write(address, data)
    }
}

/// The bus of a machine whose driver was given no memory for DMA: nothing answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSystemMemory;

impl SystemBus for NoSystemMemory {
    fn read(&mut self, address: u64, _: &mut [u8]) -> Result<(), u64> {
        Err(address)
    }

    fn write(&mut self, address: u64, _: &[u8]) -> Result<(), u64> {
        Err(address)
    }
}

/// A capability in configuration space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// What it is: a number that PCI assigns.
    pub id: u8,
    /// What follows the number and the link to the next one.
    pub body: Vec<u8>,
}

/// A simulated PCI function, or a device that firmware describes instead.
pub trait PciDevice: Any + Send + fmt::Debug {
    /// What configuration space says it is; none of a device that is no function of PCI, which has no such space.
    fn identity(&self) -> Option<Identity>;

    /// Its windows, in order of index.
    fn bars(&self) -> &[Bar];

    /// What interrupts it can raise.
    fn interrupts(&self) -> InterruptCapability;

    /// Its capabilities, in the order in which they are linked.
    fn capabilities(&self) -> Vec<Capability> {
        Vec::new()
    }

    /// Enables one kind of interrupt; registers keep their values. The machine does so when it
    /// assigns resources, before the driver can reach a register. A device of one kind has nothing to
    /// change.
    fn enable_interrupts(&mut self, delivery: InterruptDelivery) {
        let _ = delivery;
    }

    /// Whether the device's specification allows an access; it changes nothing.
    ///
    /// # Errors
    /// An access that it forbids.
    fn permits(&self, access: Access) -> Result<(), AccessFault>;

    /// What a register holds that may be read; bits that are not asked for do not matter. A device without a window has
    /// nothing to give.
    fn load(&mut self, bar: u8, offset: u64, now: VirtualTime) -> u64 {
        let _ = (bar, offset, now);
        u64::MAX
    }

    /// Writes a register that may be written; bits of `value` above the access are zero. A device without a window has
    /// nothing to change.
    fn store(&mut self, bar: u8, offset: u64, value: u64, now: VirtualTime) {
        let _ = (bar, offset, value, now);
    }

    /// Reads a register; bits above the width are zero.
    ///
    /// # Errors
    /// An access that the device's specification forbids.
    fn read(
        &mut self,
        bar: u8,
        offset: u64,
        width: AccessWidth,
        now: VirtualTime,
    ) -> Result<u64, AccessFault> {
        self.permits(Access::read(bar, offset, width))?;
        Ok(width.truncate(self.load(bar, offset, now)))
    }

    /// Writes a register; bits of `value` above the width are ignored.
    ///
    /// # Errors
    /// An access that the device's specification forbids; it changes nothing.
    fn write(
        &mut self,
        bar: u8,
        offset: u64,
        width: AccessWidth,
        value: u64,
        now: VirtualTime,
    ) -> Result<(), AccessFault> {
        self.permits(Access::write(bar, offset, width))?;
        self.store(bar, offset, width.truncate(value), now);
        Ok(())
    }

    /// Whether the interrupt line is asserted.
    fn line_asserted(&self) -> bool;

    /// Whether it asserts its line for a cause that its driver could have kept from it. What it raises by itself, and no
    /// register masks, is not among them.
    fn asserts(&self) -> bool {
        self.line_asserted()
    }

    /// Whether a source that its driver has enabled may still raise a cause, without another access. What masks a source may
    /// lie in memory.
    fn may_raise(&self, bus: &mut dyn SystemBus) -> bool {
        let _ = bus;
        false
    }

    /// The function leaves D0. One that keeps its registers in D3 has nothing to forget.
    fn lose_power(&mut self) {}

    /// Takes the oldest message that was sent and not taken yet: its number, from 0. Each is an
    /// edge, and none is merged here: coalescing is the interrupt controller's. A device without the
    /// capability sends none.
    fn take_message(&mut self) -> Option<u16> {
        None
    }

    /// Raises causes for which nothing in the machine has asked: a packet arrives, a button is pressed. They are
    /// the device's own numbers. A device that only does what it is told has nothing to raise.
    fn raise(&mut self, causes: u32) {
        let _ = causes;
    }

    /// When the device next does something by itself, which many never do.
    fn next_event(&self) -> Option<VirtualTime> {
        None
    }

    /// Does what is due up to `now`, in order of time.
    ///
    /// # Errors
    /// A transfer that the driver programmed against the device's specification.
    fn tick(&mut self, now: VirtualTime, bus: &mut dyn SystemBus) -> Result<(), AccessFault> {
        let _ = (now, bus);
        Ok(())
    }

    /// A copy with the same state.
    fn clone_box(&self) -> Box<dyn PciDevice>;
}

impl Clone for Box<dyn PciDevice> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}
