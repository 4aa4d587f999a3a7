//! The handle of a connected interrupt: what both kinds have in common, from the connect to the disconnect.

use core::{marker::PhantomData, mem::ManuallyDrop, ptr::NonNull};

use super::{
    ConnectError, ConnectFailure, ConnectInPlaceError, Connection, HandlerBlock, InterruptHandler,
    connected::Connected,
    isr_context::{Admissible, ByValue, IsrContext},
};
use crate::{
    Outcome,
    kernel::{
        bugcheck::{self, Reason},
        platform::{self, PASSIVE_LEVEL},
    },
    thunk::NoDestructor,
};

/// The lock by which NT keeps the service routine of an interrupt out, and what follows from its kind: how a routine
/// finds its context, and how routines are waited out.
pub(super) trait Lock: Sized {
    /// What is told of a lock that is not the context's own.
    type Given;

    /// Connects the handler in a context, whose service routine holds this lock.
    ///
    /// # Errors
    ///
    /// The reason. Nothing is connected to the context, and every service routine has left it.
    ///
    /// # Safety
    ///
    /// - IRQL is `PASSIVE_LEVEL`, and the caller of the public connect has promised what that asks.
    /// - The context is complete. It lives until [`disconnect`](Self::disconnect) has returned, or an error; so does what is
    ///   given.
    unsafe fn connect<H: InterruptHandler>(
        to: &Connection<'_>,
        context: NonNull<IsrContext<H>>,
        given: Self::Given,
    ) -> Result<(Self, Connected<H>), ConnectFailure>;

    /// Runs `body` on the state, under the lock.
    ///
    /// # Safety
    ///
    /// - IRQL is at most that of the lock, and `PASSIVE_LEVEL` where that is an event.
    /// - This activation does not hold the lock.
    unsafe fn run<H: InterruptHandler, F, R>(
        connected: &Connected<H>,
        body: F,
        plain: NoDestructor<F>,
    ) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R;

    /// Disconnects, and waits until no service routine is inside: then the context is the caller's.
    ///
    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`; this activation holds no lock; `connected` came with this lock, and neither is used
    /// again.
    unsafe fn disconnect<H: InterruptHandler>(&mut self, connected: &Connected<H>);
}

/// A connected interrupt.
///
/// Dropped at `PASSIVE_LEVEL` it disconnects. Dropped above, where NT cannot disconnect, it stops the machine.
///
/// # Invariants
///
/// The handler is used by the service routine and by [`run`](Self::run) only, and each of them holds the lock
/// meanwhile.
pub(super) struct Handle<H: InterruptHandler, L: Lock> {
    connected: Connected<H>,
    lock: L,
    _owns: PhantomData<IsrContext<H>>,
}

// SAFETY: The handle is addresses of a context and of kernel objects, or a number, that belong to no thread. The
// handler in the context is `Send`, for the service routine runs on any processor as it is.
unsafe impl<H: InterruptHandler, L: Lock> Send for Handle<H, L> {}

// SAFETY: Through a shared handle the state is reached under the lock only, by one at a time, for which
// it need only be `Send`.
unsafe impl<H: InterruptHandler, L: Lock> Sync for Handle<H, L> {}

impl<H: InterruptHandler, L: Lock> Handle<H, L> {
    /// Connects `handler`; `admitted` says whether the interrupt is of the kind that the lock is for.
    ///
    /// # Errors
    ///
    /// The reason, with the handler. Nothing is connected.
    ///
    /// # Safety
    ///
    /// The caller of the public connect has promised what that asks.
    pub(super) unsafe fn connect(
        to: &Connection<'_>,
        admitted: Result<(), ConnectFailure>,
        handler: H,
        given: L::Given,
        (admissible, by_value): (&Admissible<H>, &ByValue<H>),
    ) -> Result<Self, ConnectError<H>> {
        if let Err(failure) = at_passive_level().and(admitted) {
            return Err(ConnectError { failure, handler });
        }
        // SAFETY: IRQL is PASSIVE_LEVEL.
        let block = match unsafe { HandlerBlock::filled(handler, admissible, by_value) } {
            Ok(block) => block,
            Err(handler) => {
                return Err(ConnectError {
                    failure: ConnectFailure::NoMemory,
                    handler,
                });
            }
        };
        // SAFETY: As the caller promises, and IRQL is PASSIVE_LEVEL.
        unsafe { Self::establish(to, block, given) }.map_err(
            |ConnectInPlaceError { failure, block }| {
                ConnectError {
                    failure,
                    // SAFETY: IRQL is PASSIVE_LEVEL.
                    handler: unsafe { block.emptied(by_value) },
                }
            },
        )
    }

    /// Connects the handler in `block`.
    ///
    /// # Errors
    ///
    /// The reason, with the block. Nothing is connected.
    ///
    /// # Safety
    ///
    /// The caller of the public connect has promised what that asks.
    pub(super) unsafe fn connect_in_place(
        to: &Connection<'_>,
        admitted: Result<(), ConnectFailure>,
        block: HandlerBlock<H>,
        given: L::Given,
    ) -> Result<Self, ConnectInPlaceError<H>> {
        if let Err(failure) = at_passive_level().and(admitted) {
            return Err(ConnectInPlaceError { failure, block });
        }
        // SAFETY: As the caller promises, and IRQL is PASSIVE_LEVEL.
        unsafe { Self::establish(to, block, given) }
    }

    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`, and the caller of the public connect has promised what that asks.
    unsafe fn establish(
        to: &Connection<'_>,
        block: HandlerBlock<H>,
        given: L::Given,
    ) -> Result<Self, ConnectInPlaceError<H>> {
        let context = block.into_raw();
        // SAFETY: IRQL and the device are the caller's promise. The context holds a handler; it lives in this value
        // until that has disconnected, and in the error.
        match unsafe { L::connect(to, context, given) } {
            Ok((lock, connected)) => Ok(Self {
                connected,
                lock,
                _owns: PhantomData,
            }),
            Err(failure) => {
                // SAFETY: Nothing is connected, and every service routine has left.
                let block = unsafe { HandlerBlock::from_raw(context) };
                Err(ConnectInPlaceError { failure, block })
            }
        }
    }

