//! A handler in the memory where NT finds it once it is connected.
//!
//! A kernel stack has 24 KiB, and a large handler that is passed by value lies on it several times over. So
//! it is written where it will stay, connected there, and found there again after a failure and after the
//! disconnect.

use core::{
    fmt,
    marker::PhantomData,
    mem::{ManuallyDrop, MaybeUninit},
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use super::{
    ConnectError, ConnectFailure, InterruptHandler,
    isr_context::{Admissible, ByValue, IsrContext},
};
use crate::{Irql, Level};

/// A handler that is not connected, in a block of non-paged memory of its own.
///
/// [`Interrupt::connect_in_place`](crate::Interrupt::connect_in_place) takes it, gives it back in its error,
/// and [`disconnect_in_place`](crate::Interrupt::disconnect_in_place) gives it back at the end. Meanwhile the
/// handler does not move, whatever its size is. The owner of the block reaches it as `&H` and `&mut H`.
///
/// Dropped, it drops the handler and frees the block, for which IRQL is at most `DISPATCH_LEVEL`, as for any
/// other memory.
///
/// # Examples
///
/// ```
/// use dirql::{
///     ConnectFailure, Connection, HandlerBlock, Interrupt, InterruptHandler, Passive, ServiceContext,
///     Serviced, enter, mock,
/// };
///
/// /// The last thousand causes: 4 KiB, which no stack sees.
/// struct Log {
///     next: usize,
///     causes: [u32; 1022],
/// }
///
/// impl InterruptHandler for Log {
///     fn service(&mut self, _: &ServiceContext<'_>) -> Serviced {
///         let next = self.next;
///         self.causes[next % 1022] = 1;
///         self.next += 1;
///         Serviced::Claimed
///     }
/// }
///
/// let device = mock::Device::with_line(9);
/// let to = Connection::LineBased { device: device.physical_device() };
/// // SAFETY: An ordinary thread at PASSIVE_LEVEL, outside of every closure and service routine.
/// unsafe {
///     enter::<Passive, _>(|irql| {
///         // SAFETY: A `Log` of zero bytes is an empty one.
///         let log = unsafe { HandlerBlock::<Log>::in_place(irql, |_| ()) }?;
///         // SAFETY: The device is alive, and the interrupt is disconnected below.
///         let connected = unsafe { Interrupt::connect_in_place(irql, to, log) };
///         let interrupt = connected.map_err(|error| error.failure)?;
///         assert_eq!(device.fire(), Some(true));
///
///         let log = interrupt.disconnect_in_place(irql).unwrap();
///         assert_eq!((log.next, log.causes[0]), (1, 1));
///         Ok::<(), ConnectFailure>(())
///     })
/// }?;
/// # Ok::<(), ConnectFailure>(())
/// ```
///
/// # Invariants
///
/// The block is live, its state is an initialised handler, and nothing is connected to it or still at work
/// in it: this value is the only way to it.
pub struct HandlerBlock<H: InterruptHandler> {
    block: NonNull<IsrContext<H>>,
    _owns: PhantomData<IsrContext<H>>,
}

// SAFETY: The value owns the handler, which is `Send`, and memory that belongs to no thread.
unsafe impl<H: InterruptHandler> Send for HandlerBlock<H> {}

// SAFETY: A shared value gives `&H` only.
unsafe impl<H: InterruptHandler + Sync> Sync for HandlerBlock<H> {}

impl<H: InterruptHandler> HandlerBlock<H> {
    /// Moves a handler of at most [`BY_VALUE_MAX`](crate::BY_VALUE_MAX) bytes into a block of its own.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`ConnectFailure::NoMemory`], with the handler.
    pub fn new<L: Level>(irql: &mut Irql<'_, L>, handler: H) -> Result<Self, ConnectError<H>> {
        let admissible = const { Admissible::<H>::assert() };
        let by_value = const { ByValue::<H>::assert() };
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        unsafe { Self::filled(handler, &admissible, &by_value) }.map_err(|handler| ConnectError {
            failure: ConnectFailure::NoMemory,
            handler,
        })
    }

    /// Lets `write` make a handler where it will stay.
    ///
    /// The memory that `write` is given is all zero bytes. A handler of which those are a valid value needs
    /// nothing written; the fields of another are written one by one, by `&raw mut`. The stack that this
    /// takes does not depend on the size of the handler.
    ///
    /// # Safety
    ///
    /// When `write` returns, the place holds a valid handler.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`ConnectFailure::NoMemory`]; `write` was not called.
    pub unsafe fn in_place<L: Level>(
        irql: &mut Irql<'_, L>,
        write: impl FnOnce(&mut MaybeUninit<H>),
    ) -> Result<Self, ConnectFailure> {
        let admissible = const { Admissible::<H>::assert() };
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        let block = unsafe { IsrContext::reserve(&admissible) }.ok_or(ConnectFailure::NoMemory)?;
        // SAFETY: The block has memory, which is all that naming the field asks.
        let state = unsafe { IsrContext::state(block) };
        // SAFETY: The place is aligned and large enough, nothing else has it, and what is in it may be
        // anything.
        write(unsafe { &mut *state.cast::<MaybeUninit<H>>() });
        // SAFETY: The handler is initialised, by the caller's promise, and the block belongs to nothing else.
        Ok(unsafe { Self::from_raw(block) })
    }

    /// Moves `handler` into a block of its own, or gives it back where memory is short.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(crate) unsafe fn filled(
        handler: H,
        admissible: &Admissible<H>,
        _: &ByValue<H>,
    ) -> Result<Self, H> {
        // SAFETY: IRQL is the caller's promise.
        let Some(block) = (unsafe { IsrContext::reserve(admissible) }) else {
            return Err(handler);
        };
        // SAFETY: The block has memory, which is all that naming the field asks.
        let state = unsafe { IsrContext::state(block) };
        // SAFETY: The place is aligned and large enough, and nothing else has it.
        unsafe { state.write(handler) };
        // SAFETY: The handler was written just now, and the block belongs to nothing else.
        Ok(unsafe { Self::from_raw(block) })
    }

    /// Takes a handler of at most [`BY_VALUE_MAX`](crate::BY_VALUE_MAX) bytes out, and frees the block.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    pub fn into_handler<L: Level>(self, irql: &mut Irql<'_, L>) -> H {
        let by_value = const { ByValue::<H>::assert() };
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        unsafe { self.emptied(&by_value) }
    }

    /// Takes the handler out and frees the block.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(crate) unsafe fn emptied(self, _: &ByValue<H>) -> H {
        // SAFETY: The block is this value's own, which is gone; IRQL is the caller's promise.
        unsafe { IsrContext::into_handler(self.into_raw()) }
    }

    /// Gives up the block, without a look at what is in it.
    pub(crate) fn into_raw(self) -> NonNull<IsrContext<H>> {
        ManuallyDrop::new(self).block
    }

    /// Takes a block over.
    ///
    /// # Safety
    ///
    /// The block is live and holds a handler. Nothing is connected to it, no service routine is inside, and
    /// nothing else uses it again.
    pub(crate) const unsafe fn from_raw(block: NonNull<IsrContext<H>>) -> Self {
        Self {
            block,
            _owns: PhantomData,
        }
    }
}

impl<H: InterruptHandler> Deref for HandlerBlock<H> {
    type Target = H;

    fn deref(&self) -> &H {
        // SAFETY: The block is live.
        let state = unsafe { IsrContext::state(self.block) };
        // SAFETY: The state is an initialised handler that only this value leads to.
        unsafe { &*state }
    }
}

impl<H: InterruptHandler> DerefMut for HandlerBlock<H> {
    fn deref_mut(&mut self) -> &mut H {
        // SAFETY: The block is live.
        let state = unsafe { IsrContext::state(self.block) };
        // SAFETY: The state is an initialised handler that only this value leads to, which is borrowed
        // mutably.
        unsafe { &mut *state }
    }
}

impl<H: InterruptHandler> Drop for HandlerBlock<H> {
    fn drop(&mut self) {
        // SAFETY: The block is this value's own, which is not used again. Memory is freed at or below
        // DISPATCH_LEVEL, which is for the owner to keep, as for a `Box`.
        unsafe { IsrContext::destroy(self.block) };
    }
}

impl<H: InterruptHandler> fmt::Debug for HandlerBlock<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerBlock").finish_non_exhaustive()
    }
}
