//! The context of a framework interrupt: the handler, how far it has come, and the gate of closures.

use core::{
    cell::UnsafeCell,
    mem::MaybeUninit,
    ptr::NonNull,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    Irql, Passive, Revocable, RevokeError,
    kernel::platform::{self, PASSIVE_LEVEL},
};

/// There is no handler: what zeroed memory says.
pub(super) const EMPTY: u32 = 0;
/// A handler is being put in, or taken out.
pub(super) const CHANGING: u32 = 1;
/// There is a handler, and the interrupt is not enabled.
pub(super) const READY: u32 = 2;
/// There is a handler, and `EvtInterruptEnable` has succeeded.
pub(super) const ENABLED: u32 = 3;

/// Every access to the stage and to the count of routines inside: a routine counts itself in and then looks at the stage,
/// and who takes the handler out changes the stage and then looks at the count. One of the two sees the other.
const IN_ONE_ORDER: Ordering = Ordering::SeqCst;

/// What is in the context of a WDFINTERRUPT. Zero bytes are one without a handler.
///
/// # Invariants
///
/// - `state` is a handler where `stage` is `READY` or `ENABLED`. It is used by the holder of the interrupt's lock, who is
///   counted in `inside` or has passed the gate.
/// - `stage` changes between `READY` and `ENABLED` under the interrupt's lock, to `CHANGING` by what puts a handler in or takes
///   it out, and that one alone changes it next.
/// - `inside` is the number of callbacks that have begun and not ended.
/// - The gate is open only while the interrupt is connected and enabled.
#[repr(C)]
pub(super) struct Context<H> {
    state: UnsafeCell<MaybeUninit<H>>,
    pub(super) gate: Revocable<()>,
    stage: AtomicU32,
    inside: AtomicU32,
}

impl<H> Context<H> {
    /// Where the handler is.
    ///
    /// # Safety
    ///
    /// The context is live.
    pub(super) unsafe fn state(context: NonNull<Self>) -> *mut H {
        // SAFETY: The context is live, so its field may be named; no reference is formed.
        let state = unsafe { &raw const (*context.as_ptr()).state };
        UnsafeCell::raw_get(state).cast()
    }

    /// What all sides share.
    ///
    /// # Safety
    ///
    /// The context is live for `'a`.
    pub(super) unsafe fn shared<'a>(context: NonNull<Self>) -> Shared<'a> {
        // SAFETY: The context is live; this reference is to the gate alone, which all sides share.
        let gate = unsafe { &(*context.as_ptr()).gate };
        // SAFETY: As above, of the stage, which is used atomically.
        let stage = unsafe { &(*context.as_ptr()).stage };
        // SAFETY: As above.
        let inside = unsafe { &(*context.as_ptr()).inside };
        Shared {
            gate,
            stage,
            inside,
        }
    }
}

/// All of a context but the handler.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) gate: &'a Revocable<()>,
    stage: &'a AtomicU32,
    inside: &'a AtomicU32,
}

impl<'a> Shared<'a> {
    /// The stage as it is now: a read-modify-write sees the latest value.
    pub(super) fn stage(self) -> u32 {
        let looked = self
            .stage
            .compare_exchange(EMPTY, EMPTY, IN_ONE_ORDER, IN_ONE_ORDER);
        looked.unwrap_or_else(|stage| stage)
    }

    /// Changes the stage where it is `from`; says whether it was.
    pub(super) fn advance(self, from: u32, to: u32) -> bool {
        let changed = self
            .stage
            .compare_exchange(from, to, IN_ONE_ORDER, IN_ONE_ORDER);
        changed.is_ok()
    }

    /// Counts a callback in for as long as the result lives.
    pub(super) fn enter(self) -> Inside<'a> {
        self.inside.fetch_add(1, IN_ONE_ORDER);
        Inside(self.inside)
    }

    /// Lets no more closures in, and waits until none is inside, what else does so, too. Says whether this call has closed
    /// the gate.
    ///
    /// # Errors
    ///
    /// IRQL is above `PASSIVE_LEVEL`; the gate stays as it is.
    pub(super) fn close(self, irql: &mut Irql<'_, Passive>) -> Result<bool, RevokeError> {
        let mut closed = false;
        loop {
            closed |= self.gate.revoke(irql)?.is_some();
            if !self.gate.is_in_use() {
                return Ok(closed);
            }
            // Something else is opening or closing it.
            //
            // SAFETY: IRQL is PASSIVE_LEVEL, which `revoke` has looked at, and no lock is held, as the token says.
            unsafe { platform::delay() };
        }
    }

    /// Takes the handler from all that use it: says whether there was one. Then the caller has it alone, and makes the stage
    /// `EMPTY`.
    ///
    /// # Errors
    ///
    /// IRQL is above `PASSIVE_LEVEL`; nothing has changed.
    pub(super) fn withdraw(self, irql: &mut Irql<'_, Passive>) -> Result<bool, RevokeError> {
        if platform::current_irql() != PASSIVE_LEVEL {
            return Err(RevokeError);
        }
        loop {
            if self.advance(READY, CHANGING) || self.advance(ENABLED, CHANGING) {
                break;
            }
            if matches!(self.stage(), EMPTY | CHANGING) {
                return Ok(false);
            }
        }
        // What NT has dispatched, and has not come to count itself in, finds no handler. It keeps its processor from this
        // thread, and has left the context once it has run on each.
        //
        // SAFETY: IRQL is PASSIVE_LEVEL.
        unsafe { platform::run_on_every_processor() };
        while self
            .inside
            .compare_exchange(0, 0, IN_ONE_ORDER, IN_ONE_ORDER)
            .is_err()
        {
            // SAFETY: IRQL is PASSIVE_LEVEL and no lock is held, as the token says.
            unsafe { platform::delay() };
        }
        // What opens the gate is counted in while it looks at the stage: none opens it any more.
        self.close(irql)?;
        Ok(true)
    }
}

/// A callback that is counted in.
pub(super) struct Inside<'a>(&'a AtomicU32);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, IN_ONE_ORDER);
    }
}
