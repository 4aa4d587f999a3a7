//! Files, and what the driver wants to know of them.

use crate::wdf::attributes::Attributes;

/// `WDF_FILEOBJECT_CONFIG`, read, and the attributes that file objects are made with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileConfig {
    pub(in crate::wdf) create: u64,
    pub(in crate::wdf) close: u64,
    pub(in crate::wdf) cleanup: u64,
    /// Whether the framework makes an object for a file.
    pub(in crate::wdf) has_objects: bool,
    /// None where the driver gave none.
    pub(in crate::wdf) attributes: Option<Attributes>,
}

impl FileConfig {
    pub(in crate::wdf) const SIZE: u32 = 40;
    pub(in crate::wdf) const EVT_DEVICE_FILE_CREATE: u64 = 8;
    pub(in crate::wdf) const EVT_FILE_CLOSE: u64 = 16;
    pub(in crate::wdf) const EVT_FILE_CLEANUP: u64 = 24;
    pub(in crate::wdf) const FILE_OBJECT_CLASS: u64 = 36;
}

/// `WDF_FILEOBJECT_CLASS`, without `WdfFileObjectCanBeOptional`.
pub(in crate::wdf) const NOT_REQUIRED: u32 = 1;
pub(in crate::wdf) const CANNOT_USE_FS_CONTEXTS: u32 = 4;
pub(in crate::wdf) const CAN_BE_OPTIONAL: u32 = 0x8000_0000;

/// An open file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File {
    /// The framework's handle, 0 where it makes none.
    pub(in crate::wdf) object: u64,
    /// Where its name stands: a `UNICODE_STRING`.
    pub(in crate::wdf) name: u64,
    /// Its last handle is closed, and the cleanup is done.
    pub(in crate::wdf) cleaned_up: bool,
    /// Threads that have begun to send by the handle: the I/O manager keeps the file for each.
    pub(in crate::wdf) senders: u32,
}
