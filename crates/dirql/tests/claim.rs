//! One at a time is inside a claimed value, and who comes second is told.

mod common;

use std::thread;

use common::repeated;
use dirql::{Claimed, NotRun};

#[test]
fn an_access_inside_an_access_is_contention() {
    let value = Claimed::new(1);
    let inner = value.access(|outer| {
        *outer += 1;
        value.access(|_| ())
    });
    assert_eq!(inner, Ok(Err(NotRun::Contended)));
    assert_eq!(value.contended(), 1);
    assert_eq!(value.access(|value| *value), Ok(2));
    assert_eq!(value.into_inner(), 2);
}

#[test]
fn a_panic_inside_leaves_the_value_free() {
    let value = Claimed::new(1);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        value.access(|_| panic!("inside"))
    }));
    assert!(panicked.is_err());
    assert_eq!(value.access(|value| *value), Ok(1));
}

#[test]
fn of_two_threads_every_access_is_whole_or_refused() {
    let value = Claimed::new((0_u32, 0_u32));
    let times = repeated(2000);
    let count = || {
        let mut inside = 0;
        for _ in 0..times {
            let whole = value.access(|(one, other)| {
                assert_eq!(one, other);
                *one += 1;
                thread::yield_now();
                *other += 1;
            });
            inside += u32::from(whole.is_ok());
        }
        inside
    };
    let inside = thread::scope(|scope| {
        let one = scope.spawn(count);
        let other = scope.spawn(count);
        one.join().unwrap() + other.join().unwrap()
    });
    let refused = u32::try_from(value.contended()).unwrap();
    assert_eq!(inside + refused, 2 * times);
    assert_eq!(value.into_inner(), (inside, inside));
}
