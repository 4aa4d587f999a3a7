//! DMA enablers and common buffers (`FxDmaEnabler`, `FxCommonBuffer`).

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, dma::bus_address, frame::Holds},
    wdf::{
        Framework,
        attributes::{Allowed, Attributes},
        state::{
            dma::{Buffer, Enabler},
            frame::WdfFrame,
            object::Kind,
        },
    },
};

/// `WDF_DMA_ENABLER_CONFIG`: its sizes up to 1.9 and from 1.11 on, and its fields.
mod config {
    pub(super) const SIZE_1_9: u32 = 64;
    pub(super) const SIZE: u32 = 80;
    pub(super) const PROFILE: u64 = 4;
    pub(super) const MAXIMUM_LENGTH: u64 = 8;
    pub(super) const CALLBACKS: u64 = 16;
    pub(super) const ADDRESS_WIDTH: u64 = 64;
    pub(super) const VERSION: u64 = 68;
    pub(super) const FLAGS: u64 = 72;
}

/// `WDF_COMMON_BUFFER_CONFIG`.
const BUFFER_CONFIG_SIZE: u32 = 8;
const PAGE: u64 = 0x1000;
/// `WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER`.
const SINGLE_TRANSFER: u32 = 2;
/// The DMA interfaces that KMDF asks for, and those that address widths and single transfers take.
const INTERFACES: (u32, u32) = (2, 3);

