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
        Bar, Capability, Identity, InterruptCapability, InterruptDelivery, PciDevice, Space,
        SystemBus,
    },
    time::VirtualTime,
};

use common::{Common, NO_VECTOR};
pub use common::{VERSION_1, register, status};

/// How long after a notification the device takes a chain, and how long each further one takes it.
pub const LATENCY: Duration = Duration::from_micros(20);
/// The most bytes that the device gives at once.
pub const MOST: u32 = 0x1_0000;
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
    space: Space::Memory,
};
const STRUCTURES: Bar = Bar {
    index: WINDOW,
    size: 0x4000,
    space: Space::Memory,
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
        let length = match self.draw() >> 62 {
            0 => room.div_ceil(2),
            _ => room,
        };
        let length = length.min(MOST);
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
    fn identity(&self) -> Option<Identity> {
        Some(Identity {
            vendor: 0x1AF4,
            device: 0x1044,
            revision: 1,
            class: 0x0000_FF00,
        })
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
        let mut body = ((VECTORS - 1) | enabled).to_le_bytes().to_vec();
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
            _ if access.bar == TABLE.index => {
                Some("BAR1 has the table of MSI-X, which is the system's")
            }
            _ if !STRUCTURES.holds(access) => Some("the structures are in BAR4, of 16 KiB"),
            COMMON => Common::refuses(access),
            INTERRUPT_STATUS if access.width != AccessWidth::Byte || access.offset != within => {
                Some("the interrupt status is one byte")
            }
            INTERRUPT_STATUS if access.direction == Direction::Write => {
                Some("the interrupt status is only read")
            }
            NOTIFY if access.width != AccessWidth::Word || access.offset != within => {
                Some("queue 0, the only one, is notified by 16 bits at the beginning")
            }
            INTERRUPT_STATUS | NOTIFY => None,
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
            let more = self
                .serve(bus)
                .map_err(|why| Access::write(WINDOW, NOTIFY, AccessWidth::Word).forbidden(why))?;
            self.due = more.then(|| due.after(LATENCY));
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn PciDevice> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Memory from the address zero on.
    struct Memory(Vec<u8>);

    impl SystemBus for Memory {
        fn read(&mut self, address: u64, buffer: &mut [u8]) -> Result<(), u64> {
            let from = self.0.get(address as usize..).ok_or(address)?;
            buffer.copy_from_slice(from.get(..buffer.len()).ok_or(address)?);
            Ok(())
        }

        fn write(&mut self, address: u64, data: &[u8]) -> Result<(), u64> {
            let to = self.0.get_mut(address as usize..).ok_or(address)?;
            to.get_mut(..data.len())
                .ok_or(address)?
                .copy_from_slice(data);
            Ok(())
        }
    }

    const AVAILABLE: u64 = 0x100;
    const USED: u64 = 0x200;
    const BUFFER: u64 = 0x400;
    const START: VirtualTime = VirtualTime::START;

    fn write(device: &mut Entropy, offset: u64, width: AccessWidth, value: u64) {
        device
            .write(WINDOW, offset, width, value, START)
            .expect("a register");
    }

    fn set_status(device: &mut Entropy, bits: u8) -> u64 {
        write(device, register::STATUS, AccessWidth::Byte, bits.into());
        let read = device.read(WINDOW, register::STATUS, AccessWidth::Byte, START);
        read.expect("a register")
    }

    /// A device that works, and a queue with one chain, whose descriptor has these flags and leads back to itself.
    fn at_work(flags: u16) -> (Entropy, Memory) {
        let mut device = Entropy::new();
        for (select, features) in [(0, 0), (1, 1)] {
            let at = register::DRIVER_FEATURE_SELECT;
            write(&mut device, at, AccessWidth::Dword, select);
            let at = register::DRIVER_FEATURE;
            write(&mut device, at, AccessWidth::Dword, features);
        }
        let agreed = status::ACKNOWLEDGE | status::DRIVER | status::FEATURES_OK;
        assert_eq!(set_status(&mut device, agreed), u64::from(agreed));
        for (at, place) in [
            (register::QUEUE_AVAILABLE, AVAILABLE),
            (register::QUEUE_USED, USED),
        ] {
            write(&mut device, at, AccessWidth::Dword, place);
        }
        write(&mut device, register::QUEUE_ENABLE, AccessWidth::Word, 1);
        let mut memory = Memory(vec![0; 0x1000]);
        let mut put = |at: u64, bytes: &[u8]| memory.write(at, bytes).expect("memory");
        put(0, &BUFFER.to_le_bytes());
        put(8, &16_u32.to_le_bytes());
        put(12, &flags.to_le_bytes());
        put(AVAILABLE + 2, &1_u16.to_le_bytes());
        set_status(&mut device, agreed | status::DRIVER_OK);
        (device, memory)
    }

    fn tick(device: &mut Entropy, memory: &mut Memory) -> Result<(), AccessFault> {
        device.tick(START.after(LATENCY), memory)
    }

    #[test]
    fn a_chain_is_filled_given_back_and_told_of() {
        let (mut device, mut memory) = at_work(2);
        tick(&mut device, &mut memory).expect("the chain is right");
        assert_eq!(memory.0[USED as usize + 2], 1, "the index");
        assert!(
            memory.0[BUFFER as usize..][..8]
                .iter()
                .any(|byte| *byte != 0)
        );
        assert!(device.line_asserted());
        let read = device.read(WINDOW, INTERRUPT_STATUS, AccessWidth::Byte, START);
        assert_eq!(read, Ok(1));
        assert!(
            !device.line_asserted(),
            "the status is zero once it was read"
        );
    }

    #[test]
    fn a_chain_without_an_end_and_one_the_wrong_way_are_faults() {
        for (flags, says) in [(3, "no end"), (0, "to read"), (6, "indirect")] {
            let (mut device, mut memory) = at_work(flags);
            let fault = tick(&mut device, &mut memory).expect_err("the chain is wrong");
            assert!(fault.explanation.contains(says), "{fault}");
        }
    }

    #[test]
    fn a_device_without_its_queue_in_memory_is_a_fault() {
        let (mut device, _) = at_work(2);
        let fault = tick(&mut device, &mut Memory(Vec::new())).expect_err("nothing answers");
        assert!(fault.explanation.contains("at bus address"), "{fault}");
    }

    #[test]
    fn an_interface_older_than_version_1_is_not_agreed_on() {
        let mut device = Entropy::new();
        let wanted = status::ACKNOWLEDGE | status::DRIVER | status::FEATURES_OK;
        let agreed = set_status(&mut device, wanted);
        assert_eq!(agreed, u64::from(status::ACKNOWLEDGE | status::DRIVER));
    }

    #[test]
    fn a_reset_and_a_loss_of_power_end_all_work() {
        for by_power in [false, true] {
            let (mut device, _) = at_work(2);
            assert!(device.next_event().is_some());
            if by_power {
                device.lose_power();
            } else {
                write(&mut device, register::STATUS, AccessWidth::Byte, 0);
            }
            assert_eq!(device.next_event(), None);
        }
    }

    #[test]
    fn a_vector_that_the_device_does_not_have_reads_as_none() {
        let mut device = Entropy::new();
        for (vector, read) in [(1, 1), (2, 0xFFFF)] {
            let at = register::QUEUE_VECTOR;
            write(&mut device, at, AccessWidth::Word, vector);
            assert_eq!(device.read(WINDOW, at, AccessWidth::Word, START), Ok(read));
        }
    }
}
