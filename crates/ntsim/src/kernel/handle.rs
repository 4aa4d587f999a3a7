//! Kernel handles.

use std::collections::BTreeMap;

use crate::{Failure, Status, activation::Flow, guest::Guest, sim::Sim};

/// What a handle names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    /// A thread, by the address of its object.
    Thread(u64),
}

/// The system process's handle table.
#[derive(Default)]
pub(crate) struct Handles {
    open: BTreeMap<u64, Object>,
    next: u64,
}

/// Kernel handles have the top bit set, and are multiples of 4.
const FIRST: u64 = 0xFFFF_FFFF_8000_0004;

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

impl Sim {
    /// `ZwClose`.
    pub(crate) fn zw_close(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let handle = guest.argument(0)?;
        Ok(Flow::status(
            match self.kernel.handles.open.remove(&handle) {
                Some(_) => Status::SUCCESS,
                None => Status::INVALID_HANDLE,
            },
        ))
    }
}
