//! IRQL as a token: a value that proves how high this processor may stand, and that this activation holds no
//! interrupt lock.

use core::marker::PhantomData;

/// `PASSIVE_LEVEL` in wdm.h: ordinary threads.
pub(crate) const PASSIVE_LEVEL: u8 = 0;
/// `DISPATCH_LEVEL` in wdm.h: the dispatcher and DPCs. Device interrupts stand above it.
pub(crate) const DISPATCH_LEVEL: u8 = 2;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Passive {}
    impl Sealed for super::Dispatch {}
}

/// An upper bound on the IRQL: [`Passive`] or [`Dispatch`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no IRQL that a token has",
    note = "the levels are `dirql::Passive` and `dirql::Dispatch`; at a device level there is no token"
)]
pub trait Level: sealed::Sealed {
    /// The highest IRQL that the level admits.
    const MAX: u8;
}

/// IRQL is `PASSIVE_LEVEL`.
pub enum Passive {}

/// IRQL is at most `DISPATCH_LEVEL`.
pub enum Dispatch {}

impl Level for Passive {
    const MAX: u8 = PASSIVE_LEVEL;
}

impl Level for Dispatch {
    const MAX: u8 = DISPATCH_LEVEL;
}

/// Proof that IRQL is at most `L` and that this activation holds no interrupt lock.
///
/// The token has no size and no operations but raising. What needs it borrows it mutably. So the
/// token is out of reach while a closure runs under an interrupt lock, and a second
/// [`synchronize`](crate::Interrupt::synchronize) inside the first does not compile.
///
/// # Invariants
///
/// - While a token can be used, its activation (a thread, a DPC, a work item) is inside no closure and no service
///   routine of an interrupt: a closure borrows the token by which it was called, and [`enter`](crate::enter) is not called
///   inside of either. Tokens of one activation are nested: [`enter`](crate::enter) inside of a callback that was called inside
///   of another makes a second one, and the first is out of use until that callback returns.
/// - `'cx` is fresh for every token and the type is invariant in it, so that tokens can be neither
///   exchanged nor kept; the type is neither `Send` nor `Sync`, because IRQL belongs to a processor.
pub struct Irql<'cx, L: Level> {
    _scope: PhantomData<fn(&'cx ()) -> &'cx ()>,
    _not_send: PhantomData<*mut ()>,
    _level: PhantomData<L>,
}

const _: () = assert!(size_of::<Irql<'_, Passive>>() == 0);

/// Runs `body` with the token of this activation, without a look at the IRQL.
///
/// What [`enter`](crate::enter) is to a driver, this is to an adapter whose driver may not call what tells the
/// IRQL: a video miniport imports from its port driver alone.
///
/// # Safety
///
/// As for [`enter`](crate::enter).
///
/// # IRQL
///
/// At most `L`; nothing checks it.
pub unsafe fn enter_unchecked<L: Level, R>(
    body: impl for<'cx> FnOnce(&mut Irql<'cx, L>) -> R,
) -> R {
    body(&mut Irql::new())
}

impl<L: Level> Irql<'_, L> {
    /// Runs `body` with a token that says less: that IRQL is at most `DISPATCH_LEVEL`.
    ///
    /// Nothing is raised. What is written for [`Dispatch`] serves callers at `PASSIVE_LEVEL` by it, without being
    /// compiled for each level. Meanwhile this token is out of reach.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    #[inline]
    pub fn as_dispatch<R>(
        &mut self,
        body: impl for<'up> FnOnce(&mut Irql<'up, Dispatch>) -> R,
    ) -> R {
        body(&mut Irql::new())
    }

    /// INVARIANT: the callers hand the value to a closure, while the activation holds no interrupt lock and every
    /// token that it was made from stays borrowed.
    pub(crate) const fn new() -> Self {
        Self {
            _scope: PhantomData,
            _not_send: PhantomData,
            _level: PhantomData,
        }
    }
}
