//! The `DRIVER_OBJECT` that the I/O manager makes.

/// The size of a `DRIVER_OBJECT`, and offsets in it.
pub(in crate::kernel) const DRIVER_OBJECT_SIZE: u64 = 336;
pub(in crate::kernel) const DRIVER_INIT: u64 = 88;
pub(crate) const DRIVER_UNLOAD: u64 = 104;

/// Offsets in a `DRIVER_OBJECT` (wdm.h, x64).
pub(in crate::kernel) mod field {
    pub(in crate::kernel) const DEVICE_OBJECT: u64 = 8;
    pub(in crate::kernel) const START: u64 = 24;
    pub(in crate::kernel) const SIZE: u64 = 32;
    pub(in crate::kernel) const SECTION: u64 = 40;
    pub(in crate::kernel) const EXTENSION: u64 = 48;
    pub(in crate::kernel) const NAME: u64 = 56;
    pub(in crate::kernel) const HARDWARE_DATABASE: u64 = 72;
    pub(in crate::kernel) const MAJOR_FUNCTION: u64 = 112;
    pub(in crate::kernel) const MAJOR_FUNCTIONS: u64 = 28;
}

/// Offsets in a `DRIVER_EXTENSION`, and its size.
pub(in crate::kernel) mod extension {
    pub(in crate::kernel) const DRIVER_OBJECT: u64 = 0;
    pub(in crate::kernel) const ADD_DEVICE: u64 = 8;
    pub(in crate::kernel) const SERVICE_KEY_NAME: u64 = 24;
    pub(in crate::kernel) const SIZE: u64 = 40;
}

/// The driver's service.
pub(in crate::kernel) const SERVICE_NAME: &str = "driver";
/// Where the registry describes the machine.
pub(in crate::kernel) const HARDWARE_DATABASE: &str =
    r"\REGISTRY\MACHINE\HARDWARE\DESCRIPTION\SYSTEM";
pub(in crate::kernel) const REGISTRY_PATH: &str =
    r"\Registry\Machine\System\CurrentControlSet\Services\driver";

/// What a driver's entry is given.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DriverObject {
    /// The address of the `DRIVER_OBJECT`.
    pub(crate) address: u64,
    /// The address of the path of the driver's service key, a `UNICODE_STRING`.
    pub(crate) registry_path: u64,
}

impl DriverObject {
    /// The arguments of the driver's entry.
    pub(crate) fn entry_arguments(self) -> Vec<u64> {
        vec![self.address, self.registry_path]
    }
}
