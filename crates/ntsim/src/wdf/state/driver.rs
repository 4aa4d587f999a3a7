//! The driver object.

use crate::wdf::attributes::Constraints;

/// The driver.
#[derive(Clone, Debug, Default)]
pub(crate) struct Driver {
    /// The framework's handle.
    pub(crate) handle: u64,
    pub(crate) device_add: u64,
    pub(in crate::wdf) unload: u64,
    /// It has no device of the `PnP` manager's.
    pub(in crate::wdf) non_pnp: bool,
    /// The copy of the path of its service key that it was given; 0 where it was given none.
    pub(in crate::wdf) registry_path: u64,
    /// What devices inherit.
    pub(in crate::wdf) constraints: Constraints,
    /// Where the driver keeps the address of the framework's functions, once it is bound; 0 where it has a table of its own.
    pub(crate) functions: u64,
    /// The minor version that the driver is bound to.
    pub(crate) bound_minor: Option<u32>,
}
