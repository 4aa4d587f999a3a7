//! Registering and unregistering: what is refused, what comes back, what is waited for.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    thread,
};

use dirql::{
    BUGCHECK_CODE, Dispatch, Irql, Passive, Reason,
    mock::{self, Whea, WheaFaults},
    pshed::{
        Areas, ErrorInjection, ErrorKinds, ErrorSourceDiscovery, Injection, PluginBlock,
        PshedPlugin, Refusal, RegisterFailure, Registration, SourceList, register_for_ever,
        register_for_ever_in_place,
    },
};

use super::{FAILED, NOT_SUPPORTED, Plugin, TOO_SMALL, own, register};
use crate::common::{HeldBack, stops, thread as as_thread};

#[test]
fn the_mask_is_that_of_the_areas_listed() {
    assert_eq!(Areas::<Plugin>::none().mask(), 0);
    assert_eq!(Areas::<Plugin>::none().with_error_injection().mask(), 0x20);
    assert_eq!(Plugin::areas().mask(), 0x2a);
    let whea = Whea::new();
    as_thread(|irql| {
        let registration = register(irql);
        assert_eq!(whea.registered(), [(0x2a, 0x0002_0000)]);
        assert_eq!(registration.areas(), 0x2a);
        drop(registration.unregister(irql).unwrap());
        assert_eq!((whea.registered(), whea.unregistered()), (vec![], 1));
    });
}

#[test]
fn without_whea_the_plugin_comes_back() {
    let whea = Whea::new();
    let refuse = |faults: WheaFaults| {
        whea.set_faults(faults);
        as_thread(|irql| {
            let before = mock::live_allocations();
            // SAFETY: As in `register`.
            let error = unsafe { Registration::register(irql, Plugin::new(), &Plugin::areas()) }
                .expect_err("refused");
            assert_eq!(mock::live_allocations(), before);
            assert!(error.plugin.is_some());
            error.failure
        })
    };
    let disabled = WheaFaults {
        disabled: true,
        ..WheaFaults::default()
    };
    assert_eq!(refuse(disabled), RegisterFailure::NoWhea);
    let refused = WheaFaults {
        register_status: Some(FAILED),
        ..WheaFaults::default()
    };
    assert_eq!(refuse(refused), RegisterFailure::Refused(FAILED));
    mock::fail_allocations(1);
    assert_eq!(refuse(WheaFaults::default()), RegisterFailure::NoMemory);
    assert_eq!(whea.registered(), []);
}

/// A plug-in of more than may be moved.
struct Large {
    injected: AtomicU64,
    bytes: [u8; 4096],
}

impl PshedPlugin for Large {}

impl ErrorInjection for Large {
    fn capabilities(&self, _: &mut Irql<'_, Dispatch>) -> ErrorKinds {
        ErrorKinds::CORRECTABLE
    }

