//! The resources that the `PnP` manager assigns to the device: windows in memory and at ports, and an interrupt.

use nt_model::{Failure, InterruptResource};

use crate::{
    device::{Bar, Space},
    guest::{Guest, layout},
    kernel::state::{
        activation::Flow,
        frame::Holds,
        interrupt::{BUS_INTERRUPT, Vector},
    },
    wdf::{
        Framework,
        attributes::Attributes,
        state::{
            frame::WdfFrame,
            object::Kind,
            resources::{DESCRIPTOR_SIZE, Descriptor, Resources},
        },
    },
};

const TYPE_PORT: u8 = 1;
const TYPE_INTERRUPT: u8 = 2;
const TYPE_MEMORY: u8 = 3;
const SHARE_DEVICE_EXCLUSIVE: u8 = 1;
const SHARE_SHARED: u8 = 3;
/// `CM_RESOURCE_PORT_IO`, and `CM_RESOURCE_PORT_16_BIT_DECODE`: what firmware says of the ports.
const FLAGS_PORT: u8 = 0x01 | 0x10;
const FLAG_LATCHED: u8 = 1;
const FLAG_MESSAGE: u8 = 2;

fn descriptor(kind: u8, share: u8, flags: u8, union: [u8; 16]) -> [u8; DESCRIPTOR_SIZE] {
    let mut bytes = [0; DESCRIPTOR_SIZE];
    bytes[..4].copy_from_slice(&[kind, share, flags, 0]);
    bytes[4..].copy_from_slice(&union);
    bytes
}

/// A window: a processor reaches it at the address that it has on the bus, so that it is the same raw and translated.
fn window(bar: &Bar) -> [u8; DESCRIPTOR_SIZE] {
    let (kind, flags, start) = match bar.space {
        Space::Memory => (TYPE_MEMORY, 0, layout::bar_physical(bar.index)),
        Space::Ports { first } => (TYPE_PORT, FLAGS_PORT, first.into()),
    };
    let mut union = [0; 16];
    union[..8].copy_from_slice(&start.to_le_bytes());
    union[8..12].copy_from_slice(&(bar.size as u32).to_le_bytes());
    descriptor(kind, SHARE_DEVICE_EXCLUSIVE, flags, union)
}

/// Level (or, raw, message count above a reserved word), vector and affinity.
fn interrupt(
    share: u8,
    flags: u8,
    level: u32,
    vector: u32,
    affinity: u64,
) -> [u8; DESCRIPTOR_SIZE] {
    let mut union = [0; 16];
    union[..4].copy_from_slice(&level.to_le_bytes());
    union[4..8].copy_from_slice(&vector.to_le_bytes());
    union[8..].copy_from_slice(&affinity.to_le_bytes());
    descriptor(TYPE_INTERRUPT, share, flags, union)
}

/// Level, number and processors of a vector.
fn of(vector: &Vector) -> (u32, u32, u64) {
    (vector.irql.into(), vector.number, vector.affinity)
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Assigns resources; before `PrepareHardware`.
    pub(crate) fn assign_resources(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let mut lists: [Vec<[u8; DESCRIPTOR_SIZE]>; 2] = Default::default();
        for bar in self.kernel.device.bars() {
            for list in &mut lists {
                list.push(window(bar));
            }
        }
        let capability = self.kernel.device.interrupts();
        match self.kernel.interrupts.resource {
            InterruptResource::Line if capability.line => {
                // The raw line is the bus's own number; drivers have no use for it.
                let (bus_level, bus_vector) = BUS_INTERRUPT;
                let vector = self.kernel.interrupts.of_device();
                let flags = if vector.is_latched() { FLAG_LATCHED } else { 0 };
                let (level, number, affinity) = of(vector);
                let line = |level, number, affinity| {
                    interrupt(SHARE_SHARED, flags, level, number, affinity)
                };
                lists[0].push(line(bus_level, bus_vector, u64::MAX));
                lists[1].push(line(level, number, affinity));
            }
            InterruptResource::Message if capability.messages > 0 => {
                let flags = FLAG_MESSAGE | FLAG_LATCHED;
                for vector in self.kernel.interrupts.all_of_device() {
                    let (level, number, affinity) = of(vector);
                    let message = |level, number| {
                        interrupt(SHARE_DEVICE_EXCLUSIVE, flags, level, number, affinity)
                    };
                    // Raw: reserved u16, MessageCount u16; the vector is CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN. One descriptor
                    // for each message, as the PCI driver makes them for MSI-X.
                    lists[0].push(message(1 << 16, 0xFFFF_FFFE));
                    lists[1].push(message(level, number));
                }
            }
            _ => {}
        }
        let handles = [
            self.new_wdf_object(guest, Kind::ResourceList, 0, &Attributes::default())?,
            self.new_wdf_object(guest, Kind::ResourceList, 0, &Attributes::default())?,
        ];
        let mut descriptors: [Vec<Descriptor>; 2] = Default::default();
        for (descriptors, list) in descriptors.iter_mut().zip(lists) {
            for bytes in list {
                let shown_at = self.kernel.kernel_allocate(guest, DESCRIPTOR_SIZE as u64)?;
                descriptors.push(Descriptor { bytes, shown_at });
            }
        }
        self.wdf.resources = Resources {
            raw: handles[0],
            translated: handles[1],
            descriptors,
        };
        Ok(())
    }

    /// `EvtDeviceReleaseHardware` has returned: the hardware is free, and the lists are gone
    /// (nc-wdfdevice-evt_wdf_device_release_hardware).
    pub(crate) fn take_resources_back(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        if let Err(leak) = self.kernel.check_hardware_released() {
            self.kernel.unless_off(leak)?;
        }
        let resources = core::mem::take(&mut self.wdf.resources);
        for handle in [resources.raw, resources.translated] {
            self.delete_wdf_object(guest, handle)?;
        }
        for descriptor in resources.descriptors.into_iter().flatten() {
            self.kernel.kernel_free(guest, descriptor.shown_at)?;
        }
        Ok(())
    }

    fn resource_list(&self, guest: &Guest) -> Result<&[Descriptor], Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::ResourceList)?;
        let resources = &self.wdf.resources;
        Ok(&resources.descriptors[usize::from(handle == resources.translated)])
    }

    /// `WdfCmResourceListGetCount`.
    pub(crate) fn wdf_cm_resource_list_get_count(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        Ok(Flow::Return(self.resource_list(guest)?.len() as u64))
    }

    /// `WdfCmResourceListGetDescriptor`: a copy, made anew each time at the same place; NULL past the end.
    pub(crate) fn wdf_cm_resource_list_get_descriptor(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let index = guest.argument_u32(2)? as usize;
        let Some(Descriptor { bytes, shown_at }) = self.resource_list(guest)?.get(index).copied()
        else {
            return Ok(Flow::Return(0));
        };
        guest.write(shown_at, &bytes)?;
        Ok(Flow::Return(shown_at))
    }
}
