//! Configuration space: what a function says of itself to the bus driver, and to a driver that asks that one.

use super::pci::{Bar, PciDevice};

/// The length of configuration space, without the extended one of PCI Express.
pub(super) const LENGTH: usize = 256;

/// Where the first capability stands: behind the header.
const CAPABILITIES: usize = 0x40;
/// Windows from here on have base address registers of 64 bits.
const ABOVE_32_BITS: u64 = 1 << 32;

/// Registers of a header of type 0.
mod register {
    pub(super) const VENDOR: usize = 0x00;
    pub(super) const DEVICE: usize = 0x02;
    pub(super) const COMMAND: usize = 0x04;
    pub(super) const STATUS: usize = 0x06;
    pub(super) const REVISION: usize = 0x08;
    pub(super) const CLASS: usize = 0x09;
    pub(super) const BASE_ADDRESSES: usize = 0x10;
    pub(super) const SUBSYSTEM_VENDOR: usize = 0x2C;
    pub(super) const SUBSYSTEM: usize = 0x2E;
    pub(super) const CAPABILITIES_POINTER: usize = 0x34;
    pub(super) const INTERRUPT_PIN: usize = 0x3D;
}

/// The function answers in its memory windows, and masters the bus.
const COMMAND: u16 = 0x0006;
/// There is a list of capabilities.
const HAS_CAPABILITIES: u16 = 0x0010;
/// A window of 64 bits, in the low bits of its base address register.
const OF_64_BITS: u32 = 0x4;
/// The subsystem that QEMU gives to its functions.
const SUBSYSTEM: (u16, u16) = (0x1AF4, 0x1100);
/// INTA.
const PIN_A: u8 = 1;

/// What configuration space holds of a function that is in D0, whose windows in memory stand where `address_of` says; none of
/// a device that has no such space.
#[must_use]
pub fn configuration(
    device: &dyn PciDevice,
    address_of: impl Fn(&Bar) -> u64,
) -> Option<[u8; LENGTH]> {
    let identity = device.identity()?;
    let mut space = [0; LENGTH];
    let mut put = |at: usize, bytes: &[u8]| space[at..at + bytes.len()].copy_from_slice(bytes);
    put(register::VENDOR, &identity.vendor.to_le_bytes());
    put(register::DEVICE, &identity.device.to_le_bytes());
    put(register::COMMAND, &COMMAND.to_le_bytes());
    put(register::REVISION, &[identity.revision]);
    put(register::CLASS, &identity.class.to_le_bytes()[..3]);
    for bar in device.bars().iter().filter(|bar| bar.is_memory()) {
        let address = address_of(bar);
        let at = register::BASE_ADDRESSES + 4 * usize::from(bar.index);
        let [low, high] = [address as u32, (address >> 32) as u32];
        if address < ABOVE_32_BITS {
            put(at, &low.to_le_bytes());
        } else {
            put(at, &(low | OF_64_BITS).to_le_bytes());
            put(at + 4, &high.to_le_bytes());
        }
    }
    let (vendor, subsystem) = SUBSYSTEM;
    put(register::SUBSYSTEM_VENDOR, &vendor.to_le_bytes());
    put(register::SUBSYSTEM, &subsystem.to_le_bytes());
    if device.interrupts().line {
        put(register::INTERRUPT_PIN, &[PIN_A]);
    }
    let capabilities = device.capabilities();
    if !capabilities.is_empty() {
        put(register::STATUS, &HAS_CAPABILITIES.to_le_bytes());
    }
    let (mut link, mut at) = (register::CAPABILITIES_POINTER, CAPABILITIES);
    for capability in &capabilities {
        put(link, &[at as u8]);
        put(at, &[capability.id, 0]);
        put(at + 2, &capability.body);
        link = at + 1;
        at = (at + 2 + capability.body.len()).next_multiple_of(4);
    }
    Some(space)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Edu, Entropy, FwCfg};

    fn word(space: &[u8], at: usize) -> u16 {
        u16::from_le_bytes([space[at], space[at + 1]])
    }

    fn double_word(space: &[u8], at: usize) -> u32 {
        u32::from(word(space, at)) | u32::from(word(space, at + 2)) << 16
    }

    #[test]
    fn a_function_is_found_by_its_identity_and_its_windows() {
        let space = configuration(&Edu::new(), |_| 0xFEB0_0000).expect("a function");
        assert_eq!([word(&space, 0), word(&space, 2)], [0x1234, 0x11E8]);
        assert_eq!(double_word(&space, 8), 0xFF00_0010, "class and revision");
        assert_eq!(double_word(&space, 0x10), 0xFEB0_0000);
        assert_eq!(space[0x3D], 1);
    }

    #[test]
    fn a_device_that_firmware_describes_has_no_such_space() {
        assert_eq!(configuration(&FwCfg::new(), |_| 0), None);
    }

    #[test]
    fn a_window_above_32_bits_takes_two_registers() {
        let space = configuration(&Entropy::new(), |bar| {
            0x1_0000_0000 + u64::from(bar.index) * 0x10_0000
        })
        .expect("a function");
        let both = [double_word(&space, 0x20), double_word(&space, 0x24)];
        assert_eq!(both, [0x0040_0004, 1], "BAR4 is one of 64 bits");
    }

    #[test]
    fn capabilities_are_a_list_that_ends() {
        let space = configuration(&Entropy::new(), |_| 0).expect("a function");
        assert_eq!(word(&space, 6) & 0x10, 0x10);
        let (mut ids, mut at) = (Vec::new(), usize::from(space[0x34]));
        while at != 0 {
            assert!(
                at >= 0x40 && at.is_multiple_of(4) && ids.len() < 48,
                "{at:#x}"
            );
            ids.push(space[at]);
            at = usize::from(space[at + 1]);
        }
        assert_eq!(
            ids,
            [0x11, 0x09, 0x09, 0x09, 0x09],
            "MSI-X, and virtio's own"
        );
    }
}
