//! Something that happens to the adapter at a chosen instruction.

/// A write to the adapter's first window that does not come from the miniport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stimulus {
    /// Before which instruction of the next synchronize routine it happens, counted from 0. Instructions of
    /// an interrupt that comes in between do not count.
    pub instruction: u64,
    /// The offset of the register.
    pub offset: u64,
    /// What is written.
    pub value: u32,
}

/// A stimulus that waits for its instruction.
#[derive(Clone, Debug, Default)]
pub(in crate::video_port) struct Armed {
    pub(in crate::video_port) next: Option<Stimulus>,
    pub(in crate::video_port) fired: u64,
}
