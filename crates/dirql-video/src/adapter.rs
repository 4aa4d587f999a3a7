//! The state that a miniport shares with its `HwVidInterrupt`, and the closures that the port driver runs.

use core::{
    ffi::c_void,
    mem::MaybeUninit,
    ptr,
    sync::atomic::{AtomicU32, Ordering},
};

use dirql::{
    Claimed, Irql, Level, NotRun, Outcome,
    thunk::{self, NoDestructor},
};

use crate::{
    port,
    sys::{Priority, SynchronizeRoutine},
};

/// `stage` of an adapter whose `HwVidFindAdapter` has succeeded once.
const COMPLETE: u32 = 1;

/// One adapter of a miniport: the state that its service routine shares, in its device extension.
///
/// A miniport is given this by reference in its callbacks and never makes one. With a [`Witness`] that an
/// interrupt is connected it reaches the state; without one it can still have a closure run at a priority.
///
/// # Invariants
///
/// - It is the first field of a device extension, and lives as long as that.
/// - All zero it is an adapter that was not found yet, with a state that nothing has claimed. The state is
///   initialised once `stage` is complete, and stays so: nothing in it needs a destructor.
/// - `interrupt` is not 0 only where the port driver was told to connect one, and has a routine for it.
#[repr(C)]
pub struct VideoAdapter<T> {
    stage: AtomicU32,
    interrupt: AtomicU32,
    state: Claimed<MaybeUninit<T>>,
}

impl<T> VideoAdapter<T> {
    /// The witness that an interrupt is connected to this adapter.
    ///
    /// # IRQL
    ///
    /// Any.
    ///
    /// # Errors
    ///
    /// [`NotRun::NoInterrupt`] where none is: the miniport has no routine for it, or `HwVidFindAdapter` left
    /// both level and vector at 0. Medium priority would then exclude nothing, and nothing would say so.
    pub fn witness(&self) -> Result<Witness<'_, T>, NotRun> {
        if self.interrupt.load(Ordering::Acquire) != 0 {
            Ok(Witness { adapter: self })
        } else {
            Err(NotRun::NoInterrupt)
        }
    }

    /// Runs `body` at low priority, and returns its result.
    ///
    /// Meanwhile no other thread runs on this processor, as far as the page goes. `HwVidInterrupt` does, in the
    /// middle of it and on other processors: so there is no state for `body` to work on.
    ///
    /// Wraps `VideoPortSynchronizeExecution` with `VpLowPriority` (nf-video-videoportsynchronizeexecution).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, which the token proves.
    ///
    /// # Errors
    ///
    /// [`NotRun::NotCalled`] where the port driver returned without having run `body`.
    #[inline]
    pub fn run_low<L: Level, F, R>(&self, irql: &mut Irql<'_, L>, body: F) -> Result<R, NotRun>
    where
        F: FnOnce() -> R,
    {
        let _ = irql;
        self.run(Priority::Low, body, const { NoDestructor::assert() })
            .result
    }

    /// Runs `body` at high priority, and returns its result.
    ///
    /// What that excludes is open. The routine's page calls it the same as medium, and the guide says that it
    /// masks the interrupts of the system. A peer implementation raises IRQL without the interrupt's lock. So
    /// there is no state for `body` to work on, and nothing to rely on.
    ///
    /// `body` is held to what [`Witness::synchronize`] holds its closure to.
    ///
    /// Wraps `VideoPortSynchronizeExecution` with `VpHighPriority` (nf-video-videoportsynchronizeexecution).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, which the token proves.
    ///
    /// # Errors
    ///
    /// [`NotRun::NotCalled`] where the port driver returned without having run `body`.
    #[inline]
    pub fn run_high<L: Level, F, R>(&self, irql: &mut Irql<'_, L>, body: F) -> Result<R, NotRun>
    where
        F: FnOnce() -> R,
    {
        let _ = irql;
        self.run(Priority::High, body, const { NoDestructor::assert() })
            .result
    }

    /// How often the state was in use when something came to use it, since the adapter was found.
    ///
    /// Where the port driver excludes as its page says, this stays 0.
    #[must_use]
    pub fn contended(&self) -> u64 {
        self.state.contended()
    }

    /// Runs `body` at `priority`, on nothing.
    #[inline]
    fn run<F, R>(&self, priority: Priority, body: F, _: NoDestructor<F>) -> Outcome<R>
    where
        F: FnOnce() -> R,
    {
        let mut nothing = ();
        let on_nothing = |(): &mut ()| body();
        let evidence = no_destructor(&on_nothing);
        let synchronize = |routine: SynchronizeRoutine, context: *mut c_void| {
            // SAFETY: This is the first field of a live device extension, so its address is the extension's.
            // A caller with a token is at DISPATCH_LEVEL at most, which is at most DIRQL, and is neither in
            // HwVidInterrupt nor in another routine (nf-video-videoportsynchronizeexecution).
            unsafe { port::synchronize_execution(self.extension(), priority, routine, context) }
        };
        // SAFETY:
        // - The port driver calls the routine with the context that it is given, on this thread, before it
        //   returns (nf-video-videoportsynchronizeexecution).
        // - The state is a local without content, which nothing else knows of.
        unsafe { thunk::run(&raw mut nothing, on_nothing, evidence, synchronize) }
    }

    /// Runs `body` on the state, unless something is in there already.
    ///
    /// # Safety
    ///
    /// The adapter is complete.
    #[inline]
    pub(crate) unsafe fn access<R>(&self, body: impl FnOnce(&mut T) -> R) -> Result<R, NotRun> {
        self.state.access(|state| {
            // SAFETY: The adapter is complete, so the state is initialised.
            body(unsafe { state.assume_init_mut() })
        })
    }

    /// Whether `HwVidFindAdapter` has succeeded, so that there is a state.
    pub(crate) fn is_complete(&self) -> bool {
        self.stage.load(Ordering::Acquire) == COMPLETE
    }

    /// Takes the state of an adapter that was found.
    ///
    /// # Errors
    ///
    /// [`NotRun::Contended`] where another call does the same right now.
    pub(crate) fn complete(&self, state: T) -> Result<(), NotRun> {
        self.state.access(|place| {
            place.write(state);
        })?;
        self.stage.store(COMPLETE, Ordering::Release);
        Ok(())
    }

    /// Notes whether the port driver connects an interrupt.
    ///
    /// INVARIANT: the one caller says so only when `HwVidFindAdapter` is about to succeed. The miniport then
    /// has a routine, and the level or the vector in the configuration is not 0.
    pub(crate) fn set_interrupt(&self, connected: bool) {
        self.interrupt
            .store(u32::from(connected), Ordering::Release);
    }

    /// The device extension, by which the port driver knows the adapter.
    fn extension(&self) -> *mut c_void {
        ptr::from_ref(self).cast_mut().cast()
    }
}

/// Proof that an interrupt is connected to an adapter, so that medium priority excludes `HwVidInterrupt`.
///
/// It comes from [`VideoAdapter::witness`] only.
///
/// # Invariants
///
/// The adapter is complete.
pub struct Witness<'a, T> {
    adapter: &'a VideoAdapter<T>,
}

