//! A value that concurrent callbacks use until its owner takes it away.
//!
//! A framework context is raw zeroed memory that any callback may reach at any time, also before the
//! device is started and while it is stopped. An interrupt in it comes with the resources and goes with
//! them. Rundown protection is NT's way to say so: who uses the value holds protection, who takes it
//! away lets no more in and waits for the rest.

use core::{
    cell::UnsafeCell,
    fmt,
    mem::{MaybeUninit, offset_of},
    sync::atomic::{AtomicU32, Ordering, fence},
};

use crate::{
    Irql, Level, Passive,
    atomics::access,
    kernel::platform::{self, APC_LEVEL, PASSIVE_LEVEL, RundownRef},
};

/// Nothing has ever been published: what zeroed memory says.
const NEW: u32 = 0;
/// One caller of `publish` or `revoke` is at work.
const CHANGING: u32 = 1;
/// There is a value.
const PUBLISHED: u32 = 2;
/// There was a value, and its rundown is complete.
const REVOKED: u32 = 3;

/// A place for a value that can be revoked while it is in use elsewhere.
///
/// Memory of all zero bytes is a valid, empty `Revocable`, so one may be a field of a framework context
/// that is never constructed. Such a one is never dropped either: what published revokes.
///
/// # Examples
///
/// ```
/// use dirql::{Passive, Revocable, enter};
///
/// static NUMBER: Revocable<u32> = Revocable::new();
///
/// // SAFETY: A thread at PASSIVE_LEVEL, that holds no interrupt lock.
/// unsafe {
///     enter::<Passive, _>(|irql| {
///         assert_eq!(NUMBER.access(irql, |number, _| *number), None);
///         NUMBER.publish(irql, 7).unwrap();
///         assert_eq!(NUMBER.access(irql, |number, _| *number), Some(7));
///         // Waits for accesses that are running elsewhere.
///         assert_eq!(NUMBER.revoke(irql).unwrap(), Some(7));
///         assert_eq!(NUMBER.access(irql, |number, _| *number), None);
///     })
/// }
/// ```
///
/// # Invariants
///
/// The rundown reference of `gate` grants protection only while `value` is initialised and nothing changes it.
#[repr(C)]
pub struct Revocable<T> {
    gate: Gate,
    value: UnsafeCell<MaybeUninit<T>>,
}

/// What lets accesses to a value in, and keeps them out.
///
/// # Invariants
///
/// - `state` is one of the four constants. Only the caller who changed it to `CHANGING` changes it next.
/// - The rundown reference has been initialised in every state but `NEW` and a `CHANGING` that came from it.
#[repr(C)]
struct Gate {
    state: AtomicU32,
    rundown: RundownRef,
}

// SAFETY: The place holds a `T`, and nothing in it belongs to a thread.
unsafe impl<T: Send> Send for Revocable<T> {}

// SAFETY: `access` gives `&T` to several threads at a time, for which `T` is `Sync`; `publish` and
// `revoke` move a `T` between threads, for which it is `Send`. The state and the rundown reference are
// used atomically.
unsafe impl<T: Send + Sync> Sync for Revocable<T> {}

/// A revocation was refused, because IRQL was above `PASSIVE_LEVEL` and it may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokeError;

impl fmt::Display for RevokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("revoking needs PASSIVE_LEVEL and IRQL is higher")
    }
}

impl core::error::Error for RevokeError {}

impl<T> Revocable<T> {
    /// Where the value is in its place, in bytes.
    pub const VALUE_OFFSET: usize = offset_of!(Self, value);

