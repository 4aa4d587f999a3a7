//! `BUS_INTERFACE_STANDARD` of the PCI bus: configuration space, addresses, and references.

use nt_model::{Failure, Rule};

use crate::{
    device::{Bar, configuration},
    guest::{Guest, layout},
    kernel::{
        Kernel,
        state::{activation::Flow, io_space::Presence, traps::Missing},
    },
};

/// The module that has the routines.
pub(crate) const MODULE: &str = "pci.sys";

/// `sizeof(BUS_INTERFACE_STANDARD)`.
pub(crate) const SIZE: u16 = 64;
/// Its version (`ns-wdm-_bus_interface_standard`).
pub(crate) const VERSION: u16 = 1;

/// `PCI_WHICHSPACE_CONFIG`.
const CONFIGURATION: u32 = 0;
/// What a function that is not there reads as.
const ABSENT: u8 = 0xFF;
/// Registers that nothing acts on: cache line size, latency timer, interrupt line.
const HOLD: [u32; 3] = [0x0C, 0x0D, 0x3C];
/// Registers that a write changes, and with them what the system has set up: the command, windows, capabilities.
const ACTED_ON: [core::ops::Range<u32>; 4] = [0x04..0x06, 0x10..0x28, 0x30..0x34, 0x40..0x100];

impl<A> Kernel<A> {
    /// Fills the structure at `interface` in, with a reference that is the caller's to release.
    pub(crate) fn give_bus_interface(
        &mut self,
        guest: &mut Guest,
        interface: u64,
    ) -> Result<(), Failure> {
        if self.device.identity().is_none() {
            return Err(Failure::not_modelled(
                "GUID_BUS_INTERFACE_STANDARD of a device that is no function of PCI",
            ));
        }
        let context = match self.bus_interface.context {
            Some(context) => context,
            None => self.new_object(),
        };
        self.bus_interface.context = Some(context);
        self.bus_interface.references += 1;
        self.note_origin(guest, context);
        let adapter = self.traps.address_of_missing(Missing {
            module: MODULE.to_owned(),
            name: "GetDmaAdapter".to_owned(),
            variable: false,
        });
        let mut routine = |name| self.traps.address_of(MODULE, name);
        let words = [
            u64::from(SIZE) | u64::from(VERSION) << 16,
            context,
            routine("PciInterfaceReference"),
            routine("PciInterfaceDereference"),
            routine("PciTranslateBusAddress"),
            adapter,
            routine("PciSetBusData"),
            routine("PciGetBusData"),
        ];
        let bytes: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
        guest.write(interface, &bytes)
    }

    /// The first argument is the interface's context, and the interface is held.
    fn check_bus_interface(&self, guest: &Guest) -> Result<(), Failure> {
        let given = guest.argument(0)?;
        let routine = self.routine_at_work().unwrap_or("a routine");
        let wrong = |what: String| Err(Failure::new(Rule::BadArgument, what));
        if self.bus_interface.context != Some(given) {
            return wrong(format!(
                "{routine} is given {given:#x}, which is not the context of the interface"
            ));
        }
        if self.bus_interface.references == 0 {
            return wrong(format!(
                "{routine} is called behind the last InterfaceDereference"
            ));
        }
        Ok(())
    }

    /// `InterfaceReference`.
    pub(crate) fn pci_interface_reference(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.check_bus_interface(guest)?;
        self.bus_interface.references += 1;
        Ok(Flow::Return(0))
    }

    /// `InterfaceDereference`.
    pub(crate) fn pci_interface_dereference(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.check_bus_interface(guest)?;
        self.bus_interface.references -= 1;
        Ok(Flow::Return(0))
    }

    /// `TranslateBusAddress`: the bus has the addresses of the processors.
    pub(crate) fn pci_translate_bus_address(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.check_bus_interface(guest)?;
        let (address, length) = (guest.argument(1)?, u64::from(guest.argument_u32(2)?));
        let (space, out) = (guest.argument(3)?, guest.argument(4)?);
        let in_memory = guest.read_u32(space)? == 0;
        let mut bars = self.device.bars().iter().filter(|bar| bar.is_memory());
        let known = in_memory
            && bars.any(|bar| {
                let start = layout::bar_physical(bar.index);
                let offset = address.wrapping_sub(start);
                offset < bar.size && length <= bar.size - offset
            });
        if known {
            guest.write_u64(out, address)?;
        }
        Ok(Flow::Return(known.into()))
    }

    /// Configuration space as it is at present: all ones where no function is.
    fn configuration_space(&self) -> Vec<u8> {
        let address_of = |bar: &Bar| layout::bar_physical(bar.index);
        let space = configuration(self.device.as_ref(), address_of);
        let mut space = space.map_or_else(Vec::new, Vec::from);
        for (at, byte) in &self.bus_interface.written {
            space[*at as usize] = *byte;
        }
        if self.io_space.presence == Presence::Gone {
            space.fill(ABSENT);
        }
        space
    }

    /// Buffer, offset and length of an access to configuration space.
    fn configuration_access(&self, guest: &Guest) -> Result<(u64, u32, u32), Failure> {
        self.check_bus_interface(guest)?;
        let (space, buffer) = (guest.argument_u32(1)?, guest.argument(2)?);
        let (offset, length) = (guest.argument_u32(3)?, guest.argument_u32(4)?);
        if space != CONFIGURATION {
            return Err(Failure::not_modelled(format!(
                "the space {space} of a function, which is not its configuration space"
            )));
        }
        Ok((buffer, offset, length))
    }

    /// `GetBusData`: the bytes that are there.
    pub(crate) fn pci_get_bus_data(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (buffer, offset, length) = self.configuration_access(guest)?;
        let space = self.configuration_space();
        let rest = space.get(offset as usize..).unwrap_or_default();
        let bytes = &rest[..rest.len().min(length as usize)];
        if !bytes.is_empty() {
            self.access_for_driver(buffer, bytes.len() as u64, true)?;
            guest.write(buffer, bytes)?;
        }
        Ok(Flow::Return(bytes.len() as u64))
    }

    /// `SetBusData`: what a register does not take is left alone, and what the system has set up is the bus driver's.
    pub(crate) fn pci_set_bus_data(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (buffer, offset, length) = self.configuration_access(guest)?;
        let space = self.configuration_space();
        let room = (space.len() as u32).saturating_sub(offset).min(length);
        if room > 0 {
            self.access_for_driver(buffer, room.into(), false)?;
        }
        let bytes = guest.read_vec(buffer, room as usize)?;
        if self.io_space.presence == Presence::Gone {
            return Ok(Flow::Return(room.into()));
        }
        for (at, byte) in (offset..).zip(bytes) {
            if HOLD.contains(&at) {
                self.bus_interface.written.insert(at, byte);
            } else if space[at as usize] != byte && ACTED_ON.iter().any(|it| it.contains(&at)) {
                return Err(Failure::not_modelled(format!(
                    "a write of {byte:#04x} to {at:#x} of configuration space, which would change what the system has set up"
                )));
            }
        }
        Ok(Flow::Return(room.into()))
    }

    /// What of the bus driver's interface is not given back.
    pub(crate) fn check_bus_interface_released(&self) -> Result<(), Failure> {
        let interface = &self.bus_interface;
        let (Some(context), 1..) = (interface.context, interface.references) else {
            return Ok(());
        };
        let what = format!(
            "the interface of the bus driver was not given back: InterfaceDereference is owed {} times",
            interface.references
        );
        Err(self.blame(Failure::new(Rule::ObjectLeak, what), context))
    }
}
