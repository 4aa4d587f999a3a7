//! Binding a driver to the framework: `WdfVersionBind` of WDFLDR.SYS.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{Framework, MODULE, state::frame::WdfFrame},
};

/// The framework that is installed on the simulated machine: KMDF 1.31, as on Windows 10 2004.
pub(crate) const MINOR: u32 = 31;
/// The names of the framework's functions in the order of the table, 458 in 1.31.
const FUNCTION_NAMES: &str = include_str!("function_names.txt");
/// The size of `WDF_BIND_INFO` as stubs from 1.25 on report it.
const BIND_INFO_SIZE: u32 = 88;
/// `WDF_STRUCTURE_TABLE_NUM_ENTRIES`.
const STRUCTURE_COUNT: u32 = 81;
/// `WDF_DRIVER_GLOBALS`: its size, and `DisplaceDriverUnload`.
const GLOBALS_SIZE: u64 = 56;
pub(crate) const DISPLACE_DRIVER_UNLOAD: u64 = 48;

fn bad(what: String) -> Failure {
    Failure::new(Rule::BadArgument, what)
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfVersionBind`.
    pub(crate) fn wdf_version_bind(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (info, globals_out) = (guest.argument(2)?, guest.argument(3)?);
        let size = guest.read_u32(info)?;
        if size != BIND_INFO_SIZE {
            return Err(bad(format!(
                "WDF_BIND_INFO has the size {size}, not {BIND_INFO_SIZE}"
            )));
        }
        let component = guest.read_u64(info + 8)?;
        let name: Vec<u8> = "KmdfLibrary\0"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        if guest.read_vec(component, name.len())? != name {
            return Err(bad(
                "WDF_BIND_INFO names another component than KmdfLibrary".to_owned(),
            ));
        }
        let (major, minor, count) = (
            guest.read_u32(info + 16)?,
            guest.read_u32(info + 20)?,
            guest.read_u32(info + 28)?,
        );
        self.kernel
            .note(format!("bind to KMDF {major}.{minor}, {count} functions"));
        if major != 1 || minor > MINOR {
            return Ok(Flow::status(Status::REVISION_MISMATCH));
        }
        let names: Vec<&'static str> = FUNCTION_NAMES.lines().collect();
        if count as usize > names.len() {
            return Err(bad(format!(
                "the driver was built for {count} framework functions, KMDF 1.{MINOR} has {}",
                names.len()
            )));
        }
        let table = self.kernel.system_data(8 * names.len() as u64);
        for (index, name) in names.into_iter().take(count as usize).enumerate() {
            let address = self.kernel.traps.address_of(MODULE, name);
            guest.write_u64(table + 8 * index as u64, address)?;
        }
        guest.write_u64(guest.read_u64(info + 32)?, table)?;
        let (higher, count_out) = (guest.read_u64(info + 56)?, guest.read_u64(info + 64)?);
        let (structures_out, structure_table_out) =
            (guest.read_u64(info + 72)?, guest.read_u64(info + 80)?);
        guest.write_u8(higher, 0)?;
        guest.write_u32(count_out, count)?;
        guest.write_u32(structures_out, STRUCTURE_COUNT)?;
        // The sizes of the framework's structures are not modelled: looking at them faults.
        let opaque = self.kernel.new_object();
        guest.write_u64(structure_table_out, opaque)?;

        self.wdf.globals = self.kernel.system_data(GLOBALS_SIZE);
        self.wdf.driver.bound_minor = Some(minor);
        guest.write_u64(globals_out, self.wdf.globals)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfVersionUnbind`.
    pub(crate) fn wdf_version_unbind(&mut self, _guest: &mut Guest) -> Result<Flow<A>, Failure> {
        if self.wdf.driver.bound_minor.take().is_none() {
            return Err(bad(
                "WdfVersionUnbind was called by a driver that is not bound".to_owned(),
            ));
        }
        Ok(Flow::status(Status::SUCCESS))
    }
}
