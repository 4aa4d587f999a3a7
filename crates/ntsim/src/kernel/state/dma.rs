//! What of the system's memory a device that masters the bus can reach: the common buffers that its driver has made.

use std::collections::BTreeMap;

use crate::{guest::layout, kernel::state::shared::Shared};

/// Memory that driver and device share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CommonBuffer {
    /// The driver's address.
    pub(crate) address: u64,
    /// In bytes: whole pages.
    pub(in crate::kernel) length: u64,
}

/// A transfer of the device's, as the rules see it.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernel) struct Transfer {
    /// The driver's address.
    pub(in crate::kernel) address: u64,
    pub(in crate::kernel) length: u64,
    pub(in crate::kernel) write: bool,
    /// The driver may access the same bytes at the same time.
    pub(in crate::kernel) shared: bool,
}

/// The common buffers, by the addresses that the device has for them.
#[derive(Clone, Default)]
pub(crate) struct Dma {
    pub(in crate::kernel) live: Shared<BTreeMap<u64, CommonBuffer>>,
    /// Those that were freed, as long as nothing else stands there.
    pub(in crate::kernel) freed: Shared<BTreeMap<u64, CommonBuffer>>,
}

/// The address that a device has for memory of the driver's, of which it drives so many address lines.
///
/// No machine here translates: the memory stands above 4 GiB, so that a driver which keeps half of an address is found out.
/// For devices that drive fewer lines the same memory is at the first of their addresses, as by map registers.
pub(crate) const fn bus_address(address: u64, lines: u32) -> u64 {
    let offset = address - layout::POOL_BASE;
    if lines >= 64 {
        layout::MEMORY_PHYSICAL + offset
    } else {
        layout::MEMORY_MAPPED + offset
    }
}

fn holding(buffers: &BTreeMap<u64, CommonBuffer>, address: u64) -> Option<(u64, CommonBuffer)> {
    let (base, buffer) = buffers.range(..=address).next_back()?;
    (address - base < buffer.length).then_some((*base, *buffer))
}

impl Dma {
    /// The driver's address of so many bytes at a device's address; none where a part of them is in no common buffer.
    pub(in crate::kernel) fn find(&self, address: u64, length: u64) -> Option<u64> {
        let (base, buffer) = holding(&self.live, address)?;
        let offset = address - base;
        let fits = length <= buffer.length - offset;
        fits.then_some(buffer.address + offset)
    }

    /// The common buffer that was freed, by the driver's address, and that a device's address still leads to.
    pub(in crate::kernel) fn find_freed(&self, address: u64) -> Option<u64> {
        holding(&self.freed, address).map(|(_, buffer)| buffer.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_into_the_buffer_that_holds_it() {
        let mut dma = Dma::default();
        let buffer = CommonBuffer {
            address: layout::POOL_BASE + 0x3000,
            length: 0x1000,
        };
        let base = bus_address(buffer.address, 64);
        dma.live.insert(base, buffer);
        assert_eq!(dma.find(base + 0x10, 0xFF0), Some(buffer.address + 0x10));
        assert_eq!(dma.find(base + 0x10, 0xFF1), None, "it ends before");
        assert_eq!(dma.find(base - 1, 1), None);
        assert_eq!(dma.find_freed(base), None);
    }

    #[test]
    fn a_device_that_drives_32_lines_has_an_address_of_32_bits() {
        let address = layout::POOL_BASE + layout::POOL_SIZE - 1;
        assert!(bus_address(address, 32) < 1 << 32);
        assert!(bus_address(layout::POOL_BASE, 64) >= 1 << 32);
    }
}
