//! QEMU's `fw_cfg` device at I/O ports, as its specification (`docs/specs/fw_cfg.rst`) describes it: `ACPI\QEMU0002`.
//!
//! It is no function of PCI: firmware has set its ports and says which they are, and it interrupts nothing.
//!
//! | port | offset | register |
//! |---|---|---|
//! | 0x510 | 0 | the selector: a write of 16 bits chooses an item |
//! | 0x511 | 1 | the data: a read of 8 bits gives the next byte of the item; a write has no effect |
//! | 0x514 | 4 | the upper half of the address for direct memory access, in big-endian order |
//! | 0x518 | 8 | the lower half; a write sets the device to work |
//!
//! A read of the address gives [`DMA_SIGNATURE`]. Reads behind the end of an item, and of a key that has none, give zeros.
//!
//! The structure that the address leads to asks for an operation ([`control`]), and says in its first word how that
//! went. QEMU does the operation within the write of the register, and the specification lets a later one take its time: so
//! does a device that is made [`slow`](FwCfg::slow). Where the address leads to no memory that the driver has made for DMA, QEMU
//! sets the error; here the run says what was wrong.
//!
//! The device has no states of power: it keeps what it holds.

mod dma;
mod items;

use std::{collections::VecDeque, time::Duration};

use crate::device::{
    access::{Access, AccessFault, AccessWidth, Direction},
    pci::{Bar, Identity, InterruptCapability, PciDevice, Space, SystemBus},
    time::VirtualTime,
};

use items::Items;

pub use dma::control;
pub use items::{FEATURES, NAME_LENGTH, SIGNATURE, VMCOREINFO, key};

/// The first port.
pub const FIRST_PORT: u16 = 0x510;
/// What a read of the address for direct memory access gives, as bytes.
pub const DMA_SIGNATURE: [u8; 8] = *b"QEMU CFG";

/// Offsets of the registers.
pub mod register {
    /// Write: the key of an item.
    pub const SELECTOR: u64 = 0;
    /// Read: the item's next byte.
    pub const DATA: u64 = 1;
    /// Write: the upper half of an address. Read: [`super::DMA_SIGNATURE`].
    pub const DMA_HIGH: u64 = 4;
    /// Write: the lower half of an address, which sets the device to work.
    pub const DMA_LOW: u64 = 8;
}

const PORTS: Bar = Bar {
    index: 0,
    size: 12,
    space: Space::Ports { first: FIRST_PORT },
};
/// The file of the order in which firmware tries devices: every machine of QEMU's has it.
const BOOT_ORDER: (&str, &[u8]) = ("bootorder", b"/pci@i0cf8/ethernet@3/ethernet-phy@0\0");
/// `etc/vmcoreinfo` as a driver finds it: the host knows ELF notes, and no guest has given one.
const NO_DETAILS: [u8; 16] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// The device.
#[derive(Debug, Clone)]
pub struct FwCfg {
    items: Items,
    /// The upper half of the next address.
    high: u32,
    /// The operations that it was set to, and when each is done.
    operations: VecDeque<(VirtualTime, u64)>,
    takes: Duration,
}

impl FwCfg {
    /// A device with one file, `bootorder`.
    #[must_use]
    pub fn new() -> Self {
        let mut items = Items::new();
        let (name, bytes) = BOOT_ORDER;
        items.add_file(name, bytes.to_vec(), false);
        Self {
            items,
            high: 0,
            operations: VecDeque::new(),
            takes: Duration::ZERO,
        }
    }

    /// With the file [`VMCOREINFO`], which a driver may write, as QEMU's `-device vmcoreinfo` adds it.
    #[must_use]
    pub fn with_vmcoreinfo(mut self) -> Self {
        self.items.add_file(VMCOREINFO, NO_DETAILS.to_vec(), true);
        self
    }

    /// With a file that a driver may only read.
    ///
    /// # Panics
    ///
    /// Where the name does not fit into the directory.
    #[must_use]
    pub fn with_file(mut self, name: &str, bytes: &[u8]) -> Self {
        assert!(
            name.len() < NAME_LENGTH,
            "a name has fewer bytes than {NAME_LENGTH}: {name}"
        );
        self.items.add_file(name, bytes.to_vec(), false);
        self
    }

    /// An operation by direct memory access takes so long.
    #[must_use]
    pub fn slow(mut self, takes: Duration) -> Self {
        self.takes = takes;
        self
    }

    /// What a file holds, if there is one of the name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.items.file(name)
    }
}

impl Default for FwCfg {
    fn default() -> Self {
        Self::new()
    }
}

impl PciDevice for FwCfg {
    fn identity(&self) -> Option<Identity> {
        None
    }

    fn bars(&self) -> &[Bar] {
        &[PORTS]
    }

