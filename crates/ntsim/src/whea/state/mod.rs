//! What WHEA and PSHED remember. None of it reaches their routines.

pub(crate) mod device_driver;
pub(crate) mod frame;
pub(crate) mod orders;
pub(crate) mod plugin;
pub(crate) mod report;
pub(crate) mod source;
