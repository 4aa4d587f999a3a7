//! Direct memory access: one operation, as a structure in memory asks for it.

use crate::device::pci::SystemBus;

use super::items::Items;

/// The bits of the word that asks for an operation and says how it went.
pub mod control {
    /// The operation has failed.
    pub const ERROR: u32 = 0x01;
    /// Bytes of the item go to memory.
    pub const READ: u32 = 0x02;
    /// Bytes of the item are passed.
    pub const SKIP: u32 = 0x04;
    /// The upper half of the word is the key of an item, which is selected first.
    pub const SELECT: u32 = 0x08;
    /// Bytes of memory go to the item.
    pub const WRITE: u32 = 0x10;
}

/// The most bytes that go to memory in one transfer.
const CHUNK: usize = 0x1000;

/// Where nothing in memory answers, in words.
fn unanswered(address: u64) -> String {
    format!("no memory that the driver has made for DMA answers at bus address {address:#x}")
}

/// Does what the structure at `address` asks for, and says so there.
///
/// Both sides access the word of control at any time; all else is the device's until that word is zero but for the error.
pub(super) fn operate(
    items: &mut Items,
    address: u64,
    bus: &mut dyn SystemBus,
) -> Result<(), String> {
    let mut word = [0; 4];
    bus.read_shared(address, &mut word).map_err(unanswered)?;
    let asked = u32::from_be_bytes(word);
    let mut rest = [0; 12];
    bus.read(address.wrapping_add(4), &mut rest)
        .map_err(unanswered)?;
    let [l0, l1, l2, l3, place @ ..] = rest;
    let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
    let place = u64::from_be_bytes(place);
    if asked & control::SELECT != 0 {
        items.select((asked >> 16) as u16);
    }
    let done = if asked & control::READ != 0 {
        to_memory(items, place, length, bus)?;
        true
    } else if asked & control::WRITE != 0 {
        from_memory(items, place, length, bus)?
    } else {
        if asked & control::SKIP != 0 {
            items.skip(length);
        }
        true
    };
    let result = if done { 0 } else { control::ERROR };
    bus.write_shared(address, &result.to_be_bytes())
        .map_err(unanswered)
}

fn to_memory(
    items: &mut Items,
    place: u64,
    length: usize,
    bus: &mut dyn SystemBus,
) -> Result<(), String> {
    let mut at = place;
    let mut left = length;
    while left > 0 {
        let mut chunk = [0; CHUNK];
        let part = &mut chunk[..left.min(CHUNK)];
        items.read(part);
        bus.write(at, part).map_err(unanswered)?;
        at = at.wrapping_add(part.len() as u64);
        left -= part.len();
    }
    Ok(())
}

/// Whether the item has taken the bytes: all of them, or none.
fn from_memory(
    items: &mut Items,
    place: u64,
    length: usize,
    bus: &mut dyn SystemBus,
) -> Result<bool, String> {
    let Some(room) = items.room(length) else {
        return Ok(false);
    };
    bus.read(place, room).map_err(unanswered)?;
    Ok(true)
}
