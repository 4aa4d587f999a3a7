//! What a closure under the lock gives back, what it captures, and what NT may do to it.

mod common;

use std::{cell::Cell, rc::Rc, thread};

use common::{DEVICE_LEVEL, Twin, connect, repeated, thread as as_thread};
use dirql::{
    Dispatch, NotRun, enter,
    mock::{self, Device, Faults},
};

#[test]
fn a_unit_result_says_that_the_closure_ran() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        let mut ran = false;
        assert_eq!(interrupt.synchronize(irql, |_| ran = true), Ok(()));
        assert!(ran);
    });
}

#[test]
fn false_is_a_result_and_not_a_failure() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        assert_eq!(interrupt.synchronize(irql, |_| false), Ok(false));
        assert_eq!(interrupt.synchronize(irql, |_| true), Ok(true));
        let outcome = interrupt.synchronize_observed(irql, |_| false);
        assert_eq!(
            (outcome.result, outcome.raw, outcome.calls),
            (Ok(false), 1, 1)
        );
    });
}

#[test]
fn two_hundred_and_fifty_six_bytes_come_back_whole() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        let bytes: [u8; 256] = interrupt
            .synchronize(irql, |_| std::array::from_fn(|i| u8::try_from(i).unwrap()))
            .unwrap();
        assert!(
            bytes
                .iter()
                .enumerate()
                .all(|(i, &byte)| i == usize::from(byte))
        );
    });
}

#[test]
fn a_result_with_a_destructor_is_dropped_once_at_the_callers_irql() {
    struct Noted(Rc<Cell<u32>>);
    impl Drop for Noted {
        fn drop(&mut self) {
            assert_eq!(mock::irql(), 0);
            self.0.set(self.0.get() + 1);
        }
    }
    let device = Device::with_line(DEVICE_LEVEL);
    let drops = Rc::new(Cell::new(0));
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        let noted = interrupt
            .synchronize(irql, |_| Noted(Rc::clone(&drops)))
            .unwrap();
        assert_eq!(drops.get(), 0);
        drop(noted);
        assert_eq!(drops.get(), 1);
    });
}

#[test]
fn a_result_of_results_keeps_the_inner_error_apart() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        let inner: Result<Result<u32, String>, NotRun> =
            interrupt.synchronize(irql, |_| Err(String::from("full")));
        assert_eq!(inner, Ok(Err(String::from("full"))));
    });
}

#[test]
fn captures_by_reference_are_read_and_written() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        let amount = 5;
        let mut seen = Vec::from([1]);
        interrupt
            .synchronize(irql, |twin| {
                twin.one += amount;
                twin.other += amount;
                seen[0] = twin.one;
            })
            .unwrap();
        assert_eq!(seen, [5]);
    });
}

#[test]
fn the_state_stays_between_closures_and_interrupts() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        assert_eq!(device.fire(), Some(true));
        assert_eq!(device.fire(), Some(true));
        assert_eq!(interrupt.synchronize(irql, |twin| twin.one), Ok(2));
        let refused = interrupt.synchronize(irql, |twin| {
            twin.one = u32::MAX - 1;
            twin.other = u32::MAX - 1;
        });
        assert_eq!(refused, Ok(()));
        assert_eq!(
            device.fire(),
            Some(false),
            "the answer of the handler arrives"
        );
    });
}

#[test]
fn the_irql_is_the_callers_before_and_after_and_the_locks_inside() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        assert_eq!(
            interrupt.synchronize(irql, |_| mock::irql()),
            Ok(DEVICE_LEVEL)
        );
        assert_eq!(mock::irql(), 0);
        irql.raise_to_apc(|irql| {
            assert_eq!(
                interrupt.synchronize(irql, |_| mock::irql()),
                Ok(DEVICE_LEVEL)
            );
            assert_eq!(mock::irql(), 1);
        });
        irql.raise_to_dispatch(|irql| {
            assert_eq!(
                interrupt.synchronize(irql, |_| mock::irql()),
                Ok(DEVICE_LEVEL)
            );
            assert_eq!(mock::irql(), 2);
        });
        assert_eq!(mock::irql(), 0);
    });
}

#[test]
fn a_routine_that_is_never_called_is_not_run() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        device.set_faults(Faults {
            thunk_calls: 0,
            raw_boolean: Some(1),
            ..Faults::default()
        });
        let mut ran = false;
        assert_eq!(
            interrupt.synchronize(irql, |_| ran = true),
            Err(NotRun::NotCalled)
        );
        assert!(!ran);
        let outcome = interrupt.synchronize_observed(irql, |_| ());
        assert_eq!(outcome.result, Err(NotRun::NotCalled));
        assert_eq!(
            (outcome.raw, outcome.calls),
            (1, 0),
            "TRUE, and yet not run"
        );
    });
}

#[test]
fn a_routine_that_is_called_twice_runs_the_closure_once() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        device.set_faults(Faults {
            thunk_calls: 2,
            ..Faults::default()
        });
        let mut times = 0;
        let outcome = interrupt.synchronize_observed(irql, |_| {
            times += 1;
            vec![times]
        });
        assert_eq!((outcome.result, outcome.calls), (Ok(vec![1]), 2));
        assert_eq!(times, 1);
    });
}

#[test]
fn more_than_two_calls_are_told_as_two() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        device.set_faults(Faults {
            thunk_calls: 5,
            ..Faults::default()
        });
        let mut times = 0;
        let outcome = interrupt.synchronize_observed(irql, |_| times += 1);
        assert_eq!((outcome.result, outcome.calls, times), (Ok(()), 2, 1));
    });
}

#[test]
fn a_raw_false_does_not_undo_a_run() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        for raw in [0, 1, 0xff] {
            device.set_faults(Faults {
                raw_boolean: Some(raw),
                ..Faults::default()
            });
            let outcome = interrupt.synchronize_observed(irql, |_| 7);
            assert_eq!((outcome.result, outcome.raw), (Ok(7), raw));
        }
    });
}

#[test]
fn one_at_a_time_is_inside_the_lock() {
    let device = Device::with_line(DEVICE_LEVEL);
    let times = repeated(500);
    let handler = as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        let both = |twin: &mut Twin| {
            assert_eq!(twin.one, twin.other);
            twin.one += 1;
            thread::yield_now();
            twin.other += 1;
        };
        thread::scope(|scope| {
            scope.spawn(|| (0..times).for_each(|_| assert_eq!(device.fire(), Some(true))));
            scope.spawn(|| (0..times).for_each(|_| assert_eq!(device.fire(), Some(true))));
            scope.spawn(|| {
                // SAFETY: A thread of its own, at PASSIVE_LEVEL and so at most at DISPATCH_LEVEL.
                unsafe {
                    enter::<Dispatch, _>(|irql| {
                        (0..times).for_each(|_| interrupt.synchronize(irql, both).unwrap());
                    });
                }
            });
            (0..times).for_each(|_| interrupt.synchronize(irql, both).unwrap());
        });
        interrupt.disconnect(irql).unwrap()
    });
    assert_eq!((handler.one, handler.other), (4 * times, 4 * times));
}
