//! A section: a run of pages of one protection.

use std::fmt;

use super::PAGE_SIZE;

/// What may be done with a section's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Protection {
    /// Data can be read.
    pub read: bool,
    /// Data can be written.
    pub write: bool,
    /// Instructions can be fetched.
    pub execute: bool,
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (on, letter) in [(self.read, 'R'), (self.write, 'W'), (self.execute, 'X')] {
            if on {
                write!(f, "{letter}")?;
            }
        }
        Ok(())
    }
}

/// A section of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name, at most eight characters.
    pub name: String,
    /// Where it begins, a multiple of [`PAGE_SIZE`].
    pub rva: u32,
    /// Its length in bytes, before rounding to pages.
    pub size: u32,
    /// What may be done with its pages.
    pub protection: Protection,
    /// NT frees it after the driver's entry point has returned.
    pub discardable: bool,
    /// NT may page it out, so that it must not be touched at `DISPATCH_LEVEL` or above: in a driver
    /// that is so for sections whose names begin with `PAGE` ("Making Drivers Pageable").
    pub pageable: bool,
}

impl Section {
    /// The length of its pages in bytes, a multiple of [`PAGE_SIZE`].
    #[must_use]
    pub fn mapped_size(&self) -> u32 {
        // No overflow: the layout check bounds a section's end by the image's size.
        self.size.next_multiple_of(PAGE_SIZE)
    }

    /// Whether an RVA lies in one of its pages.
    #[must_use]
    pub fn contains(&self, rva: u32) -> bool {
        rva.checked_sub(self.rva)
            .is_some_and(|offset| offset < self.mapped_size())
    }
}
