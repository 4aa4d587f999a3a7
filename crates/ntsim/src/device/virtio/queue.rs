//! A split virtqueue, as the device sees it: three areas of the driver's memory.
//!
//! | area | what it holds |
//! |---|---|
//! | descriptors | 16 bytes each: address, length, flags, the next of its chain |
//! | available | flags, an index, and the heads of chains that the driver offers |
//! | used | flags, an index, and the heads of chains that the device has done with, with lengths |
//!
//! The index of the driver's area and its flags may change while the device looks, and so may what the device writes while the
//! driver does: those are the shared accesses. All else of a chain is the device's from the index on that offers it to the
//! index that gives it back.

use crate::device::pci::SystemBus;

/// How many descriptors the queue has at most.
pub(super) const SIZE_MAX: u16 = 8;

const NEXT: u16 = 1;
const DEVICE_WRITES: u16 = 2;
const INDIRECT: u16 = 4;
/// The flag of the driver's area by which it wants no interrupt.
const NO_INTERRUPT: u16 = 1;
const DESCRIPTOR: u64 = 16;

/// Where the three areas stand, and how far the device has come.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub(super) size: u16,
    pub(super) vector: u16,
    pub(super) enabled: bool,
    pub(super) descriptors: u64,
    pub(super) available: u64,
    pub(super) used: u64,
    /// How many chains the device has taken and given back, modulo 2^16.
    done: u16,
}

/// A part of memory that the device may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    address: u64,
    length: u32,
}

fn unanswered(address: u64) -> String {
    format!(
        "no memory that the driver has made for DMA answers the device at bus address {address:#x}"
    )
}

impl Queue {
    /// A queue as after a reset; `none` is the number of no vector.
    pub(super) const fn new(none: u16) -> Self {
        Self {
            size: SIZE_MAX,
            vector: none,
            enabled: false,
            descriptors: 0,
            available: 0,
            used: 0,
            done: 0,
        }
    }

    fn shared(bus: &mut dyn SystemBus, address: u64) -> Result<u16, String> {
        let mut bytes = [0; 2];
        bus.read_shared(address, &mut bytes).map_err(unanswered)?;
        Ok(u16::from_le_bytes(bytes))
    }

    /// Whether the driver wants no interrupt for what is given back.
    pub(super) fn wants_no_interrupt(&self, bus: &mut dyn SystemBus) -> Result<bool, String> {
        Ok(Self::shared(bus, self.available)? & NO_INTERRUPT != 0)
    }

    /// Whether the driver offers a chain that the device has not taken.
    ///
    /// # Errors
    /// The index cannot be read, or offers more chains than there are descriptors.
    pub(super) fn is_offered(&self, bus: &mut dyn SystemBus) -> Result<bool, String> {
        let index = Self::shared(bus, self.available.wrapping_add(2))?;
        let offered = index.wrapping_sub(self.done);
        if offered > self.size {
            return Err(format!(
                "the driver's area has the index {index}, {offered} chains ahead of the device, in a queue of {}",
                self.size
            ));
        }
        Ok(offered > 0)
    }

    /// Takes a chain that is offered, fills it with what `bytes` gives for a length, and gives it back.
    ///
    /// # Errors
    /// What is wrong with the chain.
    pub(super) fn fill_next(
        &mut self,
        bus: &mut dyn SystemBus,
        bytes: impl FnOnce(u32) -> Vec<u8>,
    ) -> Result<(), String> {
        let slot = u64::from(self.done % self.size);
        let mut head = [0; 2];
        let at = self.available.wrapping_add(4 + 2 * slot);
        bus.read(at, &mut head).map_err(unanswered)?;
        let head = u16::from_le_bytes(head);
        let parts = self.parts(bus, head)?;
        let lengths = parts.iter().map(|part| part.length);
        let room = lengths.fold(0, u32::saturating_add);
        let bytes = bytes(room);
        let mut rest = &bytes[..];
        for part in parts {
            let (now, later) = rest.split_at(rest.len().min(part.length as usize));
            if !now.is_empty() {
                bus.write(part.address, now).map_err(unanswered)?;
            }
            rest = later;
        }
        let mut element = [0; 8];
        element[..4].copy_from_slice(&u32::from(head).to_le_bytes());
        element[4..].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
        let at = self.used.wrapping_add(4 + 8 * slot);
        bus.write(at, &element).map_err(unanswered)?;
        self.done = self.done.wrapping_add(1);
        bus.write_shared(self.used.wrapping_add(2), &self.done.to_le_bytes())
            .map_err(unanswered)
    }

    /// The parts of a chain.
    fn parts(&self, bus: &mut dyn SystemBus, head: u16) -> Result<Vec<Part>, String> {
        let (mut parts, mut next) = (Vec::new(), Some(head));
        while let Some(index) = next {
            if index >= self.size {
                return Err(format!(
                    "a chain leads to descriptor {index} of a queue of {}",
                    self.size
                ));
            }
            if parts.len() == usize::from(self.size) {
                return Err(format!(
                    "the chain that begins at descriptor {head} has no end"
                ));
            }
            let mut bytes = [0; DESCRIPTOR as usize];
            let at = self.descriptors.wrapping_add(DESCRIPTOR * u64::from(index));
            bus.read(at, &mut bytes).map_err(unanswered)?;
            let (fields, _) = bytes.as_chunks::<4>();
            let field = |at: usize| u32::from_le_bytes(fields[at]);
            let (address, length, last) = (
                u64::from(field(0)) | u64::from(field(1)) << 32,
                field(2),
                field(3),
            );
            let flags = last as u16;
            if flags & INDIRECT != 0 {
                return Err(format!(
                    "descriptor {index} is an indirect one, which was not negotiated"
                ));
            }
            if flags & DEVICE_WRITES == 0 {
                return Err(format!(
                    "descriptor {index} is for the device to read, which an entropy device does not"
                ));
            }
            parts.push(Part { address, length });
            next = (flags & NEXT != 0).then_some((last >> 16) as u16);
        }
        if parts.iter().all(|part| part.length == 0) {
            return Err(format!(
                "the chain that begins at descriptor {head} has no room"
            ));
        }
        Ok(parts)
    }
}
