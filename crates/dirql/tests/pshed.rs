//! A PSHED plug-in: its registration, its callbacks, and the state that it shares with a handler.

mod common;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    thread,
};

use common::{HeldBack, repeated, stops, thread as as_thread};
use dirql::{
    BUGCHECK_CODE, Dispatch, Irql, NotRun, Passive, Reason, Revocable, enter,
    mock::{self, Control, Whea, WheaFaults},
    pshed::{
        AdoptedSource, Areas, Descriptor, ErrorInfoRetrieval, ErrorInjection, ErrorKinds,
        ErrorPacket, ErrorRecord, ErrorSource, ErrorSourceControl, ErrorSourceDiscovery, Injection,
        NotificationType, PshedPlugin, Refusal, RegisterFailure, Registration, SourceInfo,
        SourceList, SourceType, register_for_ever,
    },
};

/// The number of the source that is the plug-in's own.
const OWN: u32 = 7;
/// The level of its handler.
const LEVEL: u8 = 5;
const NOT_SUPPORTED: i32 = 0xc000_00bb_u32.cast_signed();
const FAILED: i32 = 0xc000_0001_u32.cast_signed();
const TOO_SMALL: i32 = 0xc000_0023_u32.cast_signed();

/// Two numbers that are always equal.
type Pair = (u32, u32);

/// A plug-in of every area that is tested here.
struct Plugin {
    own: ErrorSource<Pair>,
    adopted: Mutex<Option<AdoptedSource>>,
    /// What each synchronize of a control callback came to.
    results: Mutex<Vec<Result<u8, NotRun>>>,
    refused: AtomicU32,
    injected: AtomicU64,
}

impl Plugin {
    fn new() -> Self {
        // SAFETY: The handlers of these tests run at LEVEL.
        let own = unsafe { ErrorSource::new(OWN, (0, 0)).with_callers_at_dispatch() };
        Self {
            own,
            adopted: Mutex::new(None),
            results: Mutex::new(Vec::new()),
            refused: AtomicU32::new(0),
            injected: AtomicU64::new(0),
        }
    }

    fn areas() -> Areas<Self> {
        Areas::none()
            .with_error_info_retrieval()
            .with_error_source_control()
            .with_error_injection()
    }
}

/// Counts both numbers up, and lets others run in between.
fn count_up(pair: &mut Pair) {
    assert_eq!(pair.0, pair.1, "somebody else is inside");
    pair.0 += 1;
    thread::yield_now();
    pair.1 += 1;
}

impl PshedPlugin for Plugin {}

impl ErrorInfoRetrieval for Plugin {
    fn retrieve(
        &self,
        source: &Descriptor<'_>,
        packet: &mut ErrorPacket<'_>,
    ) -> Result<(), Refusal> {
        assert_eq!(packet.source_id(), source.id());
        if self.own.handle(source, count_up).is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(Refusal::NotSupported);
        }
        packet
            .set_pshed_data(b"platform")
            .map_err(|_| Refusal::BufferTooSmall)
    }

    fn finalize(&self, _: &Descriptor<'_>, record: &ErrorRecord<'_>) -> Result<(), Refusal> {
        assert_eq!((record.section_count(), record.severity()), (0, 2));
        assert_eq!(record.section(0), None);
        Ok(())
    }

    fn clear_status(&self, _: &Descriptor<'_>, record: &ErrorRecord<'_>) -> Result<(), Refusal> {
        assert_eq!(record.as_bytes().len(), 128);
        Err(Refusal::NotSupported)
    }
}

impl ErrorSourceControl for Plugin {
    fn set_info(
        &self,
        irql: &mut Irql<'_, Dispatch>,
        source: &Descriptor<'_>,
    ) -> Result<(), Refusal> {
        let result = self
            .own
            .synchronize(irql, source.source(), |_| mock::irql());
        self.results.lock().unwrap().push(result);
        result.map(drop).map_err(|_| Refusal::NotSupported)
    }

    fn enable(&self, _: &mut Irql<'_, Dispatch>, source: &Descriptor<'_>) -> Result<(), Refusal> {
        // SAFETY: The sources of these tests outlive the plug-in, and tests drop what is adopted before
        // they unregister.
        let adopted = unsafe { source.adopt() }.map_err(|_| Refusal::NotSupported)?;
        *self.adopted.lock().unwrap() = Some(adopted);
        Ok(())
    }

