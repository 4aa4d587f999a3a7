//! `VideoPortInitialize`: what the miniport says of itself, and what is refused (nf-video-videoportinitialize).

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    video_port::{
        PortDriver,
        state::{frame::VideoFrame, miniport::Miniport},
    },
};

/// The sizes of `VIDEO_HW_INITIALIZATION_DATA`: of Windows XP, Windows 2000 and Windows NT 4.0.
const SIZES: [u32; 3] = [144, 140, 64];

impl<A: Holds<VideoFrame>> PortDriver<'_, A> {
    /// `VideoPortInitialize`.
    pub(crate) fn video_port_initialize(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (object, path) = (guest.argument(0)?, guest.argument(1)?);
        let (data, context) = (guest.argument(2)?, guest.argument(3)?);
        let bad = |what: &str| {
            Err(Failure::new(
                Rule::BadArgument,
                format!("VideoPortInitialize {what}"),
            ))
        };
        if !self.video_port.in_driver_entry() {
            return bad("was called outside of DriverEntry");
        }
        if [object, path] != self.kernel.driver_object.entry_arguments()[..] {
            return bad("was given other arguments than DriverEntry's");
        }
        if context != 0 {
            return bad("was given a context, which must be NULL");
        }
        let size = guest.read_u32(data)?;
        let known = self.video_port.init_size_max.unwrap_or(SIZES[0]);
        self.kernel
            .note(format!("VIDEO_HW_INITIALIZATION_DATA of {size} bytes"));
        if !SIZES.contains(&size) || size > known {
            return Ok(Flow::status(Status::REVISION_MISMATCH));
        }
        // What lies behind the size is not the port driver's to look at.
        let at = |offset: u64| {
            if offset + 8 <= u64::from(size) {
                guest.read_u64(data + offset)
            } else {
                Ok(0)
            }
        };
        let miniport = Miniport {
            find_adapter: at(8)?,
            initialize: at(16)?,
            interrupt: at(24)?,
            start_io: at(32)?,
            extension_size: guest.read_u32(data + 40)?,
            set_power: at(72)?,
            get_power: at(80)?,
            child: at(88)?,
        };
        if [
            miniport.find_adapter,
            miniport.initialize,
            miniport.start_io,
        ]
        .contains(&0)
        {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        // A miniport for plug and play supplies both (nc-video-pvideo_hw_power_set).
        if (miniport.set_power == 0) != (miniport.get_power == 0) {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        if self.kernel.is_pageable(miniport.interrupt) {
            return bad("was given a pageable HwVidInterrupt");
        }
        self.video_port.miniport = Some(miniport);
        Ok(Flow::status(Status::SUCCESS))
    }
}
