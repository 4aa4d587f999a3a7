//! A mock port driver in the test process, for tests on a host.
//!
//! It is a test back end and simulates as much of VIDEOPRT.SYS as the adapter calls, no more. A
//! [`PortDriver`] is what `DriverEntry` is called with; an [`Adapter`] is one device extension, whose
//! interrupt any thread can fire; [`Faults`] make the port driver exclude less than its page says.

mod adapter;
mod port;
pub(super) mod routines;

use core::ffi::c_void;
use std::{
    boxed::Box,
    sync::{Mutex, MutexGuard, PoisonError},
    vec::Vec,
};

use super::sys::HwInitializationData;

pub use adapter::Adapter;
pub use port::{Faults, Fired, Reply};

/// What `DriverEntry` of a miniport meets.
#[derive(Debug)]
pub struct PortDriver {
    entry: Box<Mutex<Entry>>,
}

#[derive(Debug)]
struct Entry {
    largest: u32,
    offered: Vec<u32>,
    accepted: Option<HwInitializationData>,
}

impl PortDriver {
    /// A port driver that knows the structure up to `largest` bytes.
    #[must_use]
    pub fn knowing(largest: u32) -> Self {
        Self {
            entry: Box::new(Mutex::new(Entry {
                largest,
                offered: Vec::new(),
                accepted: None,
            })),
        }
    }

    /// A port driver of Windows XP or later.
    #[must_use]
    pub fn new() -> Self {
        Self::knowing(144)
    }

    /// The first argument of `DriverEntry`; the second is null.
    #[must_use]
    pub fn argument(&self) -> *mut c_void {
        (&raw const *self.entry).cast_mut().cast()
    }

    /// The sizes in which the structure was offered.
    #[must_use]
    pub fn offered(&self) -> Vec<u32> {
        self.lock().offered.clone()
    }

    /// The structure that was accepted.
    #[must_use]
    pub fn accepted(&self) -> Option<HwInitializationData> {
        self.lock().accepted
    }

    /// A device of the accepted miniport, with a zeroed extension, whose interrupt has this level and vector.
    ///
    /// # Panics
    ///
    /// Where no structure was accepted.
    #[must_use]
    pub fn add(&self, level: u32, vector: u32) -> Adapter {
        let data = self.accepted().expect("DriverEntry has succeeded");
        Adapter::new(data, level, vector)
    }

    fn lock(&self) -> MutexGuard<'_, Entry> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for PortDriver {
    fn default() -> Self {
        Self::new()
    }
}
