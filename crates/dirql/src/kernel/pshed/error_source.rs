//! The state that a plug-in shares with the handler of one error source.

use core::{
    ffi::c_void,
    fmt,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{Descriptor, Source};
use crate::{
    Claimed, Irql, Level, NotRun, Outcome,
    atomics::access,
    kernel::platform::{self, DISPATCH_LEVEL, PASSIVE_LEVEL},
    thunk::{self, NoDestructor},
};

/// What a plug-in shares with the low-level hardware error handler of one error source.
///
/// The handler reaches it by [`handle`](Self::handle), from the callbacks in which PSHED lets the plug-in
/// take part in its work; what else needs it by [`synchronize`](Self::synchronize), for which PSHED
/// raises IRQL to that of the handler and takes its lock.
///
/// How PSHED finds that lock, and in which callbacks it is held, no page says. So the lock is not what
/// makes this sound: every access, of either kind, also claims the state by one atomic word, and one that
/// finds something inside is [`NotRun::Contended`] and counted. Where NT does what its page implies, a
/// claim never fails between the handler and a closure.
pub struct ErrorSource<T> {
    /// `NO_SOURCE`, or the source's number, which does not change again.
    id: AtomicU32,
    callers: u8,
    state: Claimed<T>,
}

/// `WHEA_INVALID_ERR_SRC_ID`.
const NO_SOURCE: u32 = 0;

impl<T: Send> ErrorSource<T> {
    /// The state of the source with this `ErrorSourceId`, to be synchronized with from `PASSIVE_LEVEL`.
    #[must_use]
    pub const fn new(id: u32, state: T) -> Self {
        Self {
            id: AtomicU32::new(id),
            callers: PASSIVE_LEVEL,
            state: Claimed::new(state),
        }
    }

    /// The state of a source that is not known yet, and that [`bind`](Self::bind) names.
    #[must_use]
    pub const fn unbound(state: T) -> Self {
        Self::new(NO_SOURCE, state)
    }

    /// Makes this the state of a source, and says whether it is: the first source that it is bound to
    /// keeps it.
    ///
    /// # IRQL
    ///
    /// Any.
    #[must_use]
    pub fn bind(&self, source: &Descriptor<'_>) -> bool {
        let id = source.id();
        let bound = self
            .id
            .compare_exchange(NO_SOURCE, id, Ordering::Relaxed, Ordering::Relaxed);
        id != NO_SOURCE && bound.map_or_else(|earlier| earlier == id, |_| true)
    }

    /// Whether the state is that of the source with this number.
    fn belongs_to(&self, id: u32) -> bool {
        id != NO_SOURCE && id == self.id()
    }

    /// Lets [`synchronize`](Self::synchronize) be called up to `DISPATCH_LEVEL`.
    ///
    /// The page asks for a caller at or below the IRQL of the source's handler, and no page says what that
    /// is. A callback of a plug-in of version 2 is entered at `DISPATCH_LEVEL` or above, so that it can
    /// synchronize under this policy only.
    ///
    /// # Safety
    ///
    /// The handler of the source runs at `DISPATCH_LEVEL` or above.
    #[must_use]
    pub const unsafe fn with_callers_at_dispatch(mut self) -> Self {
        self.callers = DISPATCH_LEVEL;
        self
    }

    /// Runs `body` on the state, in a callback that is part of handling an error of the source.
    ///
    /// It calls nothing of NT: in `RetrieveErrorInfo` the handler's lock is held, and taking it again
    /// would wait for ever.
    ///
    /// # IRQL
    ///
    /// Any.
    ///
    /// # Errors
    ///
    /// [`NotRun::OtherSource`] where the state is that of another source. [`NotRun::Contended`] where
    /// something is inside, on another processor or in what this callback has interrupted.
    #[inline]
    pub fn handle<R>(
        &self,
        source: &Descriptor<'_>,
        body: impl FnOnce(&mut T) -> R,
    ) -> Result<R, NotRun> {
        if !self.belongs_to(source.id()) {
            return Err(NotRun::OtherSource);
        }
        self.state.access(body)
    }

    /// Runs `body` on the state while the source's handler is kept out, and returns its result.
    ///
    /// `body` runs at the IRQL of the handler, on the stack of the caller, and is bound by the same rules
    /// as under an interrupt lock ([`Interrupt::synchronize`](crate::Interrupt::synchronize)).
    ///
    /// Wraps `PshedSynchronizeExecution` (nf-ntddk-pshedsynchronizeexecution).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, or at most `DISPATCH_LEVEL` for a state that
    /// [allows it](Self::with_callers_at_dispatch). It is checked in release builds too.
    ///
    /// # Errors
    ///
    /// - [`NotRun::OtherSource`] where the state is that of another source: its lock would exclude nothing.
    /// - [`NotRun::NotMaskable`] where no IRQL is known to mask the handler of the source.
    /// - [`NotRun::AbovePassive`] where IRQL is higher than the state allows.
    /// - [`NotRun::Contended`] where something was inside.
    /// - [`NotRun::NotCalled`] where NT returned without having run `body`.
    #[inline]
    pub fn synchronize<L: Level, F, R>(
        &self,
        irql: &mut Irql<'_, L>,
        source: Source<'_>,
        body: F,
    ) -> Result<R, NotRun>
    where
        F: FnOnce(&mut T) -> R,
    {
        self.observe(irql, source, body, const { NoDestructor::assert() })
            .result
    }

    /// Does what [`synchronize`](Self::synchronize) does, and tells what NT returned.
    ///
    /// # IRQL
    ///
    /// As for [`synchronize`](Self::synchronize).
    #[inline]
    pub fn synchronize_observed<L: Level, F, R>(
        &self,
        irql: &mut Irql<'_, L>,
        source: Source<'_>,
        body: F,
    ) -> Outcome<R>
    where
        F: FnOnce(&mut T) -> R,
    {
        self.observe(irql, source, body, const { NoDestructor::assert() })
    }

    #[inline]
    fn observe<L: Level, F, R>(
        &self,
        irql: &mut Irql<'_, L>,
        source: Source<'_>,
        body: F,
        _: NoDestructor<F>,
    ) -> Outcome<R>
    where
        F: FnOnce(&mut T) -> R,
    {
        let _ = irql;
        if let Err(refusal) = self.admit(source) {
            return Outcome {
                result: Err(refusal),
                raw: 0,
                calls: 0,
            };
        }
        let raw = source.descriptor();
        let synchronize = |routine, context: *mut c_void| {
            // SAFETY: The descriptor is PSHED's own, live while the source is borrowed, of a source that
            // an IRQL masks. IRQL is at most what the author promises to be that of its handler: at
            // PASSIVE_LEVEL there is nothing to promise. The token stays borrowed, so this activation
            // holds no lock that a closure runs under (nf-ntddk-pshedsynchronizeexecution).
            unsafe { platform::pshed_synchronize_execution(raw, routine, context) }
        };
        let mut state = &self.state;
        // SAFETY: PshedSynchronizeExecution calls the routine with the context that it is given, before
        // it returns (nf-ntddk-pshedsynchronizeexecution). The thunk works on this reference, which is a
        // local of the call; what it leads to is claimed.
        let outcome = unsafe {
            thunk::run(
                &raw mut state,
                |state: &mut &Claimed<T>| state.access(body),
                const { NoDestructor::assert() },
                synchronize,
            )
        };
        Outcome {
            result: match outcome.result {
                Ok(claimed) => claimed,
                Err(not_run) => Err(not_run),
            },
            raw: outcome.raw,
            calls: outcome.calls,
        }
    }

    /// Whether NT may be asked at all.
    fn admit(&self, source: Source<'_>) -> Result<(), NotRun> {
        if !self.belongs_to(source.id()) {
            return Err(NotRun::OtherSource);
        }
        if !source.is_maskable() {
            return Err(NotRun::NotMaskable);
        }
        if platform::current_irql() > self.callers {
            return Err(NotRun::AbovePassive);
        }
        Ok(())
    }

    /// The `ErrorSourceId` of the source that the state belongs to; zero while it belongs to none.
    #[must_use]
    pub fn id(&self) -> u32 {
        access::load(&self.id)
    }

    /// How often an access found something inside.
    #[must_use]
    pub fn contended(&self) -> u64 {
        self.state.contended()
    }

    /// Takes the state out.
    pub fn into_inner(self) -> T {
        self.state.into_inner()
    }
}

impl<T> fmt::Debug for ErrorSource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorSource")
            .field("id", &access::load(&self.id))
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
