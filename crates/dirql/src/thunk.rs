//! The one routine that NT calls back on behalf of every closure, for adapters over any routine of the family.
//!
//! A synchronize routine of NT takes one pointer and returns a BOOLEAN. The thunk makes a closure of
//! that: the pointer leads to a slot on the stack of the caller, in which the closure waits and the
//! result travels back. The slot tells no call, one, and more than one apart. None means that the closure did not
//! run, whatever the BOOLEAN says; a second call is noted and has no other effect, because the closure is gone.
//!
//! A driver needs none of this: its adapter does. The adapters of this crate call [`run`], and so does that of
//! `dirql-video`.

use core::{
    ffi::c_void,
    marker::PhantomData,
    mem::{ManuallyDrop, MaybeUninit},
    ptr,
};

use crate::outcome::{NotRun, Outcome};

/// What every routine of the family takes: a context, and a BOOLEAN back. Never null.
pub type SynchronizeRoutine = unsafe extern "C" fn(context: *mut c_void) -> u8;

/// TRUE of wdm.h.
const TRUE: u8 = 1;

/// What is in a slot instead of the address of the state once the routine has been called: how often.
///
/// No state has such an address, so that one word is the address and the flag. A count beside the address would cost
/// each call three instructions more.
const ONCE: usize = 1;
/// As [`ONCE`], for two calls and for any number above.
const MORE_THAN_ONCE: usize = 2;

/// What the thunk finds behind its context.
///
/// # Invariants
///
/// - `state` is the address of the state, which is above [`MORE_THAN_ONCE`], until the routine is called. From then on
///   it is [`ONCE`] or [`MORE_THAN_ONCE`].
/// - `body` is live while `state` is an address, and moved out from then on.
/// - `result` is written exactly when `state` is no address and the routine has returned.
struct Slot<S, F, R> {
    state: *mut S,
    body: ManuallyDrop<F>,
    result: MaybeUninit<R>,
}

/// Runs the closure of a [`Slot`].
///
/// # Safety
///
/// - `context` is a live `Slot<S, F, R>` that nothing else uses meanwhile, and whose invariants hold.
/// - Where `state` of the slot is an address, it is that of a live state, and nothing else uses that until this returns.
unsafe extern "C" fn thunk<S, F, R>(context: *mut c_void) -> u8
where
    F: FnOnce(&mut S) -> R,
{
    let slot = context.cast::<Slot<S, F, R>>();
    // SAFETY: The slot is live and this call has it alone.
    let place = unsafe { &mut (*slot).state };
    let state = *place;
    if state.addr() <= MORE_THAN_ONCE {
        *place = ptr::without_provenance_mut(MORE_THAN_ONCE);
        return TRUE;
    }
    *place = ptr::without_provenance_mut(ONCE);
    // SAFETY: The slot is live, so its field may be named.
    let body = unsafe { &raw const (*slot).body };
    // SAFETY: This is the first call, so the body is live; it counts as moved out from here on, and
    // ManuallyDrop keeps the slot from dropping it again.
    let body = ManuallyDrop::into_inner(unsafe { body.read() });
    // SAFETY: Nothing else uses the state until this routine returns, and the reference ends with the
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
/// - Whenever the thunk is called, `state` is live and nothing else uses what it points to.
/// - `state` is not at the addresses 1 and 2, unless it is a value without bytes. No memory that a kernel or a process
///   is given is there.
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
        state: above_the_counts(state),
        body: ManuallyDrop::new(body),
        result: MaybeUninit::uninit(),
    };
    // From here on the slot is reached through this pointer only, which the kernel holds too.
    let slot = &raw mut slot;
    let raw = routine(thunk::<S, F, R>, slot.cast());
    // SAFETY: The slot is live and the routine has returned.
    let word = unsafe { (*slot).state }.addr();
    if word > MORE_THAN_ONCE {
        return Outcome {
            result: Err(NotRun::NotCalled),
            raw,
            calls: 0,
        };
    }
    // SAFETY: The slot is live, so its field may be named.
    let place = unsafe { &raw const (*slot).result };
    Outcome {
        // SAFETY: The first call wrote the result before it returned, and it is taken out once.
        result: Ok(unsafe { place.cast::<R>().read() }),
        raw,
        calls: if word == ONCE { 1 } else { 2 },
    }
}

/// The address of a state, above [`MORE_THAN_ONCE`]: that of a value without bytes may be any, so it gets another.
#[inline]
const fn above_the_counts<S>(state: *mut S) -> *mut S {
    /// A power of two, as every alignment is.
    const ABOVE: usize = 4;
    const { assert!(ABOVE > MORE_THAN_ONCE) };
    if size_of::<S>() != 0 {
        return state;
    }
    let aligned = if align_of::<S>() > ABOVE {
        align_of::<S>()
    } else {
        ABOVE
    };
    ptr::without_provenance_mut(aligned)
}
