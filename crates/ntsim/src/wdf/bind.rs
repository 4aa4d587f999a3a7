//! Binding a driver to the framework: the exports of WDFLDR.SYS.

use nt_model::{Failure, Rule, Status};

use crate::{
    declared,
    guest::{Guest, layout},
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework, MODULE,
        state::{frame::WdfFrame, release::Release},
    },
};

/// The size of `WDF_BIND_INFO`, which stubs before 1.25 report, and of `WDF_BIND_INFO2`, which later ones do.
const BIND_INFO_SIZE: u32 = 48;
const BIND_INFO2_SIZE: u32 = 88;
/// Up to so many functions, those of 1.13, the framework fills the stub's own table; a later stub has a pointer to one.
const COPIED_MAX: u32 = 438;

/// Where things stand in a `WDF_BIND_INFO2`, whose first 48 bytes are a `WDF_BIND_INFO` (fxldr.h).
mod field {
    pub(super) const COMPONENT: u64 = 8;
    pub(super) const MAJOR: u64 = 16;
    pub(super) const MINOR: u64 = 20;
    pub(super) const FUNCTION_COUNT: u64 = 28;
    pub(super) const FUNCTION_TABLE: u64 = 32;
    pub(super) const MINIMUM_VERSION: u64 = 48;
    pub(super) const CLIENT_IS_NEWER: u64 = 56;
    pub(super) const FUNCTION_COUNT_POINTER: u64 = 64;
    pub(super) const STRUCTURE_COUNT_POINTER: u64 = 72;
    pub(super) const STRUCTURE_TABLE: u64 = 80;
}

/// `WDF_CLASS_BIND_INFO.ClassName`.
const CLASS_NAME: u64 = 8;
/// The longest name of a class that is read.
const CLASS_NAME_MAX: u64 = 64;

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
        if ![BIND_INFO_SIZE, BIND_INFO2_SIZE].contains(&size) {
            return Err(bad(format!(
                "WDF_BIND_INFO has the size {size}, not {BIND_INFO_SIZE} or {BIND_INFO2_SIZE}"
            )));
        }
        let component = guest.read_u64(info + field::COMPONENT)?;
        let name: Vec<u8> = "KmdfLibrary\0"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        if guest.read_vec(component, name.len())? != name {
            return Err(bad(
                "WDF_BIND_INFO names another component than KmdfLibrary".to_owned(),
            ));
        }
        let release = self.wdf.release;
        let (major, minor, count) = (
            guest.read_u32(info + field::MAJOR)?,
            guest.read_u32(info + field::MINOR)?,
            guest.read_u32(info + field::FUNCTION_COUNT)?,
        );
        self.kernel
            .note(format!("bind to KMDF {major}.{minor}, {count} functions"));
        // A stub that reports no minimum needs what it was built for.
        let minimum = if size == BIND_INFO2_SIZE {
            guest.read_u32(guest.read_u64(info + field::MINIMUM_VERSION)?)?
        } else {
            minor
        };
        if major != 1 || minimum > release.minor() {
            self.kernel.note(format!(
                "the driver needs KMDF {major}.{minimum}, and 1.{} is installed",
                release.minor()
            ));
            return Ok(Flow::status(Status::REVISION_MISMATCH));
        }
        let provided = release.functions();
        let is_newer = minor > release.minor();
        if count > provided && !is_newer || !Release::is_count(count) {
            return Err(bad(format!(
                "the driver was built for {count} framework functions: no release up to KMDF 1.{} has as many",
                release.minor()
            )));
        }
        let allowed = count.min(provided);
        self.write_functions(guest, info, count, allowed)?;
        if size == BIND_INFO2_SIZE {
            self.tell_of_release(guest, info, is_newer, allowed)?;
        }

        self.wdf.globals = self.kernel.system_data(GLOBALS_SIZE);
        self.wdf.driver.bound_minor = Some(minor);
        guest.write_u64(globals_out, self.wdf.globals)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// Writes the addresses of the functions where a stub that was built for `count` expects them.
    fn write_functions(
        &mut self,
        guest: &mut Guest,
        info: u64,
        count: u32,
        allowed: u32,
    ) -> Result<(), Failure> {
        let names = declared::functions();
        let place = guest.read_u64(info + field::FUNCTION_TABLE)?;
        let table = if count <= COPIED_MAX {
            place
        } else {
            let table = self.kernel.system_data(8 * names.len() as u64);
            guest.write_u64(place, table)?;
            self.wdf.driver.functions = place;
            table
        };
        for (index, name) in names.iter().take(allowed as usize).enumerate() {
            let address = self.kernel.traps.address_of(MODULE, name);
            guest.write_u64(table + 8 * index as u64, address)?;
        }
        Ok(())
    }

    /// Writes what a stub from 1.25 on wants to know of the framework, each where it points.
    fn tell_of_release(
        &mut self,
        guest: &mut Guest,
        info: u64,
        is_newer: bool,
        allowed: u32,
    ) -> Result<(), Failure> {
        let structures = self.wdf.release.structures();
        let pointer = |guest: &Guest, field: u64| guest.read_u64(info + field);
        guest.write_u8(pointer(guest, field::CLIENT_IS_NEWER)?, is_newer.into())?;
        // The stub keeps its own count of functions and that of the bind information in step.
        guest.write_u32(info + field::FUNCTION_COUNT, allowed)?;
        guest.write_u32(pointer(guest, field::FUNCTION_COUNT_POINTER)?, allowed)?;
        let count = pointer(guest, field::STRUCTURE_COUNT_POINTER)?;
        guest.write_u32(count, structures.len() as u32)?;
        let table = layout::FRAMEWORK_TABLE;
        let sizes: Vec<u8> = structures.into_iter().flat_map(u64::to_le_bytes).collect();
        guest.write(table, &sizes)?;
        guest.write_u64(pointer(guest, field::STRUCTURE_TABLE)?, table)
    }

    /// `WdfVersionBindClass` and `WdfVersionUnbindClass`, which a stub calls for each class extension that the driver
    /// is linked with: an ordinary driver is linked with none.
    pub(crate) fn wdf_version_bind_class(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let name = guest.read_u64(guest.argument(2)? + CLASS_NAME)?;
        let mut units = Vec::new();
        for at in 0..CLASS_NAME_MAX {
            match guest.read_u16(name + 2 * at)? {
                0 => break,
                unit => units.push(unit),
            }
        }
        Err(Failure::not_modelled(format!(
            "the driver is a client of the class extension {}, which the simulator does not model",
            String::from_utf16_lossy(&units)
        )))
    }

    /// `WdfVersionUnbind`.
    pub(crate) fn wdf_version_unbind(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        if self.wdf.driver.bound_minor.take().is_none() {
            return Err(bad(
                "WdfVersionUnbind was called by a driver that is not bound".to_owned(),
            ));
        }
        // What an entry that failed has made (`FxLibraryCommonUnregisterClient`).
        self.end_driver(guest, Status::SUCCESS.into())
    }
}
