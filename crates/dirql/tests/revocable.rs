//! A value that callbacks use until it is taken away.

mod common;

use std::{
    mem::MaybeUninit,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
};

use common::{DEVICE_LEVEL, Twin, connect, repeated, thread as as_thread};
use dirql::{
    Dispatch, Revocable, RevokeError, enter,
    mock::{self, Device},
};

#[test]
fn zeroed_memory_is_an_empty_place_that_can_be_used() {
    // SAFETY: All zero bytes are a valid place.
    let revocable = unsafe { MaybeUninit::<Revocable<String>>::zeroed().assume_init() };
    as_thread(|irql| {
        assert_eq!(revocable.access(irql, |_, _| ()), None);
        assert_eq!(revocable.revoke(irql), Ok(None));
        revocable.publish(irql, String::from("first")).unwrap();
        assert_eq!(revocable.access(irql, |value, _| value.len()), Some(5));
        assert_eq!(revocable.revoke(irql), Ok(Some(String::from("first"))));
    });
}

#[test]
fn a_value_can_be_published_again_after_it_was_revoked() {
    let revocable = Revocable::new();
    as_thread(|irql| {
        for round in 0..3 {
            assert_eq!(revocable.publish(irql, round), Ok(()));
            assert_eq!(revocable.publish(irql, 99), Err(99), "there is one already");
            assert_eq!(revocable.access(irql, |&value, _| value), Some(round));
            assert_eq!(revocable.revoke(irql), Ok(Some(round)));
            assert_eq!(revocable.access(irql, |_, _| ()), None);
            assert_eq!(revocable.revoke(irql), Ok(None));
        }
    });
}

#[test]
fn revoking_above_passive_level_is_refused_in_any_build() {
    let revocable = Revocable::new();
    as_thread(|irql| {
        revocable.publish(irql, 1).unwrap();
        for level in [1, 2] {
            assert_eq!(
                mock::at_irql(level, || revocable.revoke(irql)),
                Err(RevokeError)
            );
        }
        assert_eq!(revocable.revoke(irql), Ok(Some(1)));
    });
}

#[test]
fn publishing_above_passive_level_is_refused_in_any_build() {
    let revocable = Revocable::new();
    as_thread(|irql| {
        for level in [1, 2] {
            assert_eq!(mock::at_irql(level, || revocable.publish(irql, 1)), Err(1));
        }
        assert_eq!(revocable.access(irql, |_, _| ()), None, "nothing changed");
        revocable.publish(irql, 2).unwrap();
        assert_eq!(revocable.revoke(irql), Ok(Some(2)));
        // The same for a place whose rundown has been completed.
        assert_eq!(mock::at_irql(1, || revocable.publish(irql, 3)), Err(3));
    });
}

#[test]
fn a_place_that_is_dropped_drops_its_value() {
    let value = Rc::new(());
    let revocable = Revocable::new();
    as_thread(|irql| revocable.publish(irql, Rc::clone(&value)).unwrap());
    assert_eq!(Rc::strong_count(&value), 2);
    drop(revocable);
    assert_eq!(Rc::strong_count(&value), 1);
    drop(Revocable::<Rc<()>>::default());
}

#[test]
fn an_access_below_dispatch_level_is_inside_a_critical_region() {
    let revocable = Revocable::new();
    as_thread(|irql| {
        revocable.publish(irql, ()).unwrap();
        let inside = revocable.access(irql, |(), _| mock::critical_regions());
        assert_eq!(inside, Some(1));
        irql.raise_to_dispatch(|irql| {
            // The mock stops the machine where a region is entered at DISPATCH_LEVEL.
            let inside = revocable.access(irql, |(), _| mock::critical_regions());
            assert_eq!(inside, Some(0));
        });
        assert_eq!(mock::critical_regions(), 0);
    });
}