    fn inject(&self, _: &mut Irql<'_, Dispatch>, _: &Injection) -> Result<(), Refusal> {
        self.injected.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A [`Large`] of zero bytes.
fn large(irql: &mut Irql<'_, Passive>) -> Result<PluginBlock<Large>, RegisterFailure> {
    // SAFETY: All zero bytes are a valid one.
    unsafe { PluginBlock::in_place(irql, |_| ()) }
}

#[test]
fn a_large_plugin_is_refused_registered_and_unregistered_where_it_is() {
    let whea = Whea::new();
    let areas = Areas::none().with_error_injection();
    as_thread(|irql| {
        let mut block = large(irql).unwrap();
        let place = std::ptr::from_ref(&*block).addr();
        block.bytes[4095] = 9;

        whea.set_faults(WheaFaults {
            register_status: Some(FAILED),
            ..WheaFaults::default()
        });
        // SAFETY: The tests unregister or drop.
        let refused = unsafe { Registration::register_in_place(irql, block, &areas) };
        let error = refused.unwrap_err();
        assert_eq!(error.failure, RegisterFailure::Refused(FAILED));
        assert_eq!(error.to_string(), error.failure.to_string());
        let block = error.block.expect("it comes back");
        let above = mock::at_irql(2, || {
            // SAFETY: As above.
            unsafe { Registration::register_in_place(irql, block, &areas) }
        });
        let error = above.unwrap_err();
        assert_eq!(error.failure, RegisterFailure::AbovePassive);

        whea.set_faults(WheaFaults::default());
        let block = error.block.expect("it comes back");
        // SAFETY: As above.
        let registered = unsafe { Registration::register_in_place(irql, block, &areas) };
        let registration = registered.unwrap();
        assert_eq!(whea.inject(1, [0; 4]), Some(0));
        let refused = mock::at_irql(2, || registration.unregister_in_place(irql));
        let registration = refused.expect_err("refused").registration;
        let block = registration.unregister_in_place(irql).unwrap();
        assert_eq!(std::ptr::from_ref(&*block).addr(), place);
        assert_eq!(block.injected.load(Ordering::Relaxed), 1);
        assert_eq!(block.bytes[4095], 9);
        drop(block);

        mock::fail_allocations(1);
        assert_eq!(large(irql).unwrap_err(), RegisterFailure::NoMemory);
    });
    assert_eq!((whea.registered(), whea.unregistered()), (vec![], 1));
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_large_plugin_stays_registered_for_ever_where_it_is() {
    let whea = Whea::new();
    as_thread(|irql| {
        let block = large(irql).unwrap();
        let place = std::ptr::from_ref(&*block).addr();
        let areas = Areas::none().with_error_injection();
        // SAFETY: Nothing is unloaded.
        let kept = unsafe { register_for_ever_in_place(irql, block, &areas) };
        assert_eq!(std::ptr::from_ref(kept.unwrap()).addr(), place);
        let block = large(irql).unwrap();
        // SAFETY: As above.
        let refused = unsafe { register_for_ever_in_place(irql, block, &Areas::none()) };
        let error = refused.err().expect("refused");
        assert_eq!(error.failure, RegisterFailure::NoArea);
    });
    assert_eq!(whea.inject(1, [0; 4]), Some(0));
    assert_eq!(mock::live_allocations(), 1, "the one that is kept");
}

#[test]
fn a_plugin_goes_into_a_block_and_out_of_it_by_value() {
    as_thread(|irql| {
        let block = PluginBlock::new(irql, Plugin::new()).unwrap();
        assert_eq!(block.into_plugin(irql).own.into_inner(), (0, 0));
        mock::fail_allocations(1);
        let error = PluginBlock::new(irql, Plugin::new()).unwrap_err();
        assert_eq!(error.failure, RegisterFailure::NoMemory);
        assert!(error.plugin.is_some());
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn no_area_and_a_high_irql_are_refused() {
    let whea = Whea::new();
    as_thread(|irql| {
        // SAFETY: As in `register`.
        let error = unsafe { Registration::register(irql, Plugin::new(), &Areas::none()) };
        assert_eq!(error.unwrap_err().failure, RegisterFailure::NoArea);
        mock::at_irql(2, || {
            // SAFETY: As in `register`.
            let error = unsafe { Registration::register(irql, Plugin::new(), &Plugin::areas()) };
            assert_eq!(error.unwrap_err().failure, RegisterFailure::AbovePassive);
        });
    });
    assert_eq!(whea.registered(), []);
}

#[test]
fn a_plugin_that_nothing_could_unregister_stops_the_machine() {
    let whea = Whea::new();
    whea.set_faults(WheaFaults {
        no_handle: true,
        ..WheaFaults::default()
    });
    as_thread(|irql| {
        let bugcheck = stops(|| {
            // SAFETY: As in `register`; nothing comes back.
            let registered =
                unsafe { Registration::register(irql, Plugin::new(), &Plugin::areas()) };
            drop(registered);
        });
        assert_eq!(bugcheck.code, BUGCHECK_CODE);
        assert_eq!(
            bugcheck.parameters[0],
            Reason::RegisteredWithoutHandle as usize
        );
        assert_eq!(bugcheck.parameters[2], Plugin::areas().mask() as usize);
    });
    // It may still be called.
    assert_eq!(whea.inject(1, [0; 4]), Some(0));
}

#[test]
fn a_plugin_for_ever_that_was_refused_is_kept_for_a_callback_that_is_on_its_way() {
    let whea = Arc::new(Whea::new());
    let held = Arc::new(HeldBack::default());
    let caller = Arc::new(Mutex::new(None));
    let (machine, place, there) = (Arc::clone(&whea), Arc::clone(&caller), Arc::clone(&held));
    whea.set_faults(WheaFaults {
        register_status: Some(FAILED),
        callbacks_in_threads: true,
        dispatched: Some(held.hook()),
        while_registering: Some(Arc::new(move || {
            let machine = Arc::clone(&machine);
            let thread = thread::spawn(move || machine.inject(1, [0; 4]));
            *place.lock().unwrap() = Some(thread);
            there.wait_until_there();
        })),
        ..WheaFaults::default()
    });
    as_thread(|irql| {
        // SAFETY: The test program is not unloaded.
        let error = unsafe { register_for_ever(irql, Plugin::new(), &Plugin::areas()) }
            .err()
            .expect("refused");
        assert_eq!(error.failure, RegisterFailure::Refused(FAILED));
        assert!(
            error.plugin.is_none(),
            "PSHED may still be about to call it"
        );
    });
    // The hook holds the machine that holds it.
    whea.set_faults(WheaFaults::default());
    held.go_on_after_a_while();
    let caller = caller.lock().unwrap().take().expect("a thread was started");
    assert_eq!(caller.join().unwrap(), Some(0));
}

#[test]
fn a_plugin_may_be_called_before_its_registration_returns() {
    let whea = Arc::new(Whea::new());
    let source = Arc::new(own(&whea));
    let called = Arc::clone(&source);
    whea.set_faults(WheaFaults {
        while_registering: Some(Arc::new(move || {
            mock::at_irql(0, || assert_eq!(called.fire(), Some([0, 0, NOT_SUPPORTED])));
        })),
        ..WheaFaults::default()
    });
    as_thread(|irql| {
        let plugin = register(irql).unregister(irql).unwrap();
        assert_eq!(plugin.own.into_inner(), (1, 1));
    });
}

#[test]
fn unregistering_waits_for_a_callback_that_nt_does_not_wait_for() {
    let whea = Whea::new();
    let source = own(&whea);
    let held = Arc::new(HeldBack::default());
    as_thread(|irql| {
        let registration = register(irql);
        whea.set_faults(WheaFaults {
            unregister_returns_early: true,
            dispatched: Some(held.hook()),
            ..WheaFaults::default()
        });
        thread::scope(|scope| {
            // What comes after the unregistration finds no plug-in.
            scope.spawn(|| _ = source.fire());
            held.wait_until_there();
            scope.spawn(|| held.go_on_after_a_while());
            let plugin = registration.unregister(irql).unwrap();
            assert!(held.has_gone_on());
            assert_eq!(plugin.own.into_inner(), (1, 1));
        });
    });
}

/// A plug-in whose callback takes its time, and tells by relaxed accesses only where it is: what it writes is ordered for
/// others by the adapter, or by nothing.
#[derive(Default)]
struct Unordered {
    begun: Arc<AtomicBool>,
    go_on: Arc<AtomicBool>,
    written: AtomicU32,
}

impl PshedPlugin for Unordered {}

impl ErrorInjection for Unordered {
    fn capabilities(&self, _: &mut Irql<'_, Dispatch>) -> ErrorKinds {
        ErrorKinds::CORRECTABLE
    }

    fn inject(&self, _: &mut Irql<'_, Dispatch>, _: &Injection) -> Result<(), Refusal> {
        self.begun.store(true, Ordering::Relaxed);
        while !self.go_on.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        self.written.store(7, Ordering::Relaxed);
        Ok(())
    }
}

/// Under Miri with many seeds this fails where the count of callbacks inside orders nothing.
#[test]
fn unregistering_waits_for_the_callback_inside_and_sees_what_it_wrote() {
    let whea = Whea::new();
    whea.set_faults(WheaFaults {
        unregister_returns_early: true,
        processors_left: true,
        ..WheaFaults::default()
    });
    as_thread(|irql| {
        let plugin = Unordered::default();
        let (begun, go_on) = (Arc::clone(&plugin.begun), Arc::clone(&plugin.go_on));
        let areas = Areas::none().with_error_injection();
        // SAFETY: The registration is undone below.
        let registration = unsafe { Registration::register(irql, plugin, &areas) }.unwrap();
        thread::scope(|scope| {
            let caller = scope.spawn(|| whea.inject(1, [0; 4]));
            while !begun.load(Ordering::Relaxed) {
                thread::yield_now();
            }
            go_on.store(true, Ordering::Relaxed);
            let mut plugin = registration.unregister(irql).unwrap();
            assert_eq!(*plugin.written.get_mut(), 7);
            assert_eq!(caller.join().unwrap(), Some(0));
        });
    });
}

#[test]
fn unregistering_above_passive_is_refused_and_dropping_there_stops_the_machine() {
    let whea = Whea::new();
    as_thread(|irql| {
        let registration = register(irql);
        let refused = mock::at_irql(2, || registration.unregister(irql));
        let registration = refused.err().expect("refused").registration;
        assert_eq!(whea.unregistered(), 0);
        let stop = stops(|| mock::at_irql(2, || drop(registration)));
        assert_eq!(stop.code, BUGCHECK_CODE);
        assert_eq!(
            stop.parameters[..2],
            [Reason::RegistrationDroppedAbovePassive as usize, 2]
        );
    });
}

#[test]
fn discovery_tells_how_much_room_it_needs() {
    /// Adds two sources.
    struct Finder;
    impl PshedPlugin for Finder {}
    impl ErrorSourceDiscovery for Finder {
        fn discover(
            &self,
            _: &mut Irql<'_, Dispatch>,
            list: &mut SourceList<'_>,
        ) -> Result<(), Refusal> {
            let mut descriptor = [0; 972];
            descriptor[..2].copy_from_slice(&972_u16.to_le_bytes());
            let mut fits = true;
            for id in [3, 4] {
                descriptor[28] = id;
                fits &= list.push(&descriptor);
            }
            if fits {
                assert_eq!(list.get(1).map(|source| source.id()), Some(4));
                Ok(())
            } else {
                Err(Refusal::BufferTooSmall)
            }
        }
    }
    let whea = Whea::new();
    as_thread(|irql| {
        let areas = Areas::none().with_discovery();
        // SAFETY: The test process does not unload.
        unsafe { register_for_ever(irql, Finder, &areas) }.unwrap();
        assert_eq!(whea.registered(), [(1, 0x0001_0000)]);
        assert_eq!(whea.discover(972), Some((TOO_SMALL, 0, 1944)));
        assert_eq!(whea.discover(1944), Some((0, 2, 1944)));
    });
}
