//! A wait lock with the state that it guards: several interrupts at `PASSIVE_LEVEL` are made with it.

use core::{
    cell::UnsafeCell,
    ffi::c_void,
    fmt,
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::NonNull,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    BY_VALUE_MAX, Irql, Passive,
    kernel::platform::{self, framework::Handle},
};

/// The alignment that pool memory is sure to have on a 64-bit system (nf-wdm-exallocatepool2).
const POOL_ALIGNMENT: usize = 16;

/// `STATUS_INSUFFICIENT_RESOURCES`.
const STATUS_INSUFFICIENT_RESOURCES: i32 = 0xC000_009A_u32.cast_signed();

/// What the lock guards, in memory that does not move.
#[repr(C)]
struct Block<S> {
    state: UnsafeCell<S>,
    lock: Handle,
    /// How many values lead here.
    holders: AtomicU32,
}

/// A lock for several interrupts of a device that are handled at `PASSIVE_LEVEL`, and the state `S` that their handlers share.
///
/// Each interrupt has an event of its own, by which NT excludes its service routine, and a wait lock inside of it. Where handlers share
/// a state, their interrupts are made with one wait lock ([`SharedPassiveInterrupt`](super::SharedPassiveInterrupt)): service routines
/// and closures of all of them exclude one another then. It is [`SharedLock`](crate::SharedLock) for interrupts of the framework's at passive
/// level.
///
/// The lock is a `WDFWAITLOCK` that goes with the device. The state is reached under the lock only. It lives until the last handler
/// that shares it and this value are gone, and what is last drops it.
///
/// # Invariants
///
/// The block is live, and counts this value. The state is used by the holder of the lock only.
pub struct SharedWaitLock<S> {
    block: NonNull<Block<S>>,
    _owns: PhantomData<Block<S>>,
}

// SAFETY: The value leads to memory that belongs to no thread, and moves a state between threads, which is `Send`.
unsafe impl<S: Send> Send for SharedWaitLock<S> {}
// SAFETY: A shared value gives nothing of the state; handlers that share it reach it one at a time.
unsafe impl<S: Send> Sync for SharedWaitLock<S> {}

impl<S: Send + 'static> SharedWaitLock<S> {
    /// Makes a lock for interrupts of a device.
    ///
    /// A state of more than [`BY_VALUE_MAX`] bytes does not compile here, when code is generated.
    ///
    /// Wraps `WdfWaitLockCreate` (nf-wdfsync-wdfwaitlockcreate).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The framework's status, or `STATUS_INSUFFICIENT_RESOURCES`, with the state.
    ///
    /// # Safety
    ///
    /// `device` is a live `WDFDEVICE`, and the interrupts that are made with the lock are its own.
    pub unsafe fn new(
        irql: &mut Irql<'_, Passive>,
        device: *mut c_void,
        state: S,
    ) -> Result<Self, (i32, S)> {
        const {
            assert!(
                align_of::<Block<S>>() <= POOL_ALIGNMENT,
                "a shared state may not ask for more than 16 bytes of alignment, which is what pool memory has"
            );
            assert!(
                size_of::<S>() <= BY_VALUE_MAX,
                "a shared state of more than 512 bytes is not moved over a kernel stack: keep what is large elsewhere"
            );
        };
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL; the size is not zero, for there is the count.
        let memory = unsafe { platform::allocate(size_of::<Block<S>>()) };
        let Some(block) = NonNull::new(memory.cast::<Block<S>>()) else {
            return Err((STATUS_INSUFFICIENT_RESOURCES, state));
        };
        // SAFETY: The device is live, as the caller promises.
        let lock = match unsafe { platform::wdf_wait_lock_create(device) } {
            Ok(lock) => lock,
            Err(status) => {
                // SAFETY: The memory came from `platform::allocate` with this size just now.
                unsafe { platform::free(memory, size_of::<Block<S>>()) };
                return Err((status, state));
            }
        };
        let made = Block {
            state: UnsafeCell::new(state),
            lock,
            holders: AtomicU32::new(1),
        };
        // SAFETY: The memory is large enough, aligned by the assertion, and nothing else has it.
        unsafe { block.write(made) };
        Ok(Self {
            block,
            _owns: PhantomData,
        })
    }

    /// Takes the state out, when no handler shares it any more.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The lock comes back, while one does.
    pub fn into_state(self, irql: &mut Irql<'_, Passive>) -> Result<S, Self> {
        let _ = irql;
        // A handler is installed through a reference to this value, which is moved: so from one the count does not grow. Acquires
        // what those wrote that left.
        if self.holders().load(Ordering::Acquire) != 1 {
            return Err(self);
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: This value alone leads to the block, and is not used again.
        let state = unsafe { this.state().read() };
        // SAFETY: As above. The token proves IRQL <= DISPATCH_LEVEL, and the state has been moved out.
        unsafe { this.free() };
        Ok(state)
    }
}

impl<S> SharedWaitLock<S> {
    /// The `WDFWAITLOCK`, for [`Config::with_wait_lock`](super::Config::with_wait_lock) of interrupts that share nothing but the lock.
    #[must_use]
    pub fn handle(&self) -> *mut c_void {
        // SAFETY: The block is live, and the handle does not change.
        unsafe { (*self.block.as_ptr()).lock }
    }

    /// Another value that leads to the same state.
    pub(super) fn share(&self) -> Self {
        self.holders().fetch_add(1, Ordering::Relaxed);
        Self {
            block: self.block,
            _owns: PhantomData,
        }
    }

    /// The state, for the holder of the lock.
    pub(super) fn state(&self) -> *mut S {
        // SAFETY: The block is live, so its field may be named; no reference is formed.
        let state = unsafe { &raw const (*self.block.as_ptr()).state };
        UnsafeCell::raw_get(state)
    }

    fn holders(&self) -> &AtomicU32 {
        // SAFETY: The block is live; this reference is to the count alone, which all sides use atomically.
        unsafe { &(*self.block.as_ptr()).holders }
    }

    /// # Safety
    ///
    /// Nothing else leads to the block, the state was taken out or dropped, and IRQL <= `DISPATCH_LEVEL`.
    unsafe fn free(&self) {
        // SAFETY: The memory came from `platform::allocate` with this size, and is not used again.
        unsafe { platform::free(self.block.as_ptr().cast(), size_of::<Block<S>>()) };
    }
}

impl<S> Drop for SharedWaitLock<S> {
    fn drop(&mut self) {
        // Releases what this one wrote to the state, and acquires what the others did.
        if self.holders().fetch_sub(1, Ordering::AcqRel) != 1 {
            return;
        }
        // SAFETY: Nothing else leads to the state.
        unsafe { self.state().drop_in_place() };
        // SAFETY: As above. Memory is freed at or below DISPATCH_LEVEL, which is for the owner to keep, as for a `Box`.
        unsafe { self.free() };
    }
}

impl<S> fmt::Debug for SharedWaitLock<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedWaitLock")
            .field("lock", &self.handle())
            .finish_non_exhaustive()
    }
}
