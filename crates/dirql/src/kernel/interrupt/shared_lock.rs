//! A lock that is a value of its own, with the state that it guards: several interrupts are connected with it.

use core::{
    cell::UnsafeCell,
    fmt,
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::NonNull,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{
    ConnectError, ConnectFailure, TranslatedInterrupt, isr_context::BY_VALUE_MAX, spin_lock::Place,
};
use crate::{
    Irql, Level,
    kernel::platform::{self, DISPATCH_LEVEL},
};

/// The alignment that pool memory is sure to have on a 64-bit system (nf-wdm-exallocatepool2).
const POOL_ALIGNMENT: usize = 16;

/// The lock and what it guards, in non-paged memory that does not move.
#[repr(C)]
struct Block<S> {
    state: UnsafeCell<S>,
    lock: UnsafeCell<usize>,
    level: u8,
    /// How many values lead here.
    holders: AtomicU32,
}

/// A lock for several interrupts of a device, and the state `S` that their handlers share.
///
/// Each message of a device may be an [`Interrupt`](crate::Interrupt) of its own, with a lock of its own, and then its handler
/// shares nothing with the others. Where handlers do share a state, their interrupts are connected with one lock
/// ([`SharedInterrupt`](crate::SharedInterrupt)): service routines and closures of all of them exclude one another then.
///
/// The lock is held at the highest level of those interrupts, which is what NT asks of the driver
/// (`SynchronizeIrql`, `ns-wdm-_io_connect_interrupt_parameters`): at a lower one an interrupt of a higher level would wait on the processor
/// of the very routine that it interrupted.
///
/// The state is reached under the lock only, while an interrupt is connected with it. It lives until the last of those interrupts
/// and this value are gone, and what is last drops it, for which IRQL is at most `DISPATCH_LEVEL`.
///
/// # Invariants
///
/// The block is live, and counts this value. The state is used by the holder of the lock only.
pub struct SharedLock<S> {
    block: NonNull<Block<S>>,
    _owns: PhantomData<Block<S>>,
}

// SAFETY: The value leads to memory that belongs to no thread, and moves a state between threads, which is `Send`.
unsafe impl<S: Send> Send for SharedLock<S> {}
// SAFETY: A shared value gives nothing of the state; interrupts that are connected by it reach the state one at a time.
unsafe impl<S: Send> Sync for SharedLock<S> {}

impl<S: Send + 'static> SharedLock<S> {
    /// Makes a lock for these interrupts, all of those that will be connected with it.
    ///
    /// A state of more than [`BY_VALUE_MAX`] bytes does not compile here, when code is generated.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// The state comes back: with [`ConnectFailure::NoInterrupts`], with [`ConnectFailure::NotADeviceLevel`] for an interrupt at passive
    /// level, and with [`ConnectFailure::NoMemory`].
    pub fn new<L: Level>(
        irql: &mut Irql<'_, L>,
        interrupts: &[TranslatedInterrupt],
        state: S,
    ) -> Result<Self, ConnectError<S>> {
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
        let refused = |failure, handler| Err(ConnectError { failure, handler });
        let mut level = None;
        for interrupt in interrupts {
            if interrupt.level() <= DISPATCH_LEVEL {
                return refused(ConnectFailure::NotADeviceLevel(interrupt.level()), state);
            }
            level = level.max(Some(interrupt.level()));
        }
        let Some(level) = level else {
            return refused(ConnectFailure::NoInterrupts, state);
        };
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL; the size is not zero, for there is the lock.
        let memory = unsafe { platform::allocate(size_of::<Block<S>>()) };
        let Some(block) = NonNull::new(memory.cast::<Block<S>>()) else {
            return refused(ConnectFailure::NoMemory, state);
        };
        let made = Block {
            state: UnsafeCell::new(state),
            lock: UnsafeCell::new(0),
            level,
            holders: AtomicU32::new(1),
        };
        // SAFETY: The memory is large enough, aligned by the assertion, and nothing else has it.
        unsafe { block.write(made) };
        let new = Self {
            block,
            _owns: PhantomData,
        };
        // SAFETY: The lock is in non-paged memory, and nothing else has it.
        unsafe { platform::initialize_spin_lock(new.place().lock.as_ptr()) };
        Ok(new)
    }

    /// Takes the state out, when no interrupt is connected with the lock any more.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// The lock comes back, while an interrupt is.
    pub fn into_state<L: Level>(self, irql: &mut Irql<'_, L>) -> Result<S, Self> {
        let _ = irql;
        // An interrupt is connected through a reference to this value, which is moved: so from one the count does not grow. Acquires
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

impl<S> SharedLock<S> {
    /// The IRQL at which the lock is held.
    #[must_use]
    pub fn level(&self) -> u8 {
        // SAFETY: The block is live, and the level does not change.
        unsafe { (*self.block.as_ptr()).level }
    }

    /// Another value that leads to the same state.
    pub(super) fn share(&self) -> Self {
        self.holders().fetch_add(1, Ordering::Relaxed);
        Self {
            block: self.block,
            _owns: PhantomData,
        }
    }

    /// The lock as NT is given it.
    pub(super) fn place(&self) -> Place {
        // SAFETY: The block is live, so its field may be named; no reference is formed.
        let lock = unsafe { &raw const (*self.block.as_ptr()).lock };
        // SAFETY: The address of a field of a live block is not null.
        let lock = unsafe { NonNull::new_unchecked(UnsafeCell::raw_get(lock)) };
        Place {
            lock,
            level: self.level(),
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

impl<S> Drop for SharedLock<S> {
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

impl<S> fmt::Debug for SharedLock<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedLock")
            .field("level", &self.level())
            .finish_non_exhaustive()
    }
}
