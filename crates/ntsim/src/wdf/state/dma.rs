//! What a driver has made for direct memory access.

use std::collections::BTreeMap;

use crate::kernel::state::dma::CommonBuffer;

/// A DMA enabler (`FxDmaEnabler`).
#[derive(Clone, Copy, Debug)]
pub(in crate::wdf) struct Enabler {
    /// How many address lines the device drives.
    pub(in crate::wdf) lines: u32,
    /// The alignment of its common buffers, as a mask.
    pub(in crate::wdf) alignment: u64,
}

/// A common buffer object (`FxCommonBuffer`).
#[derive(Clone, Copy, Debug)]
pub(in crate::wdf) struct Buffer {
    pub(in crate::wdf) memory: CommonBuffer,
    /// How far behind the beginning of the memory the aligned part begins.
    pub(in crate::wdf) offset: u64,
    /// As it was asked for, in bytes.
    pub(in crate::wdf) length: u64,
    pub(in crate::wdf) lines: u32,
}

/// All of them, by their handles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dma {
    pub(in crate::wdf) enablers: BTreeMap<u64, Enabler>,
    pub(in crate::wdf) buffers: BTreeMap<u64, Buffer>,
}