    fn disable(&self, _: &mut Irql<'_, Dispatch>, _: &Descriptor<'_>) -> Result<(), Refusal> {
        Err(Refusal::NotSupported)
    }
}

impl ErrorInjection for Plugin {
    fn capabilities(&self, _: &mut Irql<'_, Dispatch>) -> ErrorKinds {
        ErrorKinds::CORRECTABLE
    }

    fn inject(&self, _: &mut Irql<'_, Dispatch>, order: &Injection) -> Result<(), Refusal> {
        let kind = order.kind().ok_or(Refusal::InvalidParameter)?;
        if !ErrorKinds::CORRECTABLE.contains(kind) {
            return Err(Refusal::NotSupported);
        }
        self.injected
            .fetch_add(order.parameters[3], Ordering::Relaxed);
        Ok(())
    }
}

fn register(irql: &mut Irql<'_, Passive>) -> Registration<Plugin> {
    // SAFETY: The tests unregister or drop.
    unsafe { Registration::register(irql, Plugin::new(), &Plugin::areas()) }.expect("registered")
}

/// A corrected machine check of the plug-in's own, by a CMCI.
fn own(whea: &Whea) -> mock::Source {
    whea.add_source(OWN, 1, 1, Some(5), LEVEL)
}

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
fn a_plugin_without_a_handle_is_kept_for_ever() {
    let whea = Whea::new();
    whea.set_faults(WheaFaults {
        no_handle: true,
        ..WheaFaults::default()
    });
    as_thread(|irql| {
        // SAFETY: As in `register`.
        let error = unsafe { Registration::register(irql, Plugin::new(), &Plugin::areas()) }
            .expect_err("no handle");
        assert_eq!(error.failure, RegisterFailure::NoHandle);
        assert!(error.plugin.is_none());
    });
    // It may still be called.
    assert_eq!(whea.inject(1, [0; 4]), Some(0));
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
fn what_no_irql_masks_is_refused_before_nt_is_asked() {
    let whea = Whea::new();
    // Type, tag and notification, as ntddk.h numbers them.
    let unmaskable = [
        (0, 0, None),       // MCE
        (3, 2, None),       // NMI
        (6, 2, None),       // INIT
        (7, 9, Some(0)),    // BOOT
        (9, 3, None),       // IPF MCA
        (5, 9, Some(4)),    // generic, by NMI
        (5, 9, Some(6)),    // generic, by MCE
        (12, 10, Some(8)),  // generic, by SEA
        (12, 10, Some(9)),  // generic, by SEI
        (13, 10, Some(11)), // generic, by SDEI
        (5, 9, Some(12)),   // generic, by something newer
        (1, 1, Some(6)),    // corrected, by MCE
        (1, 9, Some(5)),    // corrected, with the information of another type
        (16, 0, None),      // a driver's: it has no handler
        (17, 9, Some(8)),   // SEA
        (99, 9, Some(1)),   // newer than this
    ];
    as_thread(|irql| {
        let registration = register(irql);
        for (kind, tag, notification) in unmaskable {
            let source = whea.add_source(OWN, kind, tag, notification, 15);
            let said = source.control(Control::Set, 2);
            assert_eq!(said, Some(NOT_SUPPORTED), "{kind} {tag} {notification:?}");
            let said = source.control(Control::Enable, 2);
            assert_eq!(said, Some(NOT_SUPPORTED), "{kind} {tag} {notification:?}");
        }
        let plugin = registration.plugin();
        assert!(plugin.adopted.lock().unwrap().is_none());
        let results = plugin.results.lock().unwrap();
        assert!(results.iter().all(|said| *said == Err(NotRun::NotMaskable)));
    });
}

#[test]
fn what_an_irql_masks_is_served() {
    let whea = Whea::new();
    let maskable = [
        (1, 1, Some(0)),
        (1, 1, Some(5)),
        (4, 6, None),
        (4, 7, None),
        (4, 8, None),
        (5, 9, Some(1)),
        (5, 9, Some(3)),
        (8, 9, Some(3)),
        (12, 10, Some(7)),
        (13, 10, Some(10)),
    ];
    as_thread(|irql| {
        let registration = register(irql);
        for (kind, tag, notification) in maskable {
            let source = whea.add_source(OWN, kind, tag, notification, 9);
            let said = source.control(Control::Set, 2);
            assert_eq!(said, Some(0), "{kind} {tag} {notification:?}");
        }
        drop(registration);
    });
}

#[test]
fn a_callback_above_its_level_is_refused_and_counted() {
    let whea = Whea::new();
    let source = own(&whea);
    as_thread(|irql| {
        let registration = register(irql);
        assert_eq!(source.control(Control::Set, 3), Some(NOT_SUPPORTED));
        assert_eq!(registration.above_level(), 1);
        assert!(registration.plugin().results.lock().unwrap().is_empty());
        assert_eq!(source.control(Control::Set, 0), Some(0));
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
            // SAFETY: A thread of its own at PASSIVE_LEVEL, without another token.
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

#[test]
fn injection_arrives_with_all_its_bits() {
    let whea = Whea::new();
    as_thread(|irql| {
        assert_eq!(whea.inject(8, [0; 4]), None, "nobody injects");
        let registration = register(irql);
        assert_eq!(whea.capabilities(), Some((0, 0x249)));
        assert_eq!(whea.inject(8, [0, 0, 0, 1 << 40]), Some(0));
        assert_eq!(
            whea.inject(1 << 32, [0; 4]),
            Some(0xc000_000d_u32.cast_signed())
        );
        assert_eq!(
            whea.inject(0x18, [0; 4]),
            Some(0xc000_000d_u32.cast_signed())
        );
        assert_eq!(whea.inject(0x20, [0; 4]), Some(NOT_SUPPORTED));
        let plugin = registration.plugin();
        assert_eq!(plugin.injected.load(Ordering::Relaxed), 1 << 40);
    });
}

#[test]
fn getters_read_the_descriptor_where_it_lies() {
    /// Looks at each source that it is asked to configure.
    struct Looker(Mutex<Vec<SourceInfo>>);
    impl PshedPlugin for Looker {}
    impl ErrorSourceControl for Looker {
        fn set_info(
            &self,
            _: &mut Irql<'_, Dispatch>,
            source: &Descriptor<'_>,
        ) -> Result<(), Refusal> {
            assert_eq!((source.length(), source.version()), (972, 11));
            assert_eq!(source.kind(), SourceType::GENERIC_V2);
            assert_eq!((source.state(), source.flags()), (2, 4));
            assert_eq!(source.max_raw_data_length(), 256);
            assert_eq!(source.records_to_preallocate(), 1);
            assert_eq!(source.max_sections_per_record(), 3);
            assert_eq!((source.id(), source.platform_id()), (OWN, 0x1234));
            self.0.lock().unwrap().push(source.info());
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
        // SAFETY: As in `register`.
        let registration =
            unsafe { Registration::register(irql, Looker(Mutex::default()), &areas) }.unwrap();
        let source = whea.add_source(OWN, 12, 10, Some(1), LEVEL);
        source.set_info(3, &[1]);
        source.set_info(4, &77_u32.to_le_bytes());
        source.set_info(8, &0xffff_u32.to_le_bytes());
        source.set_info(24 + 8, &0x91_u32.to_le_bytes());
        source.set_info(56, &(-3_i64).to_le_bytes());
        for tag in 0..=11_u16 {
            source.set_info(0, &tag.to_le_bytes());
            assert_eq!(source.control(Control::Set, 2), Some(0));
        }
        let seen = registration.plugin().0.lock().unwrap();
        assert_eq!(seen.len(), 12);
        assert_eq!(seen[11], SourceInfo::Other(11));
        assert!(matches!(seen[2], SourceInfo::Nmi { .. }));
        assert!(matches!(seen[6], SourceInfo::AerRootPort(..)));
        let SourceInfo::GenericV2(generic, acknowledge) = seen[10] else {
            panic!("{:?}", seen[10]);
        };
        assert!(generic.enabled);
        assert_eq!((generic.status_block_length, acknowledge), (77, -3));
        assert_eq!(generic.related_source, 0xffff);
        assert_eq!(
            generic.notification.kind,
            NotificationType::EXTERNAL_INTERRUPT
        );
        assert_eq!(generic.notification.vector, 0x91);
        drop(seen);
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
