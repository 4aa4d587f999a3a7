//! Direct memory access: common buffers, and what the device does with them by itself.

use nt_model::{Failure, Rule};

use crate::{
    device::{Access, AccessFault, PciDevice, SystemBus},
    guest::Guest,
    kernel::{
        Kernel, irql,
        state::{
            dma::{CommonBuffer, Dma, Transfer, bus_address},
            pool::{Allocation, Owner},
        },
    },
};

const PAGE: u64 = 0x1000;

/// The bus while the device works: memory at once, the rules afterwards.
struct Bus<'a, 'g, 'u> {
    dma: &'a Dma,
    guest: &'a mut Guest<'g, 'u>,
    transfers: Vec<Transfer>,
    /// The address at which nothing has answered.
    unanswered: Option<u64>,
}

impl Bus<'_, '_, '_> {
    fn place(
        &mut self,
        address: u64,
        length: usize,
        write: bool,
        shared: bool,
    ) -> Result<u64, u64> {
        let Some(place) = self.dma.find(address, length as u64) else {
            self.unanswered = Some(address);
            return Err(address);
        };
        self.transfers.push(Transfer {
            address: place,
            length: length as u64,
            write,
            shared,
        });
        Ok(place)
    }

    fn load(&mut self, address: u64, buffer: &mut [u8], shared: bool) -> Result<(), u64> {
        let place = self.place(address, buffer.len(), false, shared)?;
        self.guest.read(place, buffer).map_err(|_| address)
    }

    fn store(&mut self, address: u64, data: &[u8], shared: bool) -> Result<(), u64> {
        let place = self.place(address, data.len(), true, shared)?;
        self.guest.write(place, data).map_err(|_| address)
    }
}

impl SystemBus for Bus<'_, '_, '_> {
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> Result<(), u64> {
        self.load(address, buffer, false)
    }

    fn write(&mut self, address: u64, data: &[u8]) -> Result<(), u64> {
        self.store(address, data, false)
    }

    fn read_shared(&mut self, address: u64, buffer: &mut [u8]) -> Result<(), u64> {
        self.load(address, buffer, true)
    }

    fn write_shared(&mut self, address: u64, data: &[u8]) -> Result<(), u64> {
        self.store(address, data, true)
    }
}

/// The bus for a look at memory that is no transfer.
struct Look<'a, 'g, 'u> {
    dma: &'a Dma,
    guest: &'a Guest<'g, 'u>,
}

impl SystemBus for Look<'_, '_, '_> {
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> Result<(), u64> {
        let place = self.dma.find(address, buffer.len() as u64).ok_or(address)?;
        self.guest.read(place, buffer).map_err(|_| address)
    }

    fn write(&mut self, address: u64, _: &[u8]) -> Result<(), u64> {
        Err(address)
    }
}

impl<A> Kernel<A> {
    /// Makes a common buffer for a device that drives so many address lines, in whole pages (`AllocateCommonBuffer` of the DMA
    /// adapter); none where there is no room. What it gives is not initialized.
    pub(crate) fn allocate_common_buffer(
        &mut self,
        guest: &mut Guest,
        length: u64,
        lines: u32,
    ) -> Result<Option<CommonBuffer>, Failure> {
        let length = length.next_multiple_of(PAGE);
        let fill = self.uninitialized_pool();
        let Some(address) = self.pool_take(guest, length, fill)? else {
            return Ok(None);
        };
        let allocation = Allocation {
            length,
            tag: u32::from_le_bytes(*b"ntsm"),
            paged: false,
            owner: Owner::Kernel,
        };
        self.pool.live.insert(address, allocation);
        let buffer = CommonBuffer { address, length };
        let base = bus_address(address, lines);
        self.dma.freed.retain(|_, old| old.address != address);
        self.dma.live.insert(base, buffer);
        self.note_origin(guest, address);
        Ok(Some(buffer))
    }

    /// Frees a common buffer, at `PASSIVE_LEVEL` (nc-wdm-pfree_common_buffer).
    pub(crate) fn free_common_buffer(
        &mut self,
        guest: &mut Guest,
        buffer: CommonBuffer,
    ) -> Result<(), Failure> {
        let level = self.cpu().irql;
        if level > irql::PASSIVE {
            self.unless_off(Failure::new(
                Rule::Irql,
                format!("a common buffer is freed at IRQL {level}; it may be freed at IRQL 0 only"),
            ))?;
        }
        let bases = self.dma.live.iter();
        let base = bases
            .filter(|(_, live)| **live == buffer)
            .map(|(base, _)| *base);
        for base in base.collect::<Vec<_>>() {
            self.dma.live.remove(&base);
            self.dma.freed.insert(base, buffer);
        }
        // Who frees has to be the last: a free is ordered as a write is, behind those of the device as well.
        self.access_for_driver(buffer.address, buffer.length, true)?;
        self.pool_give_back(guest, buffer.address)?;
        self.note_origin(guest, buffer.address);
        Ok(())
    }

    /// Lets the device do what is due.
    pub(super) fn tick_device(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let now = self.device_time();
        let mut bus = Bus {
            dma: &self.dma,
            guest,
            transfers: Vec::new(),
            unanswered: None,
        };
        let ticked = self.device.tick(now, &mut bus);
        let Bus {
            transfers,
            unanswered,
            ..
        } = bus;
        for transfer in transfers {
            self.access_by_device(transfer)?;
        }
        if let Err(fault) = ticked {
            let failure = self.bad_transfer(&fault, unanswered);
            // The device stops there; where the rule is off it waits to be asked again.
            self.device.lose_power();
            self.unless_off(failure)?;
        }
        self.collect_device_interrupts();
        Ok(())
    }

    /// What a transfer was that the driver has programmed wrongly.
    fn bad_transfer(&self, fault: &AccessFault, unanswered: Option<u64>) -> Failure {
        let freed = unanswered.and_then(|address| self.dma.find_freed(address));
        let Some(buffer) = freed else {
            return Failure::new(Rule::BadMmio, fault.to_string());
        };
        let place = self.origin(buffer);
        let place = place.map_or_else(String::new, |place| format!(" at {place}"));
        let Access { bar, offset, .. } = fault.access;
        let failure = Failure::new(
            Rule::UseAfterFree,
            format!(
                "the device, which was set to work at BAR{bar} offset {offset:#x}, reaches for the common buffer at {buffer:#x}, which was freed{place}"
            ),
        );
        self.blame(failure, buffer)
    }

    /// Whether a source of the device that its driver has enabled may raise a cause, as `device` is.
    pub(super) fn may_raise(&self, guest: &Guest, device: &dyn PciDevice) -> bool {
        let dma = &self.dma;
        device.may_raise(&mut Look { dma, guest })
    }
}
