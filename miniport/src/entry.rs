//! `DriverEntry`: tells the port driver what the callbacks are.

use core::ffi::c_void;

use crate::probe::Probe;

/// Where Windows enters the driver.
///
/// # Safety
///
/// Windows calls it once, at `PASSIVE_LEVEL`, with the two arguments of a driver's entry.
#[unsafe(export_name = "DriverEntry")]
pub(crate) unsafe extern "system" fn driver_entry(
    argument1: *mut c_void,
    argument2: *mut c_void,
) -> u32 {
    // SAFETY: This is DriverEntry, and the arguments are those of this call.
    unsafe { dirql_video::initialize::<Probe>(argument1, argument2) }
}

/// An address in the image, so that there is something to relocate: where nothing is, the linker leaves the
/// relocation table out, and an image without one counts as fixed to its base. Exported, so that it stays.
#[unsafe(export_name = "DirqlVideoEntry")]
static ENTRY: unsafe extern "system" fn(*mut c_void, *mut c_void) -> u32 = driver_entry;