    /// An empty place: all zero bytes, apart from where the value will be.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            gate: Gate {
                state: AtomicU32::new(NEW),
                rundown: RundownRef::zeroed(),
            },
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Puts a value in.
    ///
    /// Wraps `ExInitializeRundownProtection` and `ExReInitializeRundownProtection`.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// The value comes back where there is one already, where another thread is publishing or revoking, and
    /// where IRQL was higher.
    pub fn publish(&self, irql: &mut Irql<'_, Passive>, value: T) -> Result<(), T> {
        let _ = irql;
        let Some(earlier) = self.gate.claim_empty() else {
            return Err(value);
        };
        // SAFETY: The state was changed to CHANGING by this call, so nothing else writes the value; the
        // rundown reference grants nothing, so nothing reads it.
        unsafe { self.value.get().write(MaybeUninit::new(value)) };
        // SAFETY: The state was changed to CHANGING from `earlier` by this call, at PASSIVE_LEVEL, and the value is
        // initialised.
        unsafe { self.gate.open(earlier) };
        Ok(())
    }

    /// Runs `body` on the value, if there is one, and keeps it from being revoked meanwhile.
    ///
    /// The token is lent on to `body`, which can synchronize with it. While `body` runs below
    /// `DISPATCH_LEVEL` it is inside a critical region, so that a thread suspended in it cannot hold up
    /// the owner. A `body` that revokes the same place waits for itself, for ever.
    ///
    /// Wraps `ExAcquireRundownProtection` and `ExReleaseRundownProtection`.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`. The place lies in non-paged memory, as framework contexts do.
    pub fn access<'cx, L: Level, R>(
        &self,
        irql: &mut Irql<'cx, L>,
        body: impl FnOnce(&T, &mut Irql<'cx, L>) -> R,
    ) -> Option<R> {
        let _protection = Protection {
            in_critical_region: self.gate.enter()?,
            rundown: &self.gate.rundown,
        };
        // SAFETY: The place is live, so its field may be read; protection is held, so the value is
        // initialised and nothing writes it before the protection is released.
        let place = unsafe { &*self.value.get() };
        // SAFETY: As above: protection is granted only while the value is initialised.
        let value = unsafe { place.assume_init_ref() };
        Some(body(value, irql))
    }

    /// Takes the value out, after the last access to it has ended.
    ///
    /// `None` where there is no value, or where another thread is publishing or revoking.
    ///
    /// Wraps `ExWaitForRundownProtectionRelease`.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`RevokeError`] where IRQL was higher; the value stays.
    pub fn revoke(&self, irql: &mut Irql<'_, Passive>) -> Result<Option<T>, RevokeError> {
        let _ = irql;
        if !self.gate.close()? {
            return Ok(None);
        }
        // SAFETY: The rundown is complete, so nothing reads the value; the state is CHANGING by this call, so
        // nothing writes it.
        let place = unsafe { self.value.get().read() };
        // SAFETY: The state was PUBLISHED, so the value is initialised; the copy left behind is not used
        // as one again before it is overwritten.
        let value = unsafe { place.assume_init() };
        access::store(&self.gate.state, REVOKED);
        Ok(Some(value))
    }
}

#[cfg(feature = "wdf")]
impl<T> Revocable<T> {
    /// Whether there is a value, or something is publishing or revoking one.
    pub(crate) fn is_in_use(&self) -> bool {
        matches!(access::load(&self.gate.state), CHANGING | PUBLISHED)
    }
}

impl<T> Default for Revocable<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for Revocable<T> {
    fn drop(&mut self) {
        if *self.gate.state.get_mut() == PUBLISHED {
            // SAFETY: The place is not shared any more and the state says that the value is initialised.
            unsafe { self.value.get_mut().assume_init_drop() };
        }
    }
}

impl<T> fmt::Debug for Revocable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let published = access::load(&self.gate.state) == PUBLISHED;
        f.debug_struct("Revocable")
            .field("published", &published)
            .finish_non_exhaustive()
    }
}

