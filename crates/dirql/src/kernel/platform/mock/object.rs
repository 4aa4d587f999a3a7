//! The interrupt object of the mock kernel: a routine, a lock, and the IRQL at which they go together.

use core::{
    cell::RefCell,
    ffi::c_void,
    ptr,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    vec::Vec,
};

use super::{
    bugcheck::{require, require_at_most},
    device::Faults,
    processor::{self, Dispatched},
    spin_lock,
};
use crate::kernel::platform::{
    PASSIVE_LEVEL,
    parameters::{Kinterrupt, MessageRoutine, ServiceRoutine, SynchronizeRoutine},
};

std::thread_local! {
    /// The addresses of the interrupt locks that this thread holds.
    static HELD: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// The routine of an interrupt object.
#[derive(Clone, Copy)]
pub(super) enum Called {
    Line(ServiceRoutine),
    Message(MessageRoutine, u32),
}

/// What a `PKINTERRUPT` points to here.
pub(super) struct Object {
    pub(super) called: Called,
    pub(super) context: *mut c_void,
    /// The driver's spin lock, or null where `event` takes its place.
    pub(super) lock: *mut usize,
    pub(super) event: AtomicBool,
    pub(super) irql: u8,
    pub(super) synchronize_irql: u8,
    pub(super) faults: Arc<Mutex<Faults>>,
}

// SAFETY: The pointers are used under the rules of a connected interrupt only: the lock atomically, the
// context by the service routine with the lock held.
unsafe impl Send for Object {}
// SAFETY: As above.
unsafe impl Sync for Object {}

impl Object {
    pub(super) fn as_ptr(self: &Arc<Self>) -> *mut Kinterrupt {
        Arc::as_ptr(self).cast_mut().cast()
    }

    /// Dispatches the service routine to this processor, unless it is a thread.
    pub(super) fn dispatch(&self) -> Option<Dispatched> {
        (self.irql != PASSIVE_LEVEL).then(|| {
            require(
                processor::irql() < self.irql,
                "an interrupt on a processor that masks it",
            );
            Dispatched::new(self.context.addr())
        })
    }

    /// Runs the service routine on this thread and returns what it answered.
    ///
    /// The caller has the DPCs of this processor run afterwards, when the routine is off it.
    pub(super) fn serve(self: &Arc<Self>) -> bool {
        processor::raised(self.synchronize_irql, || {
            let Faults {
                dispatched,
                entered,
                ..
            } = self.faults();
            if let Some(hook) = dispatched {
                hook();
            }
            self.locked(|| {
                if let Some(hook) = entered {
                    hook();
                }
                match self.called {
                    // SAFETY: The routine and its context are those of the connect, and the driver keeps
                    // them until every routine has ended; the lock is held.
                    Called::Line(routine) => unsafe { routine(self.as_ptr(), self.context) },
                    // SAFETY: As above.
                    Called::Message(routine, message) => unsafe {
                        routine(self.as_ptr(), self.context, message)
                    },
                }
            }) != 0
        })
    }

    /// What `KeSynchronizeExecution` does.
    ///
    /// # Safety
    ///
    /// `routine` may be called with `context`.
    pub(super) unsafe fn synchronize(
        &self,
        routine: SynchronizeRoutine,
        context: *mut c_void,
    ) -> u8 {
        require_at_most(self.synchronize_irql);
        let faults = self.faults();
        let returned = processor::at_irql(self.synchronize_irql, || {
            self.locked(|| {
                let mut returned = 0;
                for _ in 0..faults.thunk_calls {
                    // SAFETY: As the caller promises.
                    returned = unsafe { routine(context) };
                    require(
                        processor::irql() == self.synchronize_irql,
                        "a synchronize routine returned at another IRQL",
                    );
                }
                returned
            })
        });
        faults.raw_boolean.unwrap_or(returned)
    }

    fn faults(&self) -> Faults {
        self.faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Holds the lock around `body`.
    fn locked<R>(&self, body: impl FnOnce() -> R) -> R {
        let address = if self.lock.is_null() {
            ptr::from_ref(&self.event).addr()
        } else {
            self.lock.addr()
        };
        require(
            !HELD.with_borrow(|held| held.contains(&address)),
            "an interrupt lock acquired by its owner",
        );
        if self.lock.is_null() {
            // Of a line at a device level without a lock, this stands for the one that NT makes.
            if self.irql == PASSIVE_LEVEL {
                require_at_most(PASSIVE_LEVEL);
            }
            while self
                .event
                .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
                .is_err()
            {
                thread::yield_now();
            }
        } else {
            spin_lock::acquire(self.spin_lock());
        }
        HELD.with_borrow_mut(|held| held.push(address));
        let result = body();
        HELD.with_borrow_mut(|held| held.retain(|&other| other != address));
        if self.lock.is_null() {
            self.event.store(false, Ordering::Release);
        } else {
            spin_lock::release(self.spin_lock());
        }
        result
    }

    fn spin_lock(&self) -> &AtomicUsize {
        // SAFETY: The lock is the one of the connect, aligned, live until every routine has ended, and used
        // by this function only.
        unsafe { AtomicUsize::from_ptr(self.lock) }
    }
}
