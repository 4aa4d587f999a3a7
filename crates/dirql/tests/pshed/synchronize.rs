//! A closure on the state of a source: where it runs, what is refused, and who is turned away.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use dirql::{
    Dispatch, Irql, NotRun, Passive, Revocable, enter,
    mock::{Control, Whea, WheaFaults},
    pshed::{
        Areas, Descriptor, ErrorSource, ErrorSourceControl, PshedPlugin, Refusal, Registration,
    },
};

use super::{LEVEL, NOT_SUPPORTED, OWN, Pair, count_up, own, register};
use crate::common::{repeated, thread as as_thread};

#[test]
fn a_handler_reaches_the_state_of_its_source_and_no_other() {
    let whea = Whea::new();
    let (source, foreign) = (own(&whea), whea.add_source(8, 1, 1, Some(5), LEVEL));
    as_thread(|irql| {
        let registration = register(irql);
        let fired = source.fire_with(|packet| assert_eq!(&packet[80..88], b"platform"));
        assert_eq!(fired, Some([0, 0, NOT_SUPPORTED]));
        assert_eq!(foreign.fire(), Some([NOT_SUPPORTED, 0, NOT_SUPPORTED]));
        let plugin = registration.unregister(irql).unwrap();
        assert_eq!(plugin.refused.load(Ordering::Relaxed), 1);
        assert_eq!(
            (plugin.own.contended(), plugin.own.into_inner()),
            (0, (1, 1))
        );
    });
}

#[test]
fn synchronize_runs_at_the_level_of_the_handler() {
    let whea = Whea::new();
    let source = own(&whea);
    as_thread(|irql| {
        let registration = register(irql);
        assert_eq!(source.control(Control::Set, 2), Some(0));
        let results = registration.plugin().results.lock().unwrap().clone();
        assert_eq!(results, [Ok(LEVEL)]);
    });
}

#[test]
fn a_state_for_passive_callers_is_not_synchronized_from_a_callback() {
    let whea = Whea::new();
    let source = own(&whea);
    as_thread(|irql| {
        let registration = register(irql);
        assert_eq!(source.control(Control::Enable, 2), Some(0));
        let adopted = registration
            .plugin()
            .adopted
            .lock()
            .unwrap()
            .take()
            .unwrap();
        let state = ErrorSource::new(OWN, (0, 0));
        irql.raise_to_dispatch(|irql| {
            let refused = state.synchronize(irql, adopted.source(), |_| ());
            assert_eq!(refused, Err(NotRun::AbovePassive));
        });
        assert_eq!(state.synchronize(irql, adopted.source(), |_| 3), Ok(3));
        let other = ErrorSource::new(OWN + 1, (0, 0));
        let refused = other.synchronize(irql, adopted.source(), |_| ());
        assert_eq!(refused, Err(NotRun::OtherSource));
    });
}

#[test]
fn never_called_twice_called_and_false_are_told_apart() {
    let whea = Whea::new();
    let source = own(&whea);
    as_thread(|irql| {
        let registration = register(irql);
        assert_eq!(source.control(Control::Enable, 2), Some(0));
        let plugin = registration.plugin();
        let adopted = plugin.adopted.lock().unwrap().take().unwrap();
        for (calls, raw) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 1)] {
            whea.set_faults(WheaFaults {
                thunk_calls: calls,
                raw_boolean: Some(raw),
                ..WheaFaults::default()
            });
            let mut times = 0;
            let outcome = plugin
                .own
                .synchronize_observed(irql, adopted.source(), |_| times += 1);
            let expected = if calls == 0 {
                Err(NotRun::NotCalled)
            } else {
                Ok(())
            };
            assert_eq!(
                (outcome.result, outcome.raw, outcome.calls),
                (expected, raw, calls)
            );
            assert_eq!(times, u32::from(calls != 0));
        }
    });
}

#[test]
fn a_handler_inside_a_closure_is_contention() {
    let whea = Whea::new();
    whea.set_faults(WheaFaults {
        handler_without_lock: true,
        ..WheaFaults::default()
    });
    let source = own(&whea);
    as_thread(|irql| {
        let registration = register(irql);
        assert_eq!(source.control(Control::Enable, 2), Some(0));
        let plugin = registration.plugin();
        let adopted = plugin.adopted.lock().unwrap().take().unwrap();
        let fired = plugin
            .own
            .synchronize(irql, adopted.source(), |_| source.fire());
        assert_eq!(fired, Ok(Some([NOT_SUPPORTED, 0, NOT_SUPPORTED])));
        assert_eq!(plugin.own.contended(), 1);
        assert_eq!(
            registration.unregister(irql).unwrap().own.into_inner(),
            (0, 0)
        );
    });
}

