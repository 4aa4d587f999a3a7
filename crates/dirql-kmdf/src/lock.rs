//! Data behind a framework spin lock.

use core::{cell::UnsafeCell, ptr};

use wdk_sys::{
    NTSTATUS, WDF_OBJECT_ATTRIBUTES, WDFOBJECT, WDFSPINLOCK, call_unsafe_wdf_function_binding,
};

use crate::{status::check, structure};

/// A value that is only reached with its spin lock held, at `DISPATCH_LEVEL`.
pub struct Locked<T> {
    lock: WDFSPINLOCK,
    value: UnsafeCell<T>,
}

// SAFETY: The value is reached under the lock only, by one processor at a time; the handle is the
// framework's and may be used anywhere.
unsafe impl<T: Send> Sync for Locked<T> {}

impl<T> Locked<T> {
    /// Puts a value behind a new lock, which the framework deletes with `parent`.
    ///
    /// # Safety
    ///
    /// `parent` is a live framework object that outlives the result.
    ///
    /// # Errors
    ///
    /// The framework's.
    pub unsafe fn new(parent: WDFOBJECT, value: T) -> Result<Self, NTSTATUS> {
        let mut attributes = WDF_OBJECT_ATTRIBUTES {
            ParentObject: parent,
            ..structure::attributes()
        };
        let mut lock = ptr::null_mut();
        // SAFETY: The attributes are complete and live through the call, the parent is live by this
        // function's contract (nf-wdfsync-wdfspinlockcreate).
        check(unsafe {
            call_unsafe_wdf_function_binding!(WdfSpinLockCreate, &raw mut attributes, &raw mut lock)
        })?;
        Ok(Self {
            lock,
            value: UnsafeCell::new(value),
        })
    }

    /// Runs `body` with the lock held.
    ///
    /// It must not lead back here: the lock is not recursive.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`; `body` runs at `DISPATCH_LEVEL`.
    pub fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: The lock lives as long as this value; callers are at most at DISPATCH_LEVEL, as all
        // of the driver's callbacks are (nf-wdfsync-wdfspinlockacquire).
        unsafe { call_unsafe_wdf_function_binding!(WdfSpinLockAcquire, self.lock) };
        // SAFETY: The lock is held, so nothing else has a reference to the value.
        let value = unsafe { &mut *self.value.get() };
        let result = body(value);
        // SAFETY: This processor acquired the lock above (nf-wdfsync-wdfspinlockrelease).
        unsafe { call_unsafe_wdf_function_binding!(WdfSpinLockRelease, self.lock) };
        result
    }
}
