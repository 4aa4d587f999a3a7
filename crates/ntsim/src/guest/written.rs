//! Which pages of the guest's memory were ever written, by the guest or for it.
//!
//! Memory is zero when it is mapped, so what was never written is zero: to go back to a snapshot, or to leave nothing of a
//! machine, takes no look at it.

use rustc_hash::FxHashSet;

use crate::guest::layout::PAGE;

/// The pages, by their addresses. It only grows, for the emulator asks once before it lets the guest write to a page.
#[derive(Debug, Default)]
pub(crate) struct Written(FxHashSet<u64>);

impl Written {
    /// So many bytes are written.
    pub(crate) fn note(&mut self, address: u64, length: u64) {
        let (first, last) = (address & !(PAGE - 1), address.wrapping_add(length));
        let mut page = first;
        while page < last {
            self.0.insert(page);
            page += PAGE;
        }
    }

    /// Whether the page at an address was ever written.
    pub(crate) fn has(&self, page: u64) -> bool {
        self.0.contains(&page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_that_a_write_touches_is_known() {
        let mut written = Written::default();
        written.note(0x1FFF, 2);
        written.note(0x5000, 0x1000);
        written.note(0x8000, 0);
        let known = [0x1000, 0x2000, 0x5000].map(|page| written.has(page));
        let unknown = [0, 0x3000, 0x4000, 0x6000, 0x8000].map(|page| written.has(page));
        assert_eq!((known, unknown), ([true; 3], [false; 5]));
    }
}
