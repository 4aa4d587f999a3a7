//! The token, and the IRQL that it speaks of.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::thread as as_thread;
use dirql::{Dispatch, Irql, Level, Passive, enter, mock};

#[test]
fn raising_goes_up_and_comes_back() {
    as_thread(|irql| {
        irql.raise_to_apc(|irql| {
            assert_eq!(mock::irql(), 1);
            irql.raise_to_dispatch(|irql| {
                assert_eq!(mock::irql(), 2);
                // Higher than asked already: nothing is lowered.
                assert_eq!(irql.raise_to_apc(|_| mock::irql()), 2);
                assert_eq!(irql.raise_to_dispatch(|_| mock::irql()), 2);
            });
            assert_eq!(mock::irql(), 1);
        });
        assert_eq!(mock::irql(), 0);
    });
}

#[test]
fn saying_less_raises_nothing_and_still_synchronizes() {
    let device = mock::Device::with_line(common::DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = common::connect(irql, &device, common::Twin::default());
        irql.as_dispatch(|irql: &mut Irql<'_, Dispatch>| {
            assert_eq!(mock::irql(), 0);
            let inside = interrupt.synchronize(irql, |_| mock::irql());
            assert_eq!(inside, Ok(common::DEVICE_LEVEL));
            irql.raise_to_dispatch(|irql| {
                assert_eq!(irql.as_dispatch(|_| mock::irql()), 2, "nothing is lowered");
            });
        });
        assert_eq!(mock::irql(), 0);
    });
}

#[test]
fn a_panic_in_a_host_test_comes_back_too() {
    as_thread(|irql| {
        let raised = catch_unwind(AssertUnwindSafe(|| {
            irql.raise_to_dispatch(|_| panic!("test"))
        }));
        assert!(raised.is_err());
        assert_eq!(mock::irql(), 0);
    });
}

#[test]
fn a_token_has_no_size() {
    assert_eq!(size_of::<Irql<'_, Passive>>(), 0);
    assert_eq!((Passive::MAX, Dispatch::MAX), (0, 2));
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the check belongs to builds with debug assertions"
)]
fn entering_above_the_level_stops_a_debug_build() {
    let bugcheck = common::stops(|| {
        mock::at_irql(3, || {
            // SAFETY: Not upheld, which is what the check is for: IRQL is above the level. Nothing is
            // done with the token.
            unsafe { enter::<Dispatch, _>(|_| ()) };
        });
    });
    assert_eq!(bugcheck.code, dirql::BUGCHECK_CODE);
    assert_eq!(
        bugcheck.parameters,
        [dirql::Reason::EnteredAboveLevel as usize, 3, 2, 0]
    );
}
