//! The `DRIVER_OBJECT` that the I/O manager makes.

/// The size of a `DRIVER_OBJECT`, and offsets in it.
pub(in crate::kernel) const DRIVER_OBJECT_SIZE: u64 = 336;
pub(in crate::kernel) const DRIVER_INIT: u64 = 88;
pub(crate) const DRIVER_UNLOAD: u64 = 104;

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
