//! The resources that the device was assigned.

/// The two lists, which have the same order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resources {
    /// The handle of the raw list.
    pub(crate) raw: u64,
    /// The handle of the translated list.
    pub(crate) translated: u64,
    /// The addresses of the descriptors, raw and translated.
    pub(in crate::wdf) descriptors: [Vec<u64>; 2],
}
