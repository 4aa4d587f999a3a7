//! Virtio over PCI, as version 1.2 of the OASIS specification has it: the entropy device, as QEMU makes it without the legacy
//! interface (PCI 1AF4:1044).
//!
//! Two windows: BAR1 has the table of MSI-X, which is the system's, and BAR4 three structures that capabilities in
//! configuration space point to.
//!
//! | in BAR4 | structure |
//! |---|---|
//! | 0x0000 | the common configuration ([`register`]) |
//! | 0x1000 | the interrupt status: one byte, which reads as it is and is zero afterwards |
//! | 0x3000 | where queue 0 is notified, by a write of 16 bits |
//!
//! The device has one queue. It takes a chain of buffers [`LATENCY`] after it was notified, fills them, says so in the device's
//! area, and interrupts unless the driver's area says not to: by the vector of the queue, or by the line, which is asserted
//! while the interrupt status is not zero. It reads and writes memory as a bus master, and does so in D0 alone. Where the
//! driver has programmed it against the specification, QEMU declares the device broken; here the run says what was wrong.
//!
//! The bytes come from a generator that begins the same way in each machine, for a run is to be replayed. The device may give
//! fewer than there is room for, and now and then does.

mod common;
mod queue;

use std::time::Duration;

use crate::device::{
    access::{Access, AccessFault, AccessWidth, Direction},
    pci::{
        Bar, Capability, Identity, InterruptCapability, InterruptDelivery, PciDevice, SystemBus,
    },
    time::VirtualTime,
};

use common::{Common, NO_VECTOR};
pub use common::{VERSION_1, register, status};

/// How long after a notification the device takes a chain, and how long each further one takes it.
pub const LATENCY: Duration = Duration::from_micros(20);
/// The window of the structures.
pub const WINDOW: u8 = 4;
/// Where the interrupt status is.
pub const INTERRUPT_STATUS: u64 = 0x1000;
/// Where queue 0 is notified.
pub const NOTIFY: u64 = 0x3000;

const COMMON: u64 = 0;
/// How much of the window a structure has.
const STRUCTURE: u64 = 0x1000;
const TABLE: Bar = Bar {
    index: 1,
    size: 0x1000,
};
const STRUCTURES: Bar = Bar {
    index: WINDOW,
    size: 0x4000,
};
/// For changes of configuration, and for the queue.
const VECTORS: u16 = 2;
/// In the interrupt status: a chain was given back.
const QUEUE_INTERRUPT: u8 = 1;

/// Capabilities.
mod capability {
    pub(super) const MSI_X: u8 = 0x11;
    pub(super) const VENDOR: u8 = 0x09;
    pub(super) const COMMON: u8 = 1;
    pub(super) const NOTIFY: u8 = 2;
    pub(super) const INTERRUPT_STATUS: u8 = 3;
    pub(super) const CONFIGURATION_ACCESS: u8 = 5;
}

/// The entropy device.
#[derive(Debug, Clone)]
pub struct Entropy {
    common: Common,
    interrupt_status: u8,
    delivery: InterruptDelivery,
    messages: std::collections::VecDeque<u16>,
    /// When the device looks at its queue next.
    due: Option<VirtualTime>,
    generator: u64,
}

impl Entropy {
    /// A device as after a reset.
    #[must_use]
    pub fn new() -> Self {
        Self {
            common: Common::new(VECTORS),
            interrupt_status: 0,
            delivery: InterruptDelivery::Line,
            messages: std::collections::VecDeque::new(),
            due: None,
            generator: 0x9E37_79B9_7F4A_7C15,
        }
    }

    /// The next number of the generator (xorshift).
    fn draw(&mut self) -> u64 {
        let mut state = self.generator;
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.generator = state;
        state
    }

    /// What the device gives for so much room.
    fn bytes(&mut self, room: u32) -> Vec<u8> {
        let length = if self.draw().is_multiple_of(4) {
            room.div_ceil(2)
        } else {
            room
        };
        (0..length).map(|_| (self.draw() >> 24) as u8).collect()
    }

    /// Whether the device may take chains.
    fn works(&self) -> bool {
        self.common.works() && self.common.queue.enabled
    }

    fn reset(&mut self) {
        self.common = Common::new(VECTORS);
        self.interrupt_status = 0;
        self.messages.clear();
        self.due = None;
    }

    fn interrupt(&mut self) {
        match self.delivery {
            InterruptDelivery::Line => self.interrupt_status |= QUEUE_INTERRUPT,
            InterruptDelivery::Message if self.common.queue.vector != NO_VECTOR => {
                self.messages.push_back(self.common.queue.vector);
            }
            InterruptDelivery::Message => {}
        }
    }

    /// Takes a chain, if there is one; whether there is another.
    fn serve(&mut self, bus: &mut dyn SystemBus) -> Result<bool, String> {
        if !self.common.queue.is_offered(bus)? {
            return Ok(false);
        }
        let mut queue = self.common.queue.clone();
        queue.fill_next(bus, |room| self.bytes(room))?;
        self.common.queue = queue;
        if !self.common.queue.wants_no_interrupt(bus)? {
            self.interrupt();
        }
        self.common.queue.is_offered(bus)
    }
}

impl Default for Entropy {
    fn default() -> Self {
        Self::new()
    }
}