/// A profile of a bus master: how many address lines it drives, and whether it scatters and gathers.
fn profile(number: u32) -> Option<(u32, bool)> {
    match number {
        // Packet and Packet64.
        1 => Some((32, false)),
        3 => Some((64, false)),
        // ScatterGather and ScatterGatherDuplex, and those of 64 bits.
        2 | 5 => Some((32, true)),
        4 | 6 => Some((64, true)),
        _ => None,
    }
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// The verifier breaks in, and the function fails.
    fn refused_by_verifier(&mut self, what: &str) -> Result<Flow<A>, Failure> {
        self.kernel
            .unless_off(Failure::new(Rule::WdfVerifier, what.to_owned()))?;
        Ok(Flow::status(Status::INVALID_PARAMETER))
    }

    /// `WdfDmaEnablerCreate`.
    pub(crate) fn wdf_dma_enabler_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let device = self.wdf_handle(guest, 1, Kind::Device)?;
        let (at, attributes, out) = (guest.argument(2)?, guest.argument(3)?, guest.argument(4)?);
        guest.write_u64(out, 0)?;
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        let parent = self.parent_of(&attributes, device)?;
        if self.device_above(parent) != device {
            return Ok(Flow::status(Status::WDF_OBJECT_ATTRIBUTES_INVALID));
        }
        let minor = self.wdf.driver.bound_minor.unwrap_or_default();
        let size = if minor >= 11 {
            config::SIZE
        } else {
            config::SIZE_1_9
        };
        if guest.read_u32(at)? != size {
            return Ok(Flow::status(Status::INFO_LENGTH_MISMATCH));
        }
        let number = guest.read_u32(at + config::PROFILE)?;
        if [7, 8].contains(&number) {
            return Err(Failure::not_modelled("a DMA enabler of a system profile"));
        }
        let Some((lines, scatters)) = profile(number) else {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        };
        if guest.read_u64(at + config::MAXIMUM_LENGTH)? == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        for callback in 0..6 {
            if guest.read_u64(at + config::CALLBACKS + 8 * callback)? != 0 {
                return Err(Failure::not_modelled(
                    "callbacks of a DMA enabler on the way to D0 and back",
                ));
            }
        }
        let mut enabler = Enabler {
            lines,
            // The adapter asks for no alignment, and packet profiles leave out the device's.
            alignment: if scatters {
                self.wdf.device.alignment.into()
            } else {
                0
            },
        };
        if size == config::SIZE {
            let width = guest.read_u32(at + config::ADDRESS_WIDTH)?;
            if lines == 32 && width > 32 {
                return self.refused_by_verifier(
                    "AddressWidthOverride is beyond the 32 bits of the DMA profile",
                );
            }
            let (lowest, widened) = INTERFACES;
            let needed = if width == 0 { lowest } else { widened };
            let version = match guest.read_u32(at + config::VERSION)? {
                0 => needed,
                version if version < needed => {
                    return self.refused_by_verifier(
                        "WdmDmaVersionOverride is below what the other settings need",
                    );
                }
                version => version,
            };
            let single = guest.read_u32(at + config::FLAGS)? & SINGLE_TRANSFER != 0;
            if single && (minor < 19 || version != widened) {
                return self.refused_by_verifier(
                    "a single transfer is required, which takes KMDF 1.19 and version 3 of DMA",
                );
            }
            match width {
                0 => {}
                27.. => enabler.lines = width,
                _ => {
                    return Err(Failure::not_modelled(
                        "a device that drives fewer than 27 address lines",
                    ));
                }
            }
        }
        let handle = self.new_wdf_object(guest, Kind::DmaEnabler, parent, &attributes)?;
        self.wdf.dma.enablers.insert(handle, enabler);
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// Makes a common buffer of an enabler, aligned by a mask.
    fn create_common_buffer(
        &mut self,
        guest: &mut Guest,
        (enabler, alignment): (u64, u64),
        length: u64,
        (attributes, out): (u64, u64),
    ) -> Result<Flow<A>, Failure> {
        guest.write_u64(out, 0)?;
        if length == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        if attributes.parent != 0 {
            return Ok(Flow::status(Status::WDF_PARENT_ASSIGNMENT_NOT_ALLOWED));
        }
        let lines = self.wdf.dma.enablers[&enabler].lines;
        // What is aligned to less than a page is so by itself, but for drivers of older releases.
        let minor = self.wdf.driver.bound_minor.unwrap_or_default();
        let raw = if alignment > PAGE - 1 || minor < 11 {
            length.checked_add(alignment)
        } else {
            Some(length)
        };
        let raw = raw.filter(|raw| u32::try_from(*raw).is_ok());
        let memory = match raw {
            Some(raw) => self.kernel.allocate_common_buffer(guest, raw, lines)?,
            None => None,
        };
        let Some(memory) = memory else {
            return Ok(Flow::status(Status::INSUFFICIENT_RESOURCES));
        };
        let base = bus_address(memory.address, lines);
        let aligned = (base + alignment) & !alignment;
        let handle = self.new_wdf_object(guest, Kind::CommonBuffer, enabler, &attributes)?;
        let buffer = Buffer {
            memory,
            offset: aligned - base,
            length,
            lines,
        };
        self.wdf.dma.buffers.insert(handle, buffer);
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfCommonBufferCreate`.
    pub(crate) fn wdf_common_buffer_create(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let enabler = self.wdf_handle(guest, 1, Kind::DmaEnabler)?;
        let (length, attributes, out) =
            (guest.argument(2)?, guest.argument(3)?, guest.argument(4)?);
        let alignment = self.wdf.dma.enablers[&enabler].alignment;
        self.create_common_buffer(guest, (enabler, alignment), length, (attributes, out))
    }

    /// `WdfCommonBufferCreateWithConfig`.
    pub(crate) fn wdf_common_buffer_create_with_config(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let enabler = self.wdf_handle(guest, 1, Kind::DmaEnabler)?;
        let (length, at) = (guest.argument(2)?, guest.argument(3)?);
        let (attributes, out) = (guest.argument(4)?, guest.argument(5)?);
        if guest.read_u32(at)? != BUFFER_CONFIG_SIZE {
            return Ok(Flow::status(Status::INFO_LENGTH_MISMATCH));
        }
        let alignment = guest.read_u32(at + 4)?.into();
        self.create_common_buffer(guest, (enabler, alignment), length, (attributes, out))
    }

    fn common_buffer(&self, guest: &Guest) -> Result<Buffer, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::CommonBuffer)?;
        self.wdf.dma.buffers.get(&handle).copied().ok_or_else(|| {
            Failure::new(
                Rule::BadHandle,
                format!("the common buffer {handle:#x} is used when its memory is freed"),
            )
        })
    }

    /// `WdfCommonBufferGetAlignedVirtualAddress`.
    pub(crate) fn wdf_common_buffer_get_aligned_virtual_address(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let buffer = self.common_buffer(guest)?;
        Ok(Flow::Return(buffer.memory.address + buffer.offset))
    }

    /// `WdfCommonBufferGetAlignedLogicalAddress`.
    pub(crate) fn wdf_common_buffer_get_aligned_logical_address(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let buffer = self.common_buffer(guest)?;
        let base = bus_address(buffer.memory.address, buffer.lines);
        Ok(Flow::Return(base + buffer.offset))
    }

    /// `WdfCommonBufferGetLength`.
    pub(crate) fn wdf_common_buffer_get_length(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        Ok(Flow::Return(self.common_buffer(guest)?.length))
    }

    /// `WdfDeviceGetAlignmentRequirement`.
    pub(crate) fn wdf_device_get_alignment_requirement(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        Ok(Flow::Return(self.wdf.device.alignment.into()))
    }

    /// `WdfDeviceSetAlignmentRequirement`.
    pub(crate) fn wdf_device_set_alignment_requirement(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        self.wdf.device.alignment = guest.argument_u32(2)?;
        Ok(Flow::Return(0))
    }

    /// The memory of a common buffer goes.
    pub(super) fn free_common_buffer(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<(), Failure> {
        match self.wdf.dma.buffers.remove(&handle) {
            Some(buffer) => self.kernel.free_common_buffer(guest, buffer.memory),
            None => Ok(()),
        }
    }
}