    fn interrupts(&self) -> InterruptCapability {
        InterruptCapability {
            line: false,
            messages: 0,
        }
    }

    fn permits(&self, access: Access) -> Result<(), AccessFault> {
        use AccessWidth as Width;
        let Access {
            offset,
            width,
            direction,
            ..
        } = access;
        let refused = match (offset, direction) {
            _ if !PORTS.holds(access) => Some("the device has twelve ports"),
            (register::SELECTOR, Direction::Write) if width == Width::Word => None,
            (register::SELECTOR, _) => Some("the selector is 16 bits wide, and is only written"),
            (register::DATA, _) if width == Width::Byte => None,
            (register::DATA, _) => Some("the data register is 8 bits wide"),
            (register::DMA_HIGH | register::DMA_LOW, Direction::Write) if width == Width::Dword => {
                None
            }
            (register::DMA_HIGH.., Direction::Write) => {
                Some("the address for DMA is written by halves, of 32 bits each")
            }
            (register::DMA_HIGH.., Direction::Read) => None,
            _ => Some("no register is there"),
        };
        refused.map_or(Ok(()), |why| Err(access.forbidden(why)))
    }

    fn load(&mut self, _: u8, offset: u64, _: VirtualTime) -> u64 {
        if offset == register::DATA {
            let mut byte = [0];
            self.items.read(&mut byte);
            return byte[0].into();
        }
        let behind = offset.saturating_sub(register::DMA_HIGH);
        u64::from_le_bytes(DMA_SIGNATURE) >> (8 * behind)
    }

    fn store(&mut self, _: u8, offset: u64, value: u64, now: VirtualTime) {
        match offset {
            register::SELECTOR => self.items.select(value as u16),
            register::DMA_HIGH => self.high = (value as u32).swap_bytes(),
            register::DMA_LOW => {
                let low = (value as u32).swap_bytes();
                let high = core::mem::take(&mut self.high);
                let address = u64::from(high) << 32 | u64::from(low);
                self.operations.push_back((now.after(self.takes), address));
            }
            _ => {}
        }
    }

    fn line_asserted(&self) -> bool {
        false
    }

    fn next_event(&self) -> Option<VirtualTime> {
        self.operations.front().map(|(due, _)| *due)
    }

