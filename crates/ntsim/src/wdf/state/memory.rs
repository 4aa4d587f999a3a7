//! Memory objects: a buffer behind a handle.

/// Whose the buffer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backing {
    /// The object's: it is freed with it.
    Own,
    /// The driver's.
    Driver,
    /// A request's, until that is complete.
    Request,
}

/// A memory object (`FxMemoryObject`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(in crate::wdf) buffer: u64,
    pub(in crate::wdf) size: u64,
    pub(in crate::wdf) backing: Backing,
}
