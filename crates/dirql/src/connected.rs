//! A connection together with the block it serves: what the two kinds of interrupt have in common.

use core::{ffi::c_void, ptr::NonNull};

use crate::{
    ConnectInPlaceError, Connection, ConnectionInfo, HandlerBlock, InterruptHandler, Outcome,
    block::Block,
    link::Link,
    platform,
    request::Wiring,
    service,
    thunk::{self, NoDestructor},
};

/// What excludes the service routine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// The spin lock in the block, held at a device level.
    Spin,
    /// An event that NT makes, held in a thread at `PASSIVE_LEVEL`.
    Event,
}

/// A live connection to a live block.
///
/// # Invariants
///
/// The link was made with the block as its context and, for [`Lock::Spin`], with the lock in it; both
/// live until [`dissolve`](Self::dissolve).
pub(crate) struct Connected<H> {
    link: Link,
    block: NonNull<Block<H>>,
    info: ConnectionInfo,
}

impl<H: InterruptHandler> Connected<H> {
    /// Connects the handler in a block.
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
        lock: Lock,
        block: HandlerBlock<H>,
    ) -> Result<Self, ConnectInPlaceError<H>> {
        let block = block.into_raw();
        let wiring = Wiring {
            line: service::line::<H>,
            message: service::message::<H>,
            context: block.as_ptr().cast(),
            lock: match lock {
                // SAFETY: The block is live.
                Lock::Spin => unsafe { Block::lock(block) },
                Lock::Event => core::ptr::null_mut(),
            },
        };
        // SAFETY: IRQL is PASSIVE_LEVEL and the device is the caller's promise. The block is complete,
        // and on an error it lives until its service routines have left.
        match unsafe { Link::make(to, &wiring) } {
            Ok((link, info)) => Ok(Self { link, block, info }),
            Err(failure) => {
                // SAFETY: IRQL is PASSIVE_LEVEL and nothing is connected any more.
                unsafe { wait_out(block, lock) };
                // SAFETY: Nothing is connected and every service routine has left.
                let block = unsafe { HandlerBlock::from_raw(block) };
                Err(ConnectInPlaceError { failure, block })
            }
        }
    }

    /// Runs `body` on the state, under the lock.
    ///
    /// # Safety
    ///
    /// - IRQL is at most that of the lock, and `PASSIVE_LEVEL` for [`Lock::Event`].
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

    /// Disconnects, waits until no service routine runs, and gives the block back.
    ///
    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`; no lock is held; this value is not used again. `lock` is the one it was
    /// established with.
    pub(crate) unsafe fn dissolve(&self, lock: Lock) -> HandlerBlock<H> {
        // SAFETY: IRQL is PASSIVE_LEVEL and the link is not used again.
        unsafe { self.link.disconnect() };
        if !cfg!(mutant = "disconnect_not_waited") {
            // SAFETY: IRQL is PASSIVE_LEVEL and nothing is connected any more.
            unsafe { wait_out(self.block, lock) };
        }
        // SAFETY: Nothing is connected, every service routine has left, and no closure runs, for a
        // closure borrows this value.
        unsafe { HandlerBlock::from_raw(self.block) }
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

/// Waits until no service routine uses the block.
///
/// No page says that a disconnect waits for routines that have been dispatched already. One at a device
/// level keeps its processor above `DISPATCH_LEVEL` from before the kernel takes the lock until after it
/// has released it, so none is left once this thread has run on every processor. One at `PASSIVE_LEVEL`
/// is a thread, which the count in the block shows from its first steps on. Whoever dissolves an interrupt
/// with an event has held that before, which shows the steps before the count.
///
/// # Safety
///
/// The block is live; IRQL is `PASSIVE_LEVEL`; no lock is held; nothing is connected to the block.
unsafe fn wait_out<H: InterruptHandler>(block: NonNull<Block<H>>, lock: Lock) {
    // This waits out DPCs as well, so a driver that does not is wrong only where this is left out, too.
    if lock == Lock::Spin && !cfg!(mutant = "dpc_not_waited") {
        // SAFETY: IRQL is PASSIVE_LEVEL.
        unsafe { platform::run_on_every_processor() };
    }
    // SAFETY: The block is live, IRQL is PASSIVE_LEVEL and no lock is held.
    unsafe { Block::wait_until_left(block) };
}
