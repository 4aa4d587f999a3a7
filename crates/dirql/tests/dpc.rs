//! The DPC that a service routine queues: what it may do, when it runs, and when it does not.

mod common;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
};

use common::{DEVICE_LEVEL, HeldBack, connect, fully_specified, repeated, thread as as_thread};
use dirql::{
    ConnectFailure, Dispatch, DpcContext, DpcRoutine, HandlerBlock, Interrupt, InterruptHandler,
    Irql, NotRun, ServiceContext, Serviced,
    mock::{self, Device, Faults, Hook},
};

/// What a test and the two routines of its handler share.
#[derive(Default)]
struct Notes {
    /// How often the DPC ran.
    runs: AtomicU32,
    /// How many events its runs have taken over.
    taken: AtomicU32,
    /// What each call of `queue_dpc` said.
    queued: Mutex<Vec<bool>>,
    /// What a run does first, and whether it is the last.
    at_first: Mutex<Option<Hook>>,
}

impl Notes {
    fn runs(&self) -> u32 {
        self.runs.load(Ordering::Relaxed)
    }

    fn taken(&self) -> u32 {
        self.taken.load(Ordering::Relaxed)
    }

    fn queued(&self) -> Vec<bool> {
        self.queued
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn at_first(&self, hook: Hook) {
        *self.at_first.lock().unwrap() = Some(hook);
    }
}

/// A handler whose DPC takes its events over.
struct Events {
    one: u32,
    other: u32,
    notes: Arc<Notes>,
}

impl Events {
    fn new(notes: &Arc<Notes>) -> Self {
        Self {
            one: 0,
            other: 0,
            notes: Arc::clone(notes),
        }
    }
}

impl InterruptHandler for Events {
    const PLAIN: bool = false;
    const DPC: Option<DpcRoutine<Self>> = Some(follow);

    fn service(&mut self, cx: &ServiceContext<'_>) -> Serviced {
        assert_eq!(self.one, self.other, "something else is inside the lock");
        self.one += 1;
        thread::yield_now();
        self.other += 1;
        let queued = cx.queue_dpc::<Self>();
        self.notes.queued.lock().unwrap().push(queued);
        Serviced::Claimed
    }
}

fn follow(cx: &DpcContext<'_, Events>, irql: &mut Irql<'_, Dispatch>) {
    assert_eq!(mock::irql(), 2);
    let notes = cx
        .synchronize(irql, |events| Arc::clone(&events.notes))
        .unwrap();
    notes.runs.fetch_add(1, Ordering::Relaxed);
    let first = notes.at_first.lock().unwrap().take();
    if let Some(hook) = first {
        hook();
    }
    let taken = cx.synchronize(irql, |events| {
        assert_eq!(mock::irql(), DEVICE_LEVEL);
        assert_eq!(
            events.one, events.other,
            "something else is inside the lock"
        );
        let taken = core::mem::take(&mut events.one);
        thread::yield_now();
        events.other = 0;
        taken
    });
    notes.taken.fetch_add(taken.unwrap(), Ordering::Relaxed);
}

/// A flag that is set when this goes, also where a test fails: a thread that waits for it is not left behind.
struct SetAtTheEnd<'a>(&'a AtomicBool);

impl Drop for SetAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn the_dpc_follows_the_service_routine_when_the_irql_falls() {
    let device = Device::with_line(DEVICE_LEVEL);
    let notes = Arc::new(Notes::default());
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Events::new(&notes));
        assert_eq!(device.fire(), Some(true));
        assert_eq!((notes.runs(), notes.taken()), (1, 1));
        irql.raise_to_dispatch(|_| {
            assert_eq!(device.fire(), Some(true));
            assert_eq!(notes.runs(), 1, "the processor is at DISPATCH_LEVEL");
        });
        assert_eq!((notes.runs(), notes.taken()), (2, 2));
        assert_eq!(interrupt.synchronize(irql, |events| events.one), Ok(0));
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn what_is_queued_already_is_one_run() {
    let device = Device::with_line(DEVICE_LEVEL);
    let notes = Arc::new(Notes::default());
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Events::new(&notes));
        irql.raise_to_dispatch(|_| {
            for _ in 0..3 {
                assert_eq!(device.fire(), Some(true));
            }
        });
        assert_eq!(notes.queued(), [true, false, false]);
        assert_eq!((notes.runs(), notes.taken()), (1, 3));
        drop(interrupt);
    });
}

