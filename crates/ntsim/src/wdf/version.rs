//! What the framework says of its own release, and the stop that a driver asks its verifier for.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        state::{
            frame::WdfFrame,
            memory::{Backing, Memory},
            object::Kind,
        },
    },
};

/// The major version of every release.
const MAJOR: u32 = 1;

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfDriverIsVersionAvailable`: of the major version that is there, each minor one up to its own.
    pub(crate) fn wdf_driver_is_version_available(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Driver)?;
        let asked = guest.argument(2)?;
        let size = guest.read_u32(asked)?;
        if size != 12 {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("WDF_DRIVER_VERSION_AVAILABLE_PARAMS has the size {size}, not 12"),
            ));
        }
        let (major, minor) = (guest.read_u32(asked + 4)?, guest.read_u32(asked + 8)?);
        let is_there = major == MAJOR && minor <= self.wdf.release.minor();
        Ok(Flow::Return(u64::from(is_there)))
    }

    /// `WdfDriverRetrieveVersionString`: the text is assigned to a string object.
    pub(crate) fn wdf_driver_retrieve_version_string(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Driver)?;
        let string = self.wdf_handle(guest, 2, Kind::String)?;
        let minor = self.wdf.release.minor();
        let text = format!("Kernel Mode Driver Framework (verifier on) version {MAJOR}.{minor}.0");
        let units = text.encode_utf16().chain([0]);
        let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        let buffer = self.kernel.kernel_allocate(guest, bytes.len() as u64)?;
        guest.write(buffer, &bytes)?;
        let assigned = Memory {
            buffer,
            size: bytes.len() as u64 - 2,
            backing: Backing::Own,
        };
        if let Some(before) = self.wdf.memories.insert(string, assigned) {
            self.kernel.kernel_free(guest, before.buffer)?;
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfVerifierDbgBreakPoint`: the driver has found something that should not be.
    pub(crate) fn wdf_verifier_dbg_break_point(
        &mut self,
        _guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.kernel.unless_off(Failure::new(
            Rule::WdfVerifier,
            "the driver calls WdfVerifierDbgBreakPoint, by which it stops at what should not be",
        ))?;
        Ok(Flow::Return(0))
    }
}