    fn tick(&mut self, now: VirtualTime, bus: &mut dyn SystemBus) -> Result<(), AccessFault> {
        while let Some((due, address)) = self.operations.front().copied() {
            if due > now {
                break;
            }
            self.operations.pop_front();
            let of = Access::write(PORTS.index, register::DMA_LOW, AccessWidth::Dword);
            dma::operate(&mut self.items, address, bus).map_err(|why| of.forbidden(why))?;
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

    const START: VirtualTime = VirtualTime::START;
    const STRUCTURE: usize = 0x100;
    const BUFFER: usize = 0x200;

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

    fn write(device: &mut FwCfg, offset: u64, width: AccessWidth, value: u64) {
        device
            .write(0, offset, width, value, START)
            .expect("a register");
    }

    fn read_item(device: &mut FwCfg, key: u16, length: usize) -> Vec<u8> {
        write(device, register::SELECTOR, AccessWidth::Word, key.into());
        let mut byte = || device.read(0, register::DATA, AccessWidth::Byte, START);
        (0..length)
            .map(|_| byte().expect("the data register") as u8)
            .collect()
    }

    /// Asks for an operation with a buffer that holds `bytes`; the word of control and the buffer afterwards.
    fn operate(device: &mut FwCfg, asked: u32, bytes: &[u8]) -> (u32, Vec<u8>) {
        let mut memory = Memory(vec![0; 0x1000]);
        memory.0[STRUCTURE..][..4].copy_from_slice(&asked.to_be_bytes());
        memory.0[STRUCTURE + 4..][..4].copy_from_slice(&(bytes.len() as u32).to_be_bytes());
        memory.0[STRUCTURE + 8..][..8].copy_from_slice(&(BUFFER as u64).to_be_bytes());
        memory.0[BUFFER..][..bytes.len()].copy_from_slice(bytes);
        let low = (STRUCTURE as u32).swap_bytes();
        write(device, register::DMA_HIGH, AccessWidth::Dword, 0);
        write(device, register::DMA_LOW, AccessWidth::Dword, low.into());
        let due = device.next_event().expect("it is at work");
        device
            .tick(due, &mut memory)
            .expect("the structure is right");
        let word = memory.0[STRUCTURE..][..4].try_into().expect("four bytes");
        let buffer = memory.0[BUFFER..][..bytes.len()].to_vec();
        (u32::from_be_bytes(word), buffer)
    }

    fn selecting(key: u16, operation: u32) -> u32 {
        u32::from(key) << 16 | control::SELECT | operation
    }

    #[test]
    fn signature_and_features_are_read_by_ports() {
        let mut device = FwCfg::new();
        assert_eq!(read_item(&mut device, key::SIGNATURE, 6), *b"QEMU\0\0");
        assert_eq!(read_item(&mut device, key::ID, 4), FEATURES.to_le_bytes());
        assert_eq!(read_item(&mut device, 0x1234, 2), [0, 0], "no item");
        let mut half = |offset| device.read(0, offset, AccessWidth::Dword, START);
        let [high, low] = [register::DMA_HIGH, register::DMA_LOW].map(|at| half(at).expect("one"));
        let both = [(high as u32).to_le_bytes(), (low as u32).to_le_bytes()].concat();
        assert_eq!(both, DMA_SIGNATURE);
    }

    #[test]
    fn the_directory_has_each_files_length_key_and_name() {
        let mut device = FwCfg::new().with_vmcoreinfo().with_file("opt/a", b"abc");
        let directory = read_item(&mut device, key::FILE_DIRECTORY, 4 + 3 * 64);
        assert_eq!(directory[..4], [0, 0, 0, 3]);
        let entry = &directory[4 + 64..][..64];
        assert_eq!(entry[..8], [0, 0, 0, 16, 0, 0x21, 0, 0]);
        assert!(entry[8..].starts_with(b"etc/vmcoreinfo\0"));
        assert_eq!(read_item(&mut device, 0x22, 4), *b"abc\0");
    }

    #[test]
    fn an_item_is_read_and_passed_by_direct_memory_access() {
        let mut device = FwCfg::new().with_file("opt/a", b"abcdef");
        let read = operate(&mut device, selecting(0x21, control::READ), &[0xFF; 4]);
        assert_eq!(read, (0, b"abcd".to_vec()));
        let read = operate(&mut device, control::READ, &[0xFF; 4]);
        assert_eq!(
            read,
            (0, b"ef\0\0".to_vec()),
            "from where the last one ended"
        );
        let (word, _) = operate(&mut device, selecting(0x21, control::SKIP), &[0; 5]);
        assert_eq!(word, 0);
        assert_eq!(operate(&mut device, control::READ, &[0]).1, b"f");
    }

    #[test]
    fn a_file_that_may_be_written_takes_all_of_a_write_or_nothing() {
        let mut device = FwCfg::new().with_vmcoreinfo();
        let to = |key| selecting(key, control::WRITE);
        for (key, length) in [(0x20, 4), (0x21, 17), (0x1234, 1)] {
            let (word, _) = operate(&mut device, to(key), &vec![7; length]);
            assert_eq!(word, control::ERROR, "{key:#x}");
        }
        assert_eq!(device.file(VMCOREINFO), Some(&NO_DETAILS[..]));
        assert_eq!(operate(&mut device, to(0x21), &[7; 16]).0, 0);
        assert_eq!(device.file(VMCOREINFO), Some(&[7; 16][..]));
    }

    #[test]
    fn a_slow_device_is_at_work_for_as_long() {
        let mut device = FwCfg::new().slow(Duration::from_micros(3));
        write(&mut device, register::DMA_LOW, AccessWidth::Dword, 0);
        assert_eq!(
            device.next_event(),
            Some(START.after(Duration::from_micros(3)))
        );
        assert_eq!(device.tick(START, &mut Memory(Vec::new())), Ok(()));
        assert!(device.next_event().is_some());
    }

    #[test]
    fn a_structure_that_is_in_no_memory_is_a_fault() {
        let mut device = FwCfg::new();
        write(&mut device, register::DMA_LOW, AccessWidth::Dword, 0);
        let fault = device
            .tick(START, &mut Memory(Vec::new()))
            .expect_err("nothing answers");
        assert!(fault.explanation.contains("at bus address 0x0"), "{fault}");
    }

    #[test]
    fn what_the_specification_has_no_access_for_is_a_fault() {
        use AccessWidth::{Byte, Dword, Word};
        let device = FwCfg::new();
        for wrong in [
            Access::read(0, register::SELECTOR, Word),
            Access::write(0, register::SELECTOR, Byte),
            Access::read(0, register::DATA, Word),
            Access::write(0, 2, Byte),
            Access::write(0, register::DMA_LOW, Word),
            Access::write(0, 6, Dword),
            Access::read(0, 10, Dword),
        ] {
            assert!(device.permits(wrong).is_err(), "{wrong}");
        }
        for right in [
            Access::write(0, register::DATA, Byte),
            Access::read(0, register::DMA_LOW, Word),
            Access::read(0, 11, Byte),
        ] {
            assert_eq!(device.permits(right), Ok(()), "{right}");
        }
    }
}