#[test]
fn what_is_queued_before_the_connect_returns_runs_when_it_has() {
    let device = Device::with_line(DEVICE_LEVEL);
    let notes = Arc::new(Notes::default());
    let seen = Arc::new(AtomicU32::new(u32::MAX));
    let hook: Hook = {
        let (notes, seen) = (Arc::clone(&notes), Arc::clone(&seen));
        Arc::new(move || seen.store(notes.runs(), Ordering::Relaxed))
    };
    device.set_faults(Faults {
        interrupt_during_connect: true,
        while_connecting: Some(hook),
        ..Faults::default()
    });
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Events::new(&notes));
        assert_eq!(seen.load(Ordering::Relaxed), 0, "inside of the connect");
        assert_eq!(notes.queued(), [true]);
        assert_eq!((notes.runs(), notes.taken()), (1, 1));
        device.set_faults(Faults::default());
        assert_eq!(device.fire(), Some(true));
        assert_eq!((notes.runs(), notes.taken()), (2, 2));
        drop(interrupt);
    });
}

#[test]
fn a_connect_that_fails_has_no_dpc_and_the_next_one_has() {
    let device = Device::with_line(DEVICE_LEVEL);
    let notes = Arc::new(Notes::default());
    device.set_faults(Faults {
        interrupt_during_connect: true,
        connect_status: Some(-1),
        ..Faults::default()
    });
    as_thread(|irql| {
        let block = HandlerBlock::new(irql, Events::new(&notes)).unwrap();
        // SAFETY: The device outlives the interrupt, which is disconnected below.
        let refused = unsafe { Interrupt::connect_in_place(irql, fully_specified(&device), block) };
        let error = refused.unwrap_err();
        assert_eq!(error.failure, ConnectFailure::Refused(-1));
        assert_eq!((notes.queued(), notes.runs()), (vec![true], 0));
        device.set_faults(Faults::default());
        // SAFETY: As above.
        let interrupt =
            unsafe { Interrupt::connect_in_place(irql, fully_specified(&device), error.block) };
        let interrupt = interrupt.unwrap();
        assert_eq!(notes.runs(), 0, "what was noted for the other is forgotten");
        assert_eq!(device.fire(), Some(true));
        assert_eq!((notes.runs(), notes.taken()), (1, 2));
        drop(interrupt);
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_disconnect_takes_a_queued_dpc_out() {
    let device = Device::with_line(DEVICE_LEVEL);
    let notes = Arc::new(Notes::default());
    let (there, go_on) = (AtomicBool::new(false), AtomicBool::new(false));
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Events::new(&notes));
        let events = thread::scope(|scope| {
            scope.spawn(|| {
                mock::at_irql(2, || {
                    assert_eq!(device.fire(), Some(true));
                    there.store(true, Ordering::Release);
                    while !go_on.load(Ordering::Acquire) {
                        thread::yield_now();
                    }
                });
            });
            while !there.load(Ordering::Acquire) {
                thread::yield_now();
            }
            let _go_on = SetAtTheEnd(&go_on);
            interrupt.disconnect(irql).unwrap()
        });
        assert_eq!(
            (events.one, notes.queued(), notes.runs()),
            (1, vec![true], 0)
        );
    });
    assert_eq!(mock::live_allocations(), 0);
}

/// Runs the DPC in a thread of its own, which it holds back, and does `body` when it is there.
fn while_the_dpc_runs<R: Send>(
    device: &Device,
    notes: &Notes,
    held: &Arc<HeldBack>,
    body: impl FnOnce() -> R,
) -> R {
    notes.at_first(held.hook());
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(device.fire(), Some(true)));
        held.wait_until_there();
        scope.spawn(|| held.go_on_after_a_while());
        body()
    })
}

