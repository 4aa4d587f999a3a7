//! What the thunk makes of the state it is given: a word that is an address, and then says how often it was called.

use std::ffi::c_void;

use dirql::{
    NotRun, Outcome,
    thunk::{self, NoDestructor, SynchronizeRoutine},
};

/// Runs `body` by a routine that calls the thunk `times` times.
///
/// # Safety
///
/// `state` is live and nothing else's.
unsafe fn called<S, F, R>(state: *mut S, times: u32, body: F) -> Outcome<R>
where
    F: FnOnce(&mut S) -> R,
{
    let plain = const { NoDestructor::<F>::assert() };
    let routine = |thunk: SynchronizeRoutine, context: *mut c_void| {
        for _ in 0..times {
            // SAFETY: The context is the thunk's, and this is inside of the routine.
            assert_eq!(unsafe { thunk(context) }, 1);
        }
        0
    };
    // SAFETY: The routine calls the thunk here only, one call after the other; the state is as the caller promises.
    unsafe { thunk::run(state, body, plain, routine) }
}

/// A value without bytes, which may lie at any address that its alignment allows.
fn without_bytes<S: Default>() {
    // The lowest address, which Rust gives to a boxed one: 1 where the alignment is.
    let mut state = Box::new(S::default());
    for (times, result) in [(0, Err(NotRun::NotCalled)), (1, Ok(7)), (2, Ok(7))] {
        // SAFETY: The state is live and nothing else's.
        let outcome = unsafe { called(&raw mut *state, times, |_| 7) };
        assert_eq!((outcome.result, outcome.calls), (result, times));
    }
}

#[test]
fn a_state_without_bytes_is_not_taken_for_a_count_of_calls() {
    #[derive(Default)]
    struct Aligned([u16; 0]);
    #[derive(Default)]
    #[repr(align(64))]
    struct Overaligned;

    without_bytes::<()>();
    without_bytes::<Aligned>();
    without_bytes::<Overaligned>();
    assert_eq!(Aligned::default().0.len(), 0);
}

#[test]
fn a_state_of_one_byte_is_reached_by_its_own_address() {
    let mut bytes = [0u8; 4];
    for byte in &mut bytes {
        let place = std::ptr::from_mut(byte);
        // SAFETY: The byte is live and nothing else's.
        let outcome = unsafe {
            called(place, 2, |byte| {
                *byte += 1;
                std::ptr::from_mut(byte).addr()
            })
        };
        assert_eq!((outcome.result, outcome.calls), (Ok(place.addr()), 2));
    }
    assert_eq!(bytes, [1; 4]);
}
