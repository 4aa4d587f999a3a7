//! The resources that the device was assigned.

/// `CM_PARTIAL_RESOURCE_DESCRIPTOR`: 20 bytes, packed to 4.
pub(in crate::wdf) const DESCRIPTOR_SIZE: usize = 20;

/// A resource of a list (`FxResourceCm`).
#[derive(Clone, Copy, Debug)]
pub(in crate::wdf) struct Descriptor {
    pub(in crate::wdf) bytes: [u8; DESCRIPTOR_SIZE],
    /// Where the copy stands that the driver is shown.
    pub(in crate::wdf) shown_at: u64,
}

/// The two lists, which have the same order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resources {
    /// The handle of the raw list.
    pub(crate) raw: u64,
    /// The handle of the translated list.
    pub(crate) translated: u64,
    /// The descriptors, raw and translated.
    pub(in crate::wdf) descriptors: [Vec<Descriptor>; 2],
}