#[test]
fn a_disconnect_waits_for_a_run_that_still_synchronizes() {
    let device = Device::with_line(DEVICE_LEVEL);
    let notes = Arc::new(Notes::default());
    let held = Arc::new(HeldBack::default());
    device.set_faults(Faults {
        disconnect_returns_early: true,
        ..Faults::default()
    });
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Events::new(&notes));
        let events = while_the_dpc_runs(&device, &notes, &held, || {
            let events = interrupt.disconnect(irql).unwrap();
            assert!(held.has_gone_on());
            events
        });
        assert_eq!((events.one, notes.runs(), notes.taken()), (0, 1, 1));
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_drop_waits_for_a_run_too() {
    let device = Device::with_line(DEVICE_LEVEL);
    let notes = Arc::new(Notes::default());
    let held = Arc::new(HeldBack::default());
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Events::new(&notes));
        while_the_dpc_runs(&device, &notes, &held, || {
            drop(interrupt);
            assert!(held.has_gone_on());
        });
        let _ = irql;
        assert_eq!((notes.runs(), notes.taken()), (1, 1));
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn an_interrupt_during_the_disconnect_queues_nothing() {
    let device = Arc::new(Device::with_line(DEVICE_LEVEL));
    let notes = Arc::new(Notes::default());
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Events::new(&notes));
        let hook: Hook = {
            let device = Arc::clone(&device);
            Arc::new(move || assert_eq!(device.fire(), Some(true)))
        };
        mock::when_dpcs_are_flushed(hook);
        let events = interrupt.disconnect(irql).unwrap();
        assert_eq!(
            (events.one, notes.queued(), notes.runs()),
            (1, vec![false], 0)
        );
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_service_routine_that_is_about_to_queue_is_waited_out_before_the_queue_is_emptied() {
    let device = Device::with_line(DEVICE_LEVEL);
    let notes = Arc::new(Notes::default());
    let held = Arc::new(HeldBack::default());
    let disconnected = AtomicBool::new(false);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Events::new(&notes));
        thread::scope(|scope| {
            scope.spawn(|| {
                mock::when_a_dpc_is_queued(held.hook());
                // So that what is queued stays where it is.
                mock::at_irql(2, || {
                    assert_eq!(device.fire(), Some(true));
                    while !disconnected.load(Ordering::Acquire) {
                        thread::yield_now();
                    }
                });
            });
            let _disconnected = SetAtTheEnd(&disconnected);
            held.wait_until_there();
            scope.spawn(|| held.go_on_after_a_while());
            let events = interrupt.disconnect(irql).unwrap();
            assert!(held.has_gone_on());
            assert_eq!((events.one, notes.queued()), (1, vec![true]));
        });
        assert_eq!(notes.runs(), 0);
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_flush_waits_for_the_runs_that_were_queued() {
    let device = Device::with_line(DEVICE_LEVEL);
    let notes = Arc::new(Notes::default());
    let held = Arc::new(HeldBack::default());
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Events::new(&notes));
        while_the_dpc_runs(&device, &notes, &held, || {
            assert_eq!(interrupt.flush_dpc(irql), Ok(()));
            assert!(held.has_gone_on());
            assert_eq!((notes.runs(), notes.taken()), (1, 1));
        });
        let above = mock::at_irql(1, || interrupt.flush_dpc(irql));
        assert_eq!(above, Err(NotRun::AbovePassive));
        assert_eq!(device.fire(), Some(true));
        assert_eq!(notes.runs(), 2, "it is not closed");
    });
}

#[test]
fn two_runs_at_a_time_are_excluded_by_the_lock_alone() {
    let device = Device::with_line(DEVICE_LEVEL);
    let notes = Arc::new(Notes::default());
    let held = Arc::new(HeldBack::default());
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Events::new(&notes));
        notes.at_first(held.hook());
        let (fired, meanwhile) = thread::scope(|scope| {
            scope.spawn(|| assert_eq!(device.fire(), Some(true)));
            held.wait_until_there();
            // Queued again while it runs elsewhere, and so it runs here as well.
            let fired = device.fire();
            let meanwhile = (notes.runs(), notes.taken());
            held.go_on_after_a_while();
            (fired, meanwhile)
        });
        assert_eq!((fired, meanwhile), (Some(true), (2, 2)));
        assert_eq!(notes.queued(), [true, true]);
        drop(interrupt);
        let _ = irql;
    });
}

#[test]
fn every_event_is_taken_over_whatever_runs_at_a_time() {
    let device = Device::with_line(DEVICE_LEVEL);
    let notes = Arc::new(Notes::default());
    let times = repeated(500);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Events::new(&notes));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| (0..times).for_each(|_| assert_eq!(device.fire(), Some(true))));
            }
        });
        assert_eq!(interrupt.flush_dpc(irql), Ok(()));
        assert_eq!(notes.taken(), 3 * times);
        assert!(notes.runs() <= 3 * times);
        let events = interrupt.disconnect(irql).unwrap();
        assert_eq!((events.one, events.other), (0, 0));
    });
    assert_eq!(mock::live_allocations(), 0);
}

/// A handler whose DPC leaves one event to each run.
struct OneByOne {
    events: u32,
    runs: u32,
}

impl InterruptHandler for OneByOne {
    const DPC: Option<DpcRoutine<Self>> = Some(|cx, irql| {
        let left = cx.synchronize(irql, |state| {
            state.runs += 1;
            state.events -= 1;
            state.events
        });
        if left.unwrap() != 0 {
            assert!(cx.queue_again(), "it is in no queue while it runs");
        }
    });

    fn service(&mut self, cx: &ServiceContext<'_>) -> Serviced {
        self.events += 1;
        cx.queue_dpc::<Self>();
        Serviced::Claimed
    }
}

#[test]
fn a_run_leaves_work_to_the_next_one() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let handler = OneByOne { events: 0, runs: 0 };
        let interrupt = connect(irql, &device, handler);
        irql.raise_to_dispatch(|_| (0..4).for_each(|_| assert_eq!(device.fire(), Some(true))));
        let handler = interrupt.disconnect(irql).unwrap();
        assert_eq!((handler.events, handler.runs), (0, 4));
    });
}
