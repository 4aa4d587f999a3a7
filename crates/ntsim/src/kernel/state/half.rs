//! An instruction that has read memory and not yet written it.

/// What is looked at of an instruction that reads memory and writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Both.
    Whole,
    /// The read, behind which others go on.
    Read,
    /// The write, where the read was looked at before.
    Write,
}

/// The most bytes that an instruction changes by what it has read of them.
pub(in crate::kernel) const MOST: usize = 16;

/// What it has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Half {
    pub(in crate::kernel) address: u64,
    pub(in crate::kernel) length: usize,
    /// The bytes, as many as the length says.
    pub(in crate::kernel) bytes: [u8; MOST],
}

impl Half {
    /// What was there.
    pub(in crate::kernel) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
