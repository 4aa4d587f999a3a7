//! The one routine that NT calls back on behalf of every closure, for adapters over any routine of the family.
//!
//! A synchronize routine of NT takes one pointer and returns a BOOLEAN. The thunk makes a closure of
//! that: the pointer leads to a slot on the stack of the caller, in which the closure waits and the
//! result travels back. The slot counts the calls. None means that the closure did not run, whatever
//! the BOOLEAN says; a second call is counted and has no other effect, because the closure is gone.
//!
//! A driver needs none of this: its adapter does. The adapters of this crate call [`run`], and so does that of
//! `dirql-video`.

use core::{
    ffi::c_void,
    marker::PhantomData,
    mem::{ManuallyDrop, MaybeUninit},
};

use crate::outcome::{NotRun, Outcome};

/// What every routine of the family takes: a context, and a BOOLEAN back. Never null.
pub type SynchronizeRoutine = unsafe extern "C" fn(context: *mut c_void) -> u8;

/// TRUE of wdm.h.
const TRUE: u8 = 1;

/// What the thunk finds behind its context.
///
/// # Invariants
///
/// `body` is live while `calls` is zero and moved out from then on; `result` is written exactly when
/// `calls` has become one and the routine has returned.
struct Slot<S, F, R> {
    calls: u32,
    state: *mut S,
    body: ManuallyDrop<F>,
    result: MaybeUninit<R>,
}

/// Runs the closure of a [`Slot`].
///
/// # Safety
///
/// - `context` is a live `Slot<S, F, R>` that nothing else uses meanwhile, and whose invariants hold.
/// - `state` of the slot is live, and nobody else uses what it points to until this returns.
unsafe extern "C" fn thunk<S, F, R>(context: *mut c_void) -> u8
where
    F: FnOnce(&mut S) -> R,
{
    let slot = context.cast::<Slot<S, F, R>>();
    // SAFETY: The slot is live and this call has it alone.
    let calls = unsafe { &mut (*slot).calls };
    let earlier_calls = *calls;
    *calls = earlier_calls.wrapping_add(1);
    if earlier_calls != 0 {
        return TRUE;
    }
    // SAFETY: The slot is live, so its field may be named.
    let body = unsafe { &raw const (*slot).body };
    // SAFETY: This is the first call, so the body is live; it counts as moved out from here on, and
    // ManuallyDrop keeps the slot from dropping it again.
    let body = ManuallyDrop::into_inner(unsafe { body.read() });
    // SAFETY: The slot is live.
    let state = unsafe { (*slot).state };
    // SAFETY: Nobody else uses the state until this routine returns, and the reference ends with the
    // call of `body`, whose type holds for any lifetime and so cannot keep it.
    let result = body(unsafe { &mut *state });
    // SAFETY: The slot is live, so its field may be named.
    let place = unsafe { &raw mut (*slot).result };
    // SAFETY: The place is live, aligned and not initialised.
    unsafe { place.cast::<R>().write(result) };
    TRUE
}

/// Evidence that `F` is dropped without running a destructor.
///
/// Nothing captured is dropped implicitly, then. A body can still take a value out of `ManuallyDrop`, or empty
/// what it reaches by reference.
///
/// [`run`] asks for it, so that no function that hands a closure to NT can forget the assertion. A public
/// function makes it in a `const` block of its own, and so the compiler's message leads from there to the
/// code of the user. It comes when code is generated for the call: `cargo check` does not see it.
#[derive(Debug)]
pub struct NoDestructor<F>(PhantomData<fn(F)>);

impl<F> NoDestructor<F> {
    /// Fails to compile, in a `const` block, where `F` has a destructor.
    ///
    /// # Panics
    ///
    /// Where `F` has one; in a `const` block that is an error of the compiler.
    #[must_use]
    pub const fn assert() -> Self {
        assert!(
            !core::mem::needs_drop::<F>(),
            "a synchronize closure may not own a value with a destructor, which would run at the \
             interrupt's IRQL: borrow the value, or return it"
        );
        Self(PhantomData)
    }
}

/// Hands `body` to an NT routine of the synchronize family.
///
/// `routine` calls that NT routine with the thunk and the context it is given, and returns the raw
/// BOOLEAN.
///
/// # Safety
///
/// - `routine` lets the thunk be called only with its context, only before it returns, and never twice
///   at a time.
/// - Whenever the thunk is called, `state` is live and nobody else uses what it points to.
#[inline]
pub unsafe fn run<S, F, R>(
    state: *mut S,
    body: F,
    _: NoDestructor<F>,
    routine: impl FnOnce(SynchronizeRoutine, *mut c_void) -> u8,
) -> Outcome<R>
where
    F: FnOnce(&mut S) -> R,
{
    let mut slot = Slot::<S, F, R> {
        calls: 0,
        state,
        body: ManuallyDrop::new(body),
        result: MaybeUninit::uninit(),
    };
    // From here on the slot is reached through this pointer only, which the kernel holds too.
    let slot = &raw mut slot;
    let raw = routine(thunk::<S, F, R>, slot.cast());
    // SAFETY: The slot is live and the routine has returned.
    let calls = unsafe { (*slot).calls };
    let result = if calls == 0 {
        Err(NotRun::NotCalled)
    } else {
        // SAFETY: The slot is live, so its field may be named.
        let place = unsafe { &raw const (*slot).result };
        // SAFETY: The first call wrote the result before it returned, and it is taken out once.
        Ok(unsafe { place.cast::<R>().read() })
    };
    Outcome { result, raw, calls }
}
