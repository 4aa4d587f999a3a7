//! Two accesses that race.

use crate::kernel::race::shadow::Record;

/// Two accesses that race.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met {
    /// When the earlier one was made, in instructions of the run.
    pub(super) earlier_at: u32,
    /// The processor that made it.
    pub(super) earlier_cpu: u8,
    /// The instructions, relative to the image: of the later one, and of the earlier.
    pub(super) rvas: [u32; 2],
}

impl Met {
    pub(super) const fn of(earlier: &Record, new: &Record) -> Self {
        Self {
            earlier_at: earlier.at,
            earlier_cpu: earlier.cpu,
            rvas: [new.rva, earlier.rva],
        }
    }
}