#[test]
fn an_interrupt_is_revoked_and_disconnected_while_others_use_it() {
    let device = Device::with_line(DEVICE_LEVEL);
    let revocable = Revocable::new();
    let used = AtomicU32::new(0);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        revocable.publish(irql, interrupt).unwrap();
        let total = thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    // SAFETY: A thread of its own, at PASSIVE_LEVEL and so at most at DISPATCH_LEVEL.
                    unsafe {
                        enter::<Dispatch, _>(|irql| {
                            while let Some(ran) = revocable.access(irql, |interrupt, irql| {
                                interrupt.synchronize(irql, |twin| {
                                    assert_eq!(twin.one, twin.other);
                                    twin.one += 1;
                                    twin.other += 1;
                                })
                            }) {
                                ran.unwrap();
                                used.fetch_add(1, Ordering::Relaxed);
                                thread::yield_now();
                            }
                        });
                    }
                });
            }
            while used.load(Ordering::Relaxed) < repeated(200) {
                thread::yield_now();
            }
            let interrupt = revocable.revoke(irql).unwrap().expect("the value");
            interrupt.disconnect(irql).unwrap().one
        });
        assert_eq!(total, used.load(Ordering::Relaxed));
        assert_eq!(device.connected_version(), None);
    });
}

#[test]
fn revoke_returns_after_the_last_access_and_not_before() {
    let revocable = Revocable::new();
    let (inside, leave, left) = (
        AtomicBool::new(false),
        AtomicBool::new(false),
        AtomicBool::new(false),
    );
    as_thread(|irql| {
        revocable.publish(irql, 5).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                as_thread(|irql| {
                    revocable.access(irql, |_, _| {
                        inside.store(true, Ordering::Release);
                        while !leave.load(Ordering::Acquire) {
                            thread::yield_now();
                        }
                        left.store(true, Ordering::Release);
                    })
                })
            });
            while !inside.load(Ordering::Acquire) {
                thread::yield_now();
            }
            scope.spawn(|| {
                thread::sleep(std::time::Duration::from_millis(50));
                leave.store(true, Ordering::Release);
            });
            assert_eq!(revocable.revoke(irql), Ok(Some(5)));
            assert!(left.load(Ordering::Acquire));
        });
    });
}

#[test]
fn an_access_that_a_revocation_overtakes_is_refused() {
    let revocable = Arc::new(Revocable::new());
    let granted = Arc::new(AtomicBool::new(false));
    as_thread(|irql| {
        revocable.publish(irql, 5).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                while !granted.load(Ordering::Acquire) {
                    thread::yield_now();
                }
                assert_eq!(as_thread(|irql| revocable.revoke(irql)), Ok(Some(5)));
            });
            mock::when_protection_is_granted({
                let (revocable, granted) = (Arc::clone(&revocable), Arc::clone(&granted));
                Arc::new(move || {
                    granted.store(true, Ordering::Release);
                    while format!("{revocable:?}").contains("true") {
                        thread::yield_now();
                    }
                })
            });
            assert_eq!(revocable.access(irql, |&value, _| value), None);
            assert_eq!(mock::critical_regions(), 0);
        });
        assert!(granted.load(Ordering::Acquire));
        assert_eq!(revocable.publish(irql, 6), Ok(()));
        assert_eq!(revocable.access(irql, |&value, _| value), Some(6));
    });
}

#[test]
fn publishers_and_revokers_race_without_losing_a_value() {
    let revocable = Revocable::new();
    let (published, revoked) = (AtomicU32::new(0), AtomicU32::new(0));
    let times = repeated(500);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                as_thread(|irql| {
                    for _ in 0..times {
                        if revocable.publish(irql, Box::new(7)).is_ok() {
                            published.fetch_add(1, Ordering::Relaxed);
                        }
                        let _ = revocable.access(irql, |value, _| assert_eq!(**value, 7));
                        if let Ok(Some(value)) = revocable.revoke(irql) {
                            assert_eq!(*value, 7);
                            revoked.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            });
        }
    });
    let last = as_thread(|irql| revocable.revoke(irql)).unwrap().is_some();
    let revoked = revoked.into_inner() + u32::from(last);
    assert!(revoked > 0);
    assert_eq!(published.into_inner(), revoked);
}
