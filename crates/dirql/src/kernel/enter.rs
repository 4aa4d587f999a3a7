//! The way to a token in a driver: `enter`, which looks whether it was told the truth, and raising.

use super::{
    bugcheck::{self, Reason},
    platform,
};
use crate::{Dispatch, Irql, Level, enter_unchecked};

/// Runs `body` with the token of this activation.
///
/// A driver calls this once in each callback that NT or the framework makes, and passes the token on.
/// Such a callback is itself an `unsafe extern "C" fn`: nothing but its documented caller may call it.
///
/// KMDF may present a request inside of a call that the driver makes in another callback, such as the completion
/// of the request before. So a callback may run inside of another, on the same stack, while the other's token is
/// live. That is allowed: what a token is for is that no interrupt lock is held.
///
/// # Safety
///
/// For the whole of `body`, apart from raising through the token:
///
/// - IRQL is at most `L`, also where this callback was called inside of another that has raised it;
/// - this activation holds no interrupt lock: it is not inside a service routine, not inside a closure of
///   [`synchronize`](crate::Interrupt::synchronize) or another synchronize routine, and not between
///   `KeAcquireInterruptSpinLock` and its release.
///
/// A driver keeps the second by calling neither NT's nor the framework's completion routines in closures, nor
/// anything else that may call it back.
///
/// # IRQL
///
/// At most `L`. A build with debug assertions checks it and stops the machine with
/// [`BUGCHECK_CODE`](crate::BUGCHECK_CODE) where it is higher.
///
/// # Examples
///
/// ```
/// use dirql::{Irql, Passive, enter};
///
/// fn prepare(irql: &mut Irql<'_, Passive>) -> u32 {
///     irql.raise_to_dispatch(|_irql| 1)
/// }
///
/// // SAFETY: An ordinary thread at PASSIVE_LEVEL that holds no interrupt lock.
/// let answer = unsafe { enter::<Passive, _>(prepare) };
/// assert_eq!(answer, 1);
/// ```
pub unsafe fn enter<L: Level, R>(body: impl for<'cx> FnOnce(&mut Irql<'cx, L>) -> R) -> R {
    if cfg!(debug_assertions) && platform::current_irql() > L::MAX {
        bugcheck::stop(Reason::EnteredAboveLevel, usize::from(L::MAX), 0);
    }
    // SAFETY: As the caller promises.
    unsafe { enter_unchecked(body) }
}

impl<L: Level> Irql<'_, L> {
    /// Runs `body` at `DISPATCH_LEVEL`, and comes back to the IRQL of the caller.
    ///
    /// Wraps `KeRaiseIrql` and `KeLowerIrql`. Nothing in `body` may wait or touch pageable memory.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    pub fn raise_to_dispatch<R>(
        &mut self,
        body: impl for<'up> FnOnce(&mut Irql<'up, Dispatch>) -> R,
    ) -> R {
        raised(platform::DISPATCH_LEVEL, body)
    }

    /// Runs `body` at `APC_LEVEL`, or where the caller stands if that is higher, and comes back.
    ///
    /// The token inside is one of [`Dispatch`]: at `APC_LEVEL` the IRQL is "at most
    /// `DISPATCH_LEVEL`", and nothing that needs `PASSIVE_LEVEL` is allowed.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    pub fn raise_to_apc<R>(
        &mut self,
        body: impl for<'up> FnOnce(&mut Irql<'up, Dispatch>) -> R,
    ) -> R {
        raised(platform::APC_LEVEL, body)
    }
}

/// Runs `body` at `irql` or above; the caller holds a token that stays borrowed meanwhile.
fn raised<R>(irql: u8, body: impl for<'up> FnOnce(&mut Irql<'up, Dispatch>) -> R) -> R {
    /// Lowers on the way out, on a host also when a test panics in the body.
    struct Restore(Option<u8>);
    impl Drop for Restore {
        fn drop(&mut self) {
            if let Some(old) = self.0 {
                // SAFETY: `old` came from the raise in `raised`, which is the latest one not undone:
                // `body` can raise only through its own token, which undoes it (nf-wdm-kelowerirql).
                unsafe { platform::lower_irql(old) };
            }
        }
    }

    // The comparison costs a call, but keeps the raise lawful even where safe code of another crate
    // has raised IRQL behind the token.
    let old = (platform::current_irql() < irql).then(|| {
        // SAFETY: The current IRQL is below `irql`, so this is a raise; `Restore` undoes it
        // (nf-wdm-keraiseirql).
        unsafe { platform::raise_irql(irql) }
    });
    let _restore = Restore(old);
    body(&mut Irql::new())
}