// What a driver has in many places, for many types, is compiled once.
impl Gate {
    /// Changes the state to `CHANGING` where there is no value, and says what it was: `NEW` or `REVOKED`.
    ///
    /// `None` where there is one, where another thread is publishing or revoking, and where IRQL is above
    /// `PASSIVE_LEVEL`.
    #[inline(never)]
    fn claim_empty(&self) -> Option<u32> {
        if platform::current_irql() != PASSIVE_LEVEL {
            return None;
        }
        [NEW, REVOKED].into_iter().find(|&empty| {
            self.state
                .compare_exchange(empty, CHANGING, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
        })
    }

    /// Lets accesses in.
    ///
    /// # Safety
    ///
    /// [`claim_empty`](Self::claim_empty) has answered `earlier` to this caller, which is still at `PASSIVE_LEVEL`. The
    /// value is initialised.
    #[inline(never)]
    unsafe fn open(&self, earlier: u32) {
        if earlier == NEW {
            // SAFETY: Nothing calls a rundown routine on it while the state is NEW or CHANGING from NEW.
            unsafe { platform::rundown_initialize(&self.rundown) };
        } else {
            // No page says that what is written before the reinitialisation is seen by who is granted
            // protection after it. This fence and the one in `enter` say it.
            fence(Ordering::Release);
            // SAFETY: IRQL is PASSIVE_LEVEL; the state was REVOKED, so the rundown is complete,
            // and this is the one caller that changes it.
            unsafe { platform::rundown_reinitialize(&self.rundown) };
        }
        access::store(&self.state, PUBLISHED);
    }

    /// Lets no more accesses in, and waits for the last; says whether there was a value, whose state is `CHANGING` by
    /// this call then.
    ///
    /// # Errors
    ///
    /// IRQL is above `PASSIVE_LEVEL`.
    #[inline(never)]
    fn close(&self) -> Result<bool, RevokeError> {
        if platform::current_irql() != PASSIVE_LEVEL {
            return Err(RevokeError);
        }
        let claimed =
            self.state
                .compare_exchange(PUBLISHED, CHANGING, Ordering::Acquire, Ordering::Relaxed);
        if claimed.is_ok() {
            // SAFETY: IRQL is PASSIVE_LEVEL, and the reference has been initialised, for there is a value.
            unsafe { platform::rundown_wait(&self.rundown) };
        }
        Ok(claimed.is_ok())
    }

    /// Acquires rundown protection, for a [`Protection`]; the caller holds a token, so IRQL <= `DISPATCH_LEVEL`.
    ///
    /// Says whether this activation has entered a critical region meanwhile; none where there is no value, and then
    /// nothing is held or entered.
    #[inline]
    fn enter(&self) -> Option<bool> {
        // Acquire, so that the rundown reference is seen initialised.
        if access::load(&self.state) != PUBLISHED {
            return None;
        }
        let in_critical_region = platform::current_irql() <= APC_LEVEL;
        if in_critical_region {
            // SAFETY: IRQL <= APC_LEVEL; left when the protection is dropped, on this thread, for the
            // type is not `Send` and stays in `access`.
            unsafe { platform::enter_critical_region() };
        }
        // SAFETY: IRQL <= DISPATCH_LEVEL, and the reference has been initialised, for the state was
        // PUBLISHED. Success is released when the protection is dropped.
        let granted = unsafe { platform::rundown_acquire(&self.rundown) };
        // The state above may be that of an earlier value, and the protection that of a later one. With this
        // fence and the one before the reinitialisation, the load below sees what the publisher made of the
        // state before it reinitialised, or something later. And what is PUBLISHED there was stored after the
        // value had been written. Anything else is a publication that has not ended or a revocation that has
        // begun: there is no value to use.
        fence(Ordering::Acquire);
        if granted && access::load(&self.state) == PUBLISHED {
            return Some(in_critical_region);
        }
        // SAFETY: Both are as they were answered and entered above, on this thread.
        unsafe { self.turn_back(granted, in_critical_region) };
        None
    }

    /// Undoes what an access has done that finds no value after all.
    ///
    /// # Safety
    ///
    /// This activation has protection where it was `granted`, has entered a critical region where it is
    /// `in_critical_region`, and keeps neither. IRQL is as it was then.
    #[cold]
    #[inline(never)]
    unsafe fn turn_back(&self, granted: bool, in_critical_region: bool) {
        if granted {
            // SAFETY: Granted once, released once; IRQL is the caller's promise.
            unsafe { platform::rundown_release(&self.rundown) };
        }
        if in_critical_region {
            // SAFETY: Entered on this thread, as the caller promises.
            unsafe { platform::leave_critical_region() };
        }
    }
}

/// Rundown protection, held.
struct Protection<'a> {
    rundown: &'a RundownRef,
    in_critical_region: bool,
}

impl Drop for Protection<'_> {
    fn drop(&mut self) {
        // SAFETY: Granted once, released once; IRQL is that of the acquisition, for `access` lends the
        // token only for the time of a closure.
        unsafe { platform::rundown_release(self.rundown) };
        if self.in_critical_region {
            // SAFETY: Entered by `Gate::enter` on this thread, at this IRQL.
            unsafe { platform::leave_critical_region() };
        }
    }
}
