//! Disconnecting and dropping, and a service routine that runs meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use dirql::{
    BUGCHECK_CODE, ConnectFailure, Interrupt, InterruptHandler, Reason, ServiceContext, Serviced,
    mock::{self, Device, Faults},
};

use super::try_connect;
use crate::common::{
    DEVICE_LEVEL, HeldBack, Twin, connect, fully_specified, repeated, stops, thread as as_thread,
};

#[test]
fn connect_and_disconnect_above_passive_are_refused_in_any_build() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let failure = mock::at_irql(1, || {
            try_connect(irql, fully_specified(&device)).unwrap_err()
        });
        assert_eq!(failure, ConnectFailure::AbovePassive);
        assert_eq!(device.connected_version(), None);

        let interrupt = try_connect(irql, fully_specified(&device)).unwrap();
        let error = mock::at_irql(2, || interrupt.disconnect(irql).unwrap_err());
        assert_eq!(device.disconnects(), 0);
        assert_eq!(device.fire(), Some(true));
        let interrupt = error.interrupt;
        assert_eq!(interrupt.synchronize(irql, |twin| twin.one), Ok(41));
        assert_eq!(interrupt.disconnect(irql).unwrap().one, 41);
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_drop_at_passive_level_disconnects() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| drop(connect(irql, &device, Twin::default())));
    assert_eq!(
        (device.connected_version(), device.disconnects()),
        (None, 1)
    );
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_drop_above_passive_level_stops_the_machine_in_any_build() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        let bugcheck = stops(|| mock::at_irql(2, || drop(interrupt)));
        assert_eq!(bugcheck.code, BUGCHECK_CODE);
        assert_eq!(bugcheck.parameters[0], Reason::DroppedAbovePassive as usize);
        assert_eq!(bugcheck.parameters[1], 2, "the IRQL");
        assert!(bugcheck.parameters[2..].iter().all(|&address| address != 0));
    });
    assert_eq!(device.disconnects(), 0);
}

#[test]
fn the_state_is_complete_when_the_routine_runs_before_connect_returns() {
    struct Complete {
        name: String,
        heard: u32,
    }
    impl InterruptHandler for Complete {
        const PLAIN: bool = false;

        fn service(&mut self, cx: &ServiceContext<'_>) -> Serviced {
            assert_eq!(self.name, "complete");
            assert!(!cx.interrupt().is_null(), "the object comes as an argument");
            assert_eq!(mock::irql(), DEVICE_LEVEL);
            self.heard += 1;
            Serviced::Claimed
        }
    }
    let device = Device::with_line(DEVICE_LEVEL);
    device.set_faults(Faults {
        interrupt_during_connect: true,
        ..Faults::default()
    });
    as_thread(|irql| {
        let handler = Complete {
            name: String::from("complete"),
            heard: 0,
        };
        let interrupt = connect(irql, &device, handler);
        assert_eq!(interrupt.synchronize(irql, |handler| handler.heard), Ok(1));
    });
}

#[test]
fn the_handle_moves_while_a_routine_runs_elsewhere() {
    let device = Device::with_line(DEVICE_LEVEL);
    let times = repeated(300);
    let inside = AtomicU32::new(0);
    as_thread(|irql| {
        let mut interrupt = connect(irql, &device, Twin::default());
        let interrupt = thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..times {
                    assert_eq!(device.fire(), Some(true));
                    inside.fetch_add(1, Ordering::Relaxed);
                }
            });
            while inside.load(Ordering::Relaxed) < times {
                let boxed = Box::new(interrupt);
                boxed
                    .synchronize(irql, |twin| assert_eq!(twin.one, twin.other))
                    .unwrap();
                let mut row = Vec::from([*boxed]);
                interrupt = row.pop().unwrap();
                interrupt
                    .synchronize(irql, |twin| assert_eq!(twin.one, twin.other))
                    .unwrap();
                thread::yield_now();
            }
            interrupt
        });
        let moved = thread::spawn(move || interrupt).join().unwrap();
        assert_eq!(moved.disconnect(irql).unwrap().one, times);
    });
}

#[test]
fn disconnect_waits_for_a_routine_that_was_dispatched_and_has_not_begun() {
    let device = Device::with_line(DEVICE_LEVEL);
    let held_back = Arc::new(HeldBack::default());
    device.set_faults(Faults {
        disconnect_returns_early: true,
        dispatched: Some(held_back.hook()),
        ..Faults::default()
    });
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(device.fire(), Some(true)));
            held_back.wait_until_there();
            scope.spawn(|| held_back.go_on_after_a_while());
            let handler = interrupt.disconnect(irql).unwrap();
            assert!(held_back.has_gone_on(), "the routine had not begun");
            assert_eq!((handler.one, handler.other), (1, 1));
        });
    });
}

#[test]
fn a_failed_connect_waits_for_a_routine_that_was_dispatched_meanwhile() {
    let device = Device::with_line(DEVICE_LEVEL);
    let held_back = Arc::new(HeldBack::default());
    device.set_faults(Faults {
        connect_status: Some(0xc000_009a_u32.cast_signed()),
        while_connecting: Some(Arc::new({
            let held_back = Arc::clone(&held_back);
            move || held_back.wait_until_there()
        })),
        dispatched: Some(held_back.hook()),
        ..Faults::default()
    });
    as_thread(|irql| {
        thread::scope(|scope| {
            scope.spawn(|| {
                while device.fire().is_none() {
                    thread::yield_now();
                }
            });
            scope.spawn(|| {
                held_back.wait_until_there();
                held_back.go_on_after_a_while();
            });
            // SAFETY: Nothing stays connected.
            let error =
                unsafe { Interrupt::connect(irql, fully_specified(&device), Twin::default()) }
                    .unwrap_err();
            assert!(held_back.has_gone_on(), "the routine had not begun");
            assert_eq!(error.handler.one, 1);
        });
    });
}

#[test]
fn a_soft_inactive_interrupt_is_silent_and_can_be_disconnected() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = connect(irql, &device, Twin::default());
        // SAFETY: Nothing synchronizes until the interrupt is active again.
        unsafe { interrupt.set_inactive(irql) };
        // SAFETY: As above; a second report is harmless.
        unsafe { interrupt.set_inactive(irql) };
        assert_eq!((device.is_active(), device.fire()), (Some(false), None));
        interrupt.set_active(irql);
        assert_eq!(
            (device.is_active(), device.fire()),
            (Some(true), Some(true))
        );
        assert_eq!(interrupt.synchronize(irql, |twin| twin.one), Ok(1));
        // SAFETY: Nothing synchronizes any more.
        irql.raise_to_dispatch(|irql| unsafe { interrupt.set_inactive(irql) });
        assert_eq!(interrupt.disconnect(irql).unwrap().one, 1);
    });
}
