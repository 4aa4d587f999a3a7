//! Kernel handles.

use std::collections::BTreeMap;

/// What a handle names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    /// A thread, by the address of its object.
    Thread(u64),
    /// An open file, by its handle.
    File,
}

/// The system process's handle table.
#[derive(Clone, Default)]
pub(crate) struct Handles {
    pub(in crate::kernel) open: BTreeMap<u64, Object>,
    pub(in crate::kernel) next: u64,
}

/// Kernel handles have the top bit set, and are multiples of 4.
pub(in crate::kernel) const FIRST: u64 = 0xFFFF_FFFF_8000_0004;

impl Handles {
    pub(crate) fn open(&mut self, object: Object) -> u64 {
        let handle = FIRST + 4 * self.next;
        self.next += 1;
        self.open.insert(handle, object);
        handle
    }

    pub(crate) fn get(&self, handle: u64) -> Option<Object> {
        self.open.get(&handle).copied()
    }

    /// The handles that are open.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&u64, &Object)> {
        self.open.iter()
    }
}
