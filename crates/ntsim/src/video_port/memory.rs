//! What else a miniport of an adapter with registers calls: its windows, its registers, its DPC.

use nt_model::{Failure, Rule};

use crate::{
    guest::{Guest, layout},
    kernel::{
        irql,
        state::{
            activation::Flow,
            dpc::{Dpc, DpcId},
            frame::Holds,
        },
    },
    video_port::{PortDriver, state::frame::VideoFrame},
};

/// `ERROR_INVALID_PARAMETER`, as a `VP_STATUS`.
const INVALID_PARAMETER: u64 = 87;
/// The first address for windows, where no memory is: registers are reached by the port driver's routines
/// (nf-video-videoportgetdevicebase).
const WINDOWS: u64 = layout::MMIO_BASE + (1 << 36);
/// How long a service routine may stall, in microseconds: "a very few".
const STALL_MAX: u32 = 10;

fn bad(what: impl Into<String>) -> Failure {
    Failure::new(Rule::BadArgument, what)
}

impl<A: Holds<VideoFrame>> PortDriver<'_, A> {
    /// Checks that the first argument is the adapter's extension.
    pub(super) fn video_extension(&self, guest: &Guest, routine: &str) -> Result<(), Failure> {
        let extension = guest.argument(0)?;
        if extension == self.video_port.adapter.extension && extension != 0 {
            Ok(())
        } else {
            Err(bad(format!(
                "{routine} was given {extension:#x}, which is not the device extension"
            )))
        }
    }

    /// `VideoPortGetAccessRanges`.
    pub(crate) fn video_port_get_access_ranges(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.video_extension(guest, "VideoPortGetAccessRanges")?;
        let (requested, count, ranges) = (
            guest.argument_u32(1)?,
            guest.argument_u32(3)?,
            guest.argument(4)?,
        );
        if !self.video_port.in_find_adapter() {
            return Err(bad(
                "VideoPortGetAccessRanges was called outside of HwVidFindAdapter",
            ));
        }
        if guest.argument(5)? != 0 || guest.argument(6)? != 0 {
            return Err(bad(
                "VideoPortGetAccessRanges was given a vendor or a device, which should be NULL",
            ));
        }
        if requested != 0 {
            return Err(Failure::not_modelled(
                "VideoPortGetAccessRanges with requested resources",
            ));
        }
        let bars: Vec<_> = self.kernel.device.bars().to_vec();
        if bars.iter().any(|bar| !bar.is_memory()) {
            return Err(Failure::not_modelled("an adapter at I/O ports"));
        }
        if (count as usize) < bars.len() {
            return Ok(Flow::Return(INVALID_PARAMETER));
        }
        for slot in 0..count as usize {
            let at = ranges + 16 * slot as u64;
            guest.write(at, &[0; 16])?;
            if let Some(bar) = bars.get(slot) {
                let start = layout::bar_physical(bar.index);
                guest.write_u64(at, start)?;
                guest.write_u32(at + 8, bar.size as u32)?;
            }
        }
        self.video_port.adapter.claimed = count != 0;
        Ok(Flow::Return(0))
    }

    /// `VideoPortGetDeviceBase`.
    pub(crate) fn video_port_get_device_base(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.video_extension(guest, "VideoPortGetDeviceBase")?;
        let (physical, length, io) = (
            guest.argument(1)?,
            guest.argument_u32(2)?,
            guest.argument_u8(3)?,
        );
        if !self.video_port.in_find_adapter() || !self.video_port.adapter.claimed {
            return Err(bad(
                "VideoPortGetDeviceBase was called outside of HwVidFindAdapter, or for a range that was not claimed",
            ));
        }
        let offset = physical.wrapping_sub(layout::BAR_PHYSICAL);
        let size = self.kernel.device.bars().first().map_or(0, |bar| bar.size);
        if io != 0 || length == 0 || offset.saturating_add(u64::from(length)) > size {
            return Err(bad(format!(
                "VideoPortGetDeviceBase was asked for {length:#x} bytes at {physical:#x}, which is not in the adapter's range"
            )));
        }
        let adapter = &mut self.video_port.adapter;
        let base = WINDOWS + adapter.mapped * layout::MMIO_STRIDE;
        adapter.mapped += 1;
        adapter.windows.insert(base, (offset, u64::from(length)));
        Ok(Flow::Return(base))
    }

    /// `VideoPortFreeDeviceBase`.
    pub(crate) fn video_port_free_device_base(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.video_extension(guest, "VideoPortFreeDeviceBase")?;
        let base = guest.argument(1)?;
        match self.video_port.adapter.windows.remove(&base) {
            Some(_) => Ok(Flow::Return(0)),
            None => Err(bad(format!(
                "VideoPortFreeDeviceBase was given {base:#x}, which is not mapped"
            ))),
        }
    }

    /// The offset in the first BAR that an address of a mapped window stands for.
    fn register_offset(&self, address: u64, routine: &str) -> Result<u64, Failure> {
        self.video_port
            .adapter
            .windows
            .range(..=address)
            .next_back()
            .filter(|(base, (_, length))| address - *base + 4 <= *length)
            .map(|(base, (offset, _))| offset + (address - base))
            .ok_or_else(|| {
                Failure::new(
                    Rule::BadAccess,
                    format!("{routine} was given {address:#x}, where no register is mapped"),
                )
            })
    }

    /// `VideoPortReadRegisterUlong`.
    pub(crate) fn video_port_read_register_ulong(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let offset = self.register_offset(guest.argument(0)?, "VideoPortReadRegisterUlong")?;
        Ok(Flow::Return(self.kernel.device_read(0, offset, 4)?))
    }

    /// `VideoPortWriteRegisterUlong`.
    pub(crate) fn video_port_write_register_ulong(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let value = guest.argument_u32(1)?;
        let offset = self.register_offset(guest.argument(0)?, "VideoPortWriteRegisterUlong")?;
        self.kernel.device_write(0, offset, 4, u64::from(value))?;
        Ok(Flow::Return(0))
    }

    /// `VideoPortQueueDpc`.
    pub(crate) fn video_port_queue_dpc(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        self.video_extension(guest, "VideoPortQueueDpc")?;
        let (extension, routine, context) =
            (guest.argument(0)?, guest.argument(1)?, guest.argument(2)?);
        if self.kernel.is_pageable(routine) {
            return Err(bad(
                "VideoPortQueueDpc was given a pageable routine; it must be nonpaged",
            ));
        }
        let dpc = Dpc {
            routine,
            arguments: vec![extension, context],
        };
        let queued = self.kernel.queue_dpc(DpcId(extension), dpc);
        Ok(Flow::Return(u64::from(queued)))
    }

    /// `VideoPortStallExecution`.
    pub(crate) fn video_port_stall_execution(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let microseconds = guest.argument_u32(0)?;
        if microseconds > STALL_MAX && self.in_restricted_routine() {
            return Err(bad(format!(
                "VideoPortStallExecution was asked for {microseconds} microseconds in HwVidInterrupt or a routine; a very few are allowed there"
            )));
        }
        self.kernel.cycles +=
            u64::from(microseconds) * 10 * crate::kernel::state::time::CYCLES_PER_UNIT;
        Ok(Flow::Return(0))
    }

    /// `VideoPortZeroMemory`.
    pub(crate) fn video_port_zero_memory(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (address, length) = (guest.argument(0)?, guest.argument_u32(1)?);
        guest.write(address, &vec![0; length as usize])?;
        Ok(Flow::Return(0))
    }

    /// `VideoPortLogError`.
    pub(crate) fn video_port_log_error(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        self.video_extension(guest, "VideoPortLogError")?;
        let error = guest.argument_u32(2)?.cast_signed();
        let unique = guest.argument_u32(3)?;
        self.kernel
            .note(format!("VideoPortLogError: VP_STATUS {error}, {unique:#x}"));
        Ok(Flow::Return(0))
    }

    /// `VideoPortWaitForSingleObject`: "a call while running at IRQL = `DISPATCH_LEVEL` is valid if and only if the
    /// caller specifies a timeout of zero" (nf-video-videoportwaitforsingleobject).
    pub(crate) fn video_port_wait_for_single_object(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let timeout = guest.argument(2)?;
        let looks_only = timeout != 0 && guest.read_u64(timeout)? == 0;
        if self.kernel.cpu().irql >= irql::DISPATCH && !looks_only {
            return Err(Failure::new(
                Rule::Irql,
                "VideoPortWaitForSingleObject was called at DISPATCH with another timeout than zero",
            ));
        }
        self.video_port_not_modelled(guest)
    }

    /// `VideoPortAllocatePool`: paged pool below DISPATCH only (nf-video-videoportallocatepool).
    pub(crate) fn video_port_allocate_pool(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        // VpPagedPool is 1, VpPagedPoolCacheAligned 5.
        let paged = guest.argument_u32(1)? & 1 != 0;
        if self.kernel.cpu().irql >= irql::DISPATCH && paged {
            return Err(Failure::new(
                Rule::Irql,
                "VideoPortAllocatePool was asked for paged pool at DISPATCH",
            ));
        }
        self.video_port_not_modelled(guest)
    }

    /// A routine that is known by name, so that a miniport that imports it loads, and nothing more.
    pub(crate) fn video_port_not_modelled(
        &mut self,
        _guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        Err(Failure::not_modelled(
            "the miniport called a routine of the port driver that the simulator knows by name only",
        ))
    }
}
