//! What the routines of the mock port driver work on: an adapter's lock and its DPC, and how both misbehave.

use core::{
    ffi::c_void,
    sync::atomic::{AtomicBool, Ordering},
};
use std::{
    sync::{Mutex, PoisonError},
    thread,
    vec::Vec,
};

use dirql::{
    Dispatch, Level,
    mock::{at_irql, irql},
};

use crate::sys::{DpcRoutine, Priority, SynchronizeRoutine};

/// The level at which the mock's adapters interrupt.
pub(super) const DEVICE_LEVEL: u8 = 9;

/// How the port driver misbehaves, or uses the room that its documentation leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// Medium and high priority exclude nothing, although an interrupt is connected.
    pub degraded: bool,
    /// How often the routine is called.
    pub calls: u32,
    /// The BOOLEAN that comes back, where it is not the routine's.
    pub raw: Option<u8>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            degraded: false,
            calls: 1,
            raw: None,
        }
    }
}

/// What became of an interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fired {
    /// The port driver has connected none.
    NotConnected,
    /// This thread's processor masks it.
    Masked,
    /// The miniport claimed it.
    Claimed,
    /// The miniport said that it is another device's.
    NotMine,
}

/// What a request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The `VP_STATUS`.
    pub status: i32,
    /// The output, as long as the miniport says it is.
    pub output: Vec<u8>,
}

/// What the routines of the port driver find behind an extension.
pub(super) struct Port {
    pub(super) connected: AtomicBool,
    pub(super) lock: AtomicBool,
    pub(super) faults: Mutex<Faults>,
    pub(super) dpcs: Mutex<Vec<DpcRoutine>>,
}

impl Port {
    /// # Safety
    ///
    /// The routine may be called with the context.
    pub(super) unsafe fn synchronize(
        &self,
        priority: Priority,
        routine: SynchronizeRoutine,
        context: *mut c_void,
    ) -> u8 {
        let faults = *self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let call = || {
            let mut returned = 0;
            for _ in 0..faults.calls {
                // SAFETY: As the caller promises.
                returned = unsafe { routine(context) };
            }
            returned
        };
        let excludes =
            priority != Priority::Low && self.connected.load(Ordering::Acquire) && !faults.degraded;
        let returned = if excludes {
            at_irql(DEVICE_LEVEL, || self.locked(call))
        } else {
            at_irql(irql().max(Dispatch::MAX), call)
        };
        faults.raw.unwrap_or(returned)
    }

    pub(super) fn queue_dpc(&self, routine: DpcRoutine) -> bool {
        assert!(irql() >= Dispatch::MAX, "VideoPortQueueDpc from below");
        let mut dpcs = self.dpcs.lock().unwrap_or_else(PoisonError::into_inner);
        let first = dpcs.is_empty();
        if first {
            dpcs.push(routine);
        }
        first
    }

    pub(super) fn locked<R>(&self, body: impl FnOnce() -> R) -> R {
        while self
            .lock
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            thread::yield_now();
        }
        let result = body();
        self.lock.store(false, Ordering::Release);
        result
    }
}
