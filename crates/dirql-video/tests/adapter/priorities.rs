//! Closures at each priority: what they have, what they exclude, who is turned away.

use std::thread;

use dirql_video::{
    VpStatus,
    mock::{Faults, Fired},
};

use super::{DEVICE_LEVEL, ask, code, found};

#[test]
fn a_closure_at_medium_priority_has_the_state_and_the_lock() {
    let adapter = found(11, 11);
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(1));
    assert_eq!(adapter.fire(), Fired::Claimed);
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(3));
}

#[test]
fn an_interrupt_is_masked_in_a_closure_at_medium_priority() {
    let adapter = found(11, 11);
    assert_eq!(ask(&adapter, code::INTERRUPTED), Ok(Fired::Masked as u32));
    assert_eq!(ask(&adapter, code::CONTENDED), Ok(0));
}

#[test]
fn either_of_level_and_vector_is_an_interrupt() {
    for (level, vector) in [(11, 0), (0, 11), (11, 11)] {
        let adapter = found(level, vector);
        assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(1));
        assert_eq!(adapter.fire(), Fired::Claimed);
    }
}

#[test]
fn without_an_interrupt_there_is_no_synchronize() {
    let adapter = found(0, 0);
    assert_eq!(adapter.fire(), Fired::NotConnected);
    assert_eq!(
        ask(&adapter, code::SYNCHRONIZE),
        Err(VpStatus::INVALID_FUNCTION)
    );
    assert!(!adapter.initialize());
    assert_eq!(ask(&adapter, code::LOW), Ok(2), "the others go on");
    assert_eq!(ask(&adapter, code::HIGH), Ok(2), "where high is low");
}

#[test]
fn low_runs_where_interrupts_arrive_and_high_where_they_do_not() {
    let adapter = found(11, 11);
    assert_eq!(ask(&adapter, code::LOW), Ok(2));
    assert_eq!(ask(&adapter, code::HIGH), Ok(u32::from(DEVICE_LEVEL)));
}

#[test]
fn where_medium_excludes_nothing_the_second_user_is_turned_away() {
    let adapter = found(11, 11);
    adapter.set_faults(Faults {
        degraded: true,
        ..Faults::default()
    });
    // The interrupt arrives inside of the closure, and the miniport serves it without the state.
    assert_eq!(ask(&adapter, code::INTERRUPTED), Ok(Fired::Claimed as u32));
    assert_eq!(ask(&adapter, code::CONTENDED), Ok(1));
    assert_eq!(
        ask(&adapter, code::SYNCHRONIZE),
        Ok(2),
        "both numbers agree"
    );
}

#[test]
fn a_closure_that_comes_second_is_contended_and_does_not_run() {
    let adapter = found(11, 11);
    adapter.set_faults(Faults {
        degraded: true,
        ..Faults::default()
    });
    let mut refused = 0;
    let times = if cfg!(miri) { 20 } else { 2000 };
    thread::scope(|scope| {
        let others: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let answers = (0..times).map(|_| ask(&adapter, code::SYNCHRONIZE));
                    answers
                        .filter(|answer| *answer == Err(VpStatus::BUSY))
                        .count()
                })
            })
            .collect();
        for other in others {
            refused += other.join().expect("no panic");
        }
    });
    let ran = ask(&adapter, code::SYNCHRONIZE).expect("nothing else is left") - 1;
    assert_eq!(ran as usize + refused, 2 * times);
    assert_eq!(
        ask(&adapter, code::CONTENDED),
        Ok(u32::try_from(refused).unwrap())
    );
}

#[test]
fn one_at_a_time_is_on_the_state() {
    let adapter = found(11, 11);
    let times = if cfg!(miri) { 20 } else { 500 };
    thread::scope(|scope| {
        scope.spawn(|| (0..times).for_each(|_| assert_eq!(adapter.fire(), Fired::Claimed)));
        scope.spawn(|| {
            (0..times).for_each(|_| assert!(ask(&adapter, code::SYNCHRONIZE).is_ok()));
        });
    });
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(2 * times + 1));
    assert_eq!(ask(&adapter, code::CONTENDED), Ok(0));
}

#[test]
fn false_is_a_result_and_the_raw_boolean_is_kept() {
    let adapter = found(11, 11);
    let observe = || adapter.request(code::OBSERVE, &[], 3).output;
    assert_eq!(observe(), [1, 1, 1]);
    adapter.set_faults(Faults {
        raw: Some(0),
        calls: 2,
        ..Faults::default()
    });
    assert_eq!(observe(), [1, 0, 2], "FALSE, twice called, and run once");
    adapter.set_faults(Faults {
        raw: Some(1),
        calls: 0,
        ..Faults::default()
    });
    assert_eq!(observe(), [0, 1, 0], "TRUE, and yet not run");
    assert_eq!(
        ask(&adapter, code::LOW),
        Err(VpStatus::DEVICE_REINITIALIZATION_NEEDED)
    );
}