/// Handlers and closures from four threads; answers the pair, what was refused and what was contended.
fn storm(faults: WheaFaults) -> (Pair, u32, u64) {
    let whea = Whea::new();
    whea.set_faults(faults);
    let source = own(&whea);
    let times = repeated(400);
    as_thread(|irql| {
        let registration = register(irql);
        assert_eq!(source.control(Control::Enable, 2), Some(0));
        let plugin = registration.plugin();
        let place = Revocable::new();
        let adopted = plugin.adopted.lock().unwrap().take().unwrap();
        place.publish(irql, adopted).unwrap();
        let not_run = AtomicU32::new(0);
        let synchronize = || {
            // SAFETY: A thread of its own at PASSIVE_LEVEL that holds no interrupt lock.
            unsafe {
                enter::<Passive, _>(|irql| {
                    for _ in 0..times {
                        let ran = place.access(irql, |adopted, irql| {
                            plugin.own.synchronize(irql, adopted.source(), count_up)
                        });
                        if let Some(Err(reason)) = ran {
                            assert_eq!(reason, NotRun::Contended);
                            not_run.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        };
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(synchronize);
                scope.spawn(|| (0..times).for_each(|_| assert!(source.fire().is_some())));
            }
        });
        assert!(place.revoke(irql).unwrap().is_some());
        let plugin = registration.unregister(irql).unwrap();
        let refused = plugin.refused.load(Ordering::Relaxed) + not_run.into_inner();
        let contended = plugin.own.contended();
        let pair = plugin.own.into_inner();
        assert_eq!(pair.0 + refused, 4 * times);
        (pair, refused, contended)
    })
}

#[test]
fn under_the_lock_nothing_is_contended() {
    let (pair, refused, contended) = storm(WheaFaults::default());
    assert_eq!(pair.0, pair.1);
    assert_eq!((refused, contended), (0, 0));
}

#[test]
fn without_the_lock_nothing_is_shared_and_contention_is_told() {
    let faults = WheaFaults {
        handler_without_lock: true,
        ..WheaFaults::default()
    };
    let (pair, refused, contended) = storm(faults);
    assert_eq!(pair.0, pair.1);
    assert_eq!(u64::from(refused), contended);
}

#[test]
fn a_state_belongs_to_the_first_source_that_it_is_bound_to() {
    /// Binds one state to whatever comes.
    struct Binder(ErrorSource<u32>, Mutex<Vec<bool>>);
    impl PshedPlugin for Binder {}
    impl ErrorSourceControl for Binder {
        fn set_info(
            &self,
            _: &mut Irql<'_, Dispatch>,
            source: &Descriptor<'_>,
        ) -> Result<(), Refusal> {
            let before = self.0.handle(source, |_| ());
            let bound = self.0.bind(source);
            assert_eq!(self.0.handle(source, |_| ()).is_ok(), bound);
            assert!(bound || before == Err(NotRun::OtherSource));
            self.1.lock().unwrap().push(bound);
            Ok(())
        }
        fn enable(&self, _: &mut Irql<'_, Dispatch>, _: &Descriptor<'_>) -> Result<(), Refusal> {
            Err(Refusal::NotSupported)
        }
        fn disable(&self, _: &mut Irql<'_, Dispatch>, _: &Descriptor<'_>) -> Result<(), Refusal> {
            Err(Refusal::NotSupported)
        }
    }
    let whea = Whea::new();
    as_thread(|irql| {
        let areas = Areas::none().with_error_source_control();
        let binder = Binder(ErrorSource::unbound(0), Mutex::default());
        // SAFETY: As in `register`.
        let registration = unsafe { Registration::register(irql, binder, &areas) }.unwrap();
        // Zero is no source's number.
        for id in [0, 8, 9, 8] {
            let source = whea.add_source(id, 1, 1, Some(5), LEVEL);
            assert_eq!(source.control(Control::Set, 2), Some(0));
        }
        let plugin = registration.plugin();
        assert_eq!(*plugin.1.lock().unwrap(), [false, true, false, true]);
        assert_eq!(plugin.0.id(), 8);
    });
}
