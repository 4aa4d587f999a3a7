//! A lock that is a value of its own, with the state that it guards: several interrupts are connected with it.

use core::{cell::UnsafeCell, fmt, ptr::NonNull};

use super::{ConnectError, ConnectFailure, TranslatedInterrupt, spin_lock::Place};
use crate::{
    Irql, Level,
    kernel::{
        platform::{self, DISPATCH_LEVEL},
        shared_block::SharedBlock,
    },
};

/// The spin lock, and the level at which it is held.
struct Levelled {
    lock: UnsafeCell<usize>,
    level: u8,
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
/// The state is used by the holder of the lock only.
pub struct SharedLock<S>(SharedBlock<Levelled, S>);

// SAFETY: The value leads to memory that belongs to no thread, and moves a state between threads, which is `Send`.
unsafe impl<S: Send> Send for SharedLock<S> {}
// SAFETY: A shared value gives nothing of the state; interrupts that are connected by it reach the state one at a time.
unsafe impl<S: Send> Sync for SharedLock<S> {}

impl<S: Send + 'static> SharedLock<S> {
    /// Makes a lock for these interrupts, all of those that will be connected with it.
    ///
    /// A state of more than [`BY_VALUE_MAX`](crate::BY_VALUE_MAX) bytes does not compile here, when code is generated.
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
        let lock = || {
            Ok(Levelled {
                lock: UnsafeCell::new(0),
                level,
            })
        };
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        let block = unsafe { SharedBlock::new(state, ConnectFailure::NoMemory, lock) };
        let new = match block {
            Ok(block) => Self(block),
            Err((failure, state)) => return refused(failure, state),
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
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        unsafe { self.0.into_state() }.map_err(Self)
    }
}

impl<S> SharedLock<S> {
    /// The IRQL at which the lock is held.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.0.lock().level
    }

    /// Another value that leads to the same state.
    pub(super) fn share(&self) -> Self {
        Self(self.0.share())
    }

    /// The lock as NT is given it.
    pub(super) fn place(&self) -> Place {
        // SAFETY: The address of a field of a live block is not null.
        let lock = unsafe { NonNull::new_unchecked(self.0.lock().lock.get()) };
        Place {
            lock,
            level: self.level(),
        }
    }

    /// The state, for the holder of the lock.
    pub(super) fn state(&self) -> *mut S {
        self.0.state()
    }
}

impl<S> fmt::Debug for SharedLock<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedLock")
            .field("level", &self.level())
            .finish_non_exhaustive()
    }
}