impl<T> Clone for Witness<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Witness<'_, T> {}

impl<T> Witness<'_, T> {
    /// Runs `body` on the state at medium priority, and returns its result.
    ///
    /// Meanwhile `HwVidInterrupt` of this adapter runs on no processor, and no other closure is on the state.
    /// Where a port driver does not keep that, the state is safe all the same: what comes second is turned
    /// away.
    ///
    /// `body` runs at the interrupt's IRQL, on the stack of the caller. It may not wait, touch pageable memory
    /// or call what `HwVidInterrupt` may not, and it should be done in microseconds. It captures by reference
    /// what it needs: a closure with a capture that has a destructor does not compile. So nothing captured is
    /// dropped implicitly; what `body` drops in so many words is its author's.
    ///
    /// Wraps `VideoPortSynchronizeExecution` with `VpMediumPriority`
    /// (nf-video-videoportsynchronizeexecution).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, which the token proves; the call itself does not look.
    ///
    /// # Errors
    ///
    /// [`NotRun::NotCalled`] where the port driver returned without having run `body`;
    /// [`NotRun::Contended`] where it ran it while something else was on the state.
    ///
    /// # Panics
    ///
    /// A panic in `body` does not unwind out of it: in a miniport it ends in a fast fail, on a host it aborts
    /// the process.
    #[inline]
    pub fn synchronize<L: Level, F, R>(self, irql: &mut Irql<'_, L>, body: F) -> Result<R, NotRun>
    where
        F: FnOnce(&mut T) -> R,
    {
        let _ = irql;
        self.observe(body, const { NoDestructor::assert() }).result
    }

    /// Does what [`synchronize`](Self::synchronize) does, and tells what the port driver returned.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    #[inline]
    pub fn synchronize_observed<L: Level, F, R>(self, irql: &mut Irql<'_, L>, body: F) -> Outcome<R>
    where
        F: FnOnce(&mut T) -> R,
    {
        let _ = irql;
        self.observe(body, const { NoDestructor::assert() })
    }

    #[inline]
    fn observe<F, R>(self, body: F, _: NoDestructor<F>) -> Outcome<R>
    where
        F: FnOnce(&mut T) -> R,
    {
        let adapter = self.adapter;
        // The claim is taken in the routine, not here: under the lock of the interrupt it is free.
        //
        // SAFETY: The adapter is complete, by the invariant of the witness.
        let claimed = || unsafe { adapter.access(body) };
        let evidence = no_destructor(&claimed);
        adapter.run(Priority::Medium, claimed, evidence).flatten()
    }
}

/// The evidence for a closure of this module around one of a caller, who has given the evidence for that.
const fn no_destructor<F>(_: &F) -> NoDestructor<F> {
    const { NoDestructor::assert() }
}

impl<T> core::fmt::Debug for VideoAdapter<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("VideoAdapter")
            .field("complete", &self.is_complete())
            .field("interrupt", &(self.interrupt.load(Ordering::Relaxed) != 0))
            .field("contended", &self.contended())
            .finish_non_exhaustive()
    }
}

impl<T> core::fmt::Debug for Witness<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Witness").finish_non_exhaustive()
    }
}