/// A capability of virtio's: what it points to, and what follows.
fn structure(kind: u8, offset: u64, length: u64, more: &[u8]) -> Capability {
    let window = if length == 0 { 0 } else { STRUCTURES.index };
    let mut body = vec![16 + more.len() as u8, kind, window, 0, 0, 0];
    body.extend((offset as u32).to_le_bytes());
    body.extend((length as u32).to_le_bytes());
    body.extend(more);
    Capability {
        id: capability::VENDOR,
        body,
    }
}

impl PciDevice for Entropy {
    fn identity(&self) -> Identity {
        Identity {
            vendor: 0x1AF4,
            device: 0x1044,
            revision: 1,
            class: 0x00FF_0000,
        }
    }

    fn bars(&self) -> &[Bar] {
        &[TABLE, STRUCTURES]
    }

    fn interrupts(&self) -> InterruptCapability {
        InterruptCapability {
            line: true,
            messages: VECTORS,
        }
    }

    fn capabilities(&self) -> Vec<Capability> {
        const ENABLED: u16 = 0x8000;
        const PENDING_BITS: u32 = 0x800;
        let enabled = match self.delivery {
            InterruptDelivery::Message => ENABLED,
            InterruptDelivery::Line => 0,
        };
        let mut body = (VECTORS - 1 | enabled).to_le_bytes().to_vec();
        body.extend(u32::from(TABLE.index).to_le_bytes());
        body.extend((PENDING_BITS | u32::from(TABLE.index)).to_le_bytes());
        let id = capability::MSI_X;
        vec![
            Capability { id, body },
            structure(capability::COMMON, COMMON, STRUCTURE, &[]),
            structure(
                capability::INTERRUPT_STATUS,
                INTERRUPT_STATUS,
                STRUCTURE,
                &[],
            ),
            structure(capability::NOTIFY, NOTIFY, STRUCTURE, &4_u32.to_le_bytes()),
            structure(capability::CONFIGURATION_ACCESS, 0, 0, &[0; 4]),
        ]
    }

    fn enable_interrupts(&mut self, delivery: InterruptDelivery) {
        self.delivery = delivery;
        self.messages.clear();
    }

    fn permits(&self, access: Access) -> Result<(), AccessFault> {
        let within = access.offset & !(STRUCTURE - 1);
        let refused = match within {
            _ if access.bar == TABLE.index => Some("BAR1 has the table of MSI-X, which is the system's"),
            _ if !STRUCTURES.holds(access) => Some("the structures are in BAR4, of 16 KiB"),
            COMMON => Common::refuses(access),
            INTERRUPT_STATUS if access.width != AccessWidth::Byte || access.offset != within => {
                Some("the interrupt status is one byte")
            }
            INTERRUPT_STATUS if access.direction == Direction::Write => {
                Some("the interrupt status is only read")
            }
            INTERRUPT_STATUS => None,
            NOTIFY if access.width != AccessWidth::Word || access.offset != within => {
                Some("queue 0, the only one, is notified by 16 bits at the beginning")
            }
            NOTIFY => None,
            _ => Some("no structure is there"),
        };
        refused.map_or(Ok(()), |why| Err(access.forbidden(why)))
    }

    fn load(&mut self, _: u8, offset: u64, _: VirtualTime) -> u64 {
        match offset & !(STRUCTURE - 1) {
            COMMON => self.common.load(offset),
            INTERRUPT_STATUS => core::mem::take(&mut self.interrupt_status).into(),
            // What a place of notification reads as is left open.
            _ => 0,
        }
    }

    fn store(&mut self, _: u8, offset: u64, value: u64, now: VirtualTime) {
        match offset {
            register::STATUS if value == 0 => self.reset(),
            NOTIFY if value == 0 && self.works() => {
                self.due = self.due.or(Some(now.after(LATENCY)));
            }
            NOTIFY => {}
            _ => {
                let worked = self.works();
                self.common.store(offset, value);
                if self.works() && !worked {
                    // It looks at what it shares with its driver, and takes what was offered before it worked.
                    self.due = Some(now);
                }
            }
        }
    }

    fn line_asserted(&self) -> bool {
        self.delivery == InterruptDelivery::Line && self.interrupt_status != 0
    }

    /// A chain that is offered, unless the driver wants no interrupt for it.
    fn may_raise(&self, bus: &mut dyn SystemBus) -> bool {
        let queue = &self.common.queue;
        self.due.is_some()
            && queue.is_offered(bus) == Ok(true)
            && queue.wants_no_interrupt(bus) == Ok(false)
    }

    fn lose_power(&mut self) {
        self.reset();
    }

    fn take_message(&mut self) -> Option<u16> {
        self.messages.pop_front()
    }

    fn next_event(&self) -> Option<VirtualTime> {
        self.due
    }

    fn tick(&mut self, now: VirtualTime, bus: &mut dyn SystemBus) -> Result<(), AccessFault> {
        while let Some(due) = self.due.filter(|due| *due <= now) {
            let more = self.serve(bus).map_err(|why| {
                Access::write(WINDOW, NOTIFY, AccessWidth::Word).forbidden(why)
            })?;
            self.due = more.then(|| due.after(LATENCY));
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn PciDevice> {
        Box::new(self.clone())
    }
}