    /// Runs `body` on the state, under the lock.
    ///
    /// # Safety
    ///
    /// As for [`Lock::run`].
    #[inline]
    pub(super) unsafe fn run<F, R>(&self, body: F, plain: NoDestructor<F>) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        // SAFETY: As the caller promises.
        unsafe { L::run(&self.connected, body, plain) }
    }

    /// Disconnects, and leaves the state in its block.
    ///
    /// # Errors
    ///
    /// IRQL was above `PASSIVE_LEVEL`. The handle comes back, connected.
    ///
    /// # Safety
    ///
    /// This activation holds no interrupt lock.
    pub(super) unsafe fn disconnect(self) -> Result<HandlerBlock<H>, Self> {
        if at_passive_level().is_err() {
            return Err(self);
        }
        let mut this = ManuallyDrop::new(self);
        // SAFETY: IRQL is PASSIVE_LEVEL, no lock is held, and the handle is not used again.
        Ok(unsafe { this.dissolve() })
    }

    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`; this activation holds no lock of this interrupt; the handle is not used again.
    unsafe fn dissolve(&mut self) -> HandlerBlock<H> {
        // SAFETY: As the caller promises; both were made by one connect.
        unsafe { self.lock.disconnect(&self.connected) };
        // SAFETY: Nothing is connected, no routine is inside, and a late one finds no context. No closure runs,
        // for a closure borrows the handle.
        unsafe { HandlerBlock::from_raw(self.connected.context()) }
    }

    /// The connection.
    pub(super) const fn connected(&self) -> &Connected<H> {
        &self.connected
    }
}

/// Whether IRQL is `PASSIVE_LEVEL`, which connecting and disconnecting need.
fn at_passive_level() -> Result<(), ConnectFailure> {
    if platform::current_irql() == PASSIVE_LEVEL {
        Ok(())
    } else {
        Err(ConnectFailure::AbovePassive)
    }
}

impl<H: InterruptHandler, L: Lock> Drop for Handle<H, L> {
    fn drop(&mut self) {
        if at_passive_level().is_err() {
            bugcheck::stop(
                Reason::DroppedAbovePassive,
                self.connected.object().interrupt().addr(),
                self.connected.context().addr().get(),
            );
        }
        // SAFETY: IRQL is PASSIVE_LEVEL, so no interrupt lock at a device level is held. No closure of this
        // interrupt holds an event, for it borrows the handle while it runs; in a passive-level interrupt's own
        // service routine this waits for ever, and so frees nothing that is in use. The handle is not used again.
        drop(unsafe { self.dissolve() });
    }
}
