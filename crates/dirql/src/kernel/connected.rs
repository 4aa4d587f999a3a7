//! A connection together with the block it serves: what the two kinds of interrupt have in common.

use core::{ffi::c_void, ptr::NonNull};

use crate::{
    ConnectFailure, ConnectInPlaceError, Connection, ConnectionInfo, HandlerBlock,
    InterruptHandler, Outcome,
    kernel::block::Block,
    kernel::link::Link,
    kernel::platform,
    kernel::request::Wiring,
    kernel::service,
    thunk::{self, NoDestructor},
};

/// A live connection to a live block.
///
/// # Invariants
///
/// The link was made with routines that reach the block by its context and, at a device level, with the lock in
/// the block. The block lives until the link is disconnected and its service routines have been waited out.
pub(crate) struct Connected<H> {
    link: Link,
    block: NonNull<Block<H>>,
    info: ConnectionInfo,
}

impl<H: InterruptHandler> Connected<H> {
    /// Connects the handler in a block at a device level, under the spin lock in the block.
    ///
    /// # Errors
    ///
    /// The reason, with the block: nothing is connected to it and every service routine has left.
    ///
    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`, and the caller of the public connect has promised what that asks.
    pub(crate) unsafe fn establish(
        to: &Connection<'_>,
        block: HandlerBlock<H>,
    ) -> Result<Self, ConnectInPlaceError<H>> {
        let block = block.into_raw();
        let wiring = Wiring {
            line: service::line::<H>,
            message: service::message::<H>,
            context: block.as_ptr().cast(),
            // SAFETY: The block is live.
            lock: unsafe { Block::lock(block) },
        };
        // SAFETY: IRQL is PASSIVE_LEVEL and the device is the caller's promise. The wiring is that of the
        // block, which on an error lives until its service routines have left.
        unsafe { Self::make(to, block, &wiring) }.map_err(|failure| {
            // SAFETY: IRQL is PASSIVE_LEVEL, no lock is held, and nothing is connected any more.
            unsafe { wait_out(block) };
            // SAFETY: Nothing is connected and every service routine has left.
            let block = unsafe { HandlerBlock::from_raw(block) };
            ConnectInPlaceError { failure, block }
        })
    }

    /// Connects the routines of `wiring` to the block that they reach.
    ///
    /// # Errors
    ///
    /// The reason. Nothing is connected any more, and a service routine may still be on its way.
    ///
    /// # Safety
    ///
    /// - As for [`establish`](Self::establish).
    /// - The routines of `wiring` reach `block` and no other, and it is complete. It lives, and the routines may
    ///   be called, until the value is disconnected, or an error is returned, and the routines are waited out.
    pub(crate) unsafe fn make(
        to: &Connection<'_>,
        block: NonNull<Block<H>>,
        wiring: &Wiring,
    ) -> Result<Self, ConnectFailure> {
        // SAFETY: As the caller promises.
        let (link, info) = unsafe { Link::make(to, wiring) }?;
        Ok(Self { link, block, info })
    }

    /// Runs `body` on the state, under the lock.
    ///
    /// # Safety
    ///
    /// - IRQL is at most that of the lock, and `PASSIVE_LEVEL` where that is an event.
    /// - This activation does not hold the lock.
    #[inline]
    pub(crate) unsafe fn run<F, R>(&self, body: F, plain: NoDestructor<F>) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        // SAFETY: The block is live while this value is.
        let state = unsafe { Block::state(self.block) };
        let interrupt = self.link.interrupt();
        let synchronize = |routine, context: *mut c_void| {
            // SAFETY: The object is connected, by the invariant of the link. IRQL, and that the lock is not
            // held by this activation, is the caller's promise (nf-wdm-kesynchronizeexecution).
            unsafe { platform::synchronize_execution(interrupt, routine, context) }
        };
        // SAFETY:
        // - KeSynchronizeExecution calls the routine with the context that it is given, on this thread,
        //   before it returns (nf-wdm-kesynchronizeexecution).
        // - It holds the lock of the interrupt object meanwhile, and whoever else uses the state holds
        //   it too: the service routines by the connect (ns-wdm-_io_connect_interrupt_parameters),
        //   closures by this function.
        unsafe { thunk::run(state, body, plain, synchronize) }
    }

    /// Disconnects at a device level, waits until no service routine runs, and gives the block back.
    ///
    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`; no lock is held; this value came from [`establish`](Self::establish) and is not
    /// used again.
    pub(crate) unsafe fn dissolve(&self) -> HandlerBlock<H> {
        // SAFETY: IRQL is PASSIVE_LEVEL and the link is not used again.
        unsafe { self.link.disconnect() };
        // SAFETY: IRQL is PASSIVE_LEVEL and nothing is connected any more.
        unsafe { wait_out(self.block) };
        // SAFETY: Nothing is connected, every service routine has left, and no closure runs, for a
        // closure borrows this value.
        unsafe { HandlerBlock::from_raw(self.block) }
    }

    pub(crate) const fn block(&self) -> NonNull<Block<H>> {
        self.block
    }

    pub(crate) const fn link(&self) -> &Link {
        &self.link
    }

    pub(crate) const fn info(&self) -> ConnectionInfo {
        self.info
    }

    /// The address of the block, for a bug check parameter.
    pub(crate) fn block_address(&self) -> usize {
        self.block.addr().get()
    }
}

/// Waits until no service routine at a device level uses the block.
///
/// No page says that a disconnect, or a connect that fails, waits for routines that have been dispatched already.
/// One at a device level keeps its processor above `DISPATCH_LEVEL` from before the kernel takes the lock until
/// after it has released it, so none is left once this thread has run on every processor.
///
/// # Safety
///
/// The block is live; IRQL is `PASSIVE_LEVEL`; no lock is held; nothing is connected to the block.
unsafe fn wait_out<H: InterruptHandler>(block: NonNull<Block<H>>) {
    // SAFETY: IRQL is PASSIVE_LEVEL.
    unsafe { platform::run_on_every_processor() };
    // SAFETY: The block is live, IRQL is PASSIVE_LEVEL and no lock is held.
    unsafe { Block::wait_until_left(block) };
}
