//! Connecting, moving, disconnecting and dropping an interrupt, and what goes wrong on the way.

mod common;

use std::{
    mem::forget,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use common::{
    DEVICE_LEVEL, HeldBack, Twin, connect, fully_specified, repeated, stops, thread as as_thread,
};
use dirql::{
    BUGCHECK_CODE, ConnectFailure, Connection, ConnectionInfo, ConnectionKind, Interrupt,
    InterruptHandler, InterruptMode, Irql, Passive, Reason, ServiceContext, Serviced,
    TranslatedInterrupt, WithoutMessages,
    mock::{self, Device, Faults},
};

fn messages(device: &Device, without_messages: WithoutMessages) -> Connection<'_> {
    Connection::MessageBased {
        device: device.physical_device(),
        without_messages,
    }
}

fn try_connect(
    irql: &mut Irql<'_, Passive>,
    to: Connection<'_>,
) -> Result<Interrupt<Twin>, ConnectFailure> {
    let handler = Twin {
        one: 40,
        other: 40,
        last_message: None,
    };
    // SAFETY: The devices of these tests outlive their interrupts, which are not forgotten.
    unsafe { Interrupt::connect(irql, to, handler) }.map_err(|error| {
        assert!(error.handler.one >= 40, "the handler comes back");
        error.failure
    })
}

#[test]
fn a_fully_specified_connection_tells_what_it_was_given() {
    for group in [false, true] {
        let device = Device::with_line(DEVICE_LEVEL);
        let to = match fully_specified(&device) {
            Connection::FullySpecified { device, interrupt } if group => {
                Connection::FullySpecifiedGroup { device, interrupt }
            }
            to => to,
        };
        as_thread(|irql| {
            let interrupt = try_connect(irql, to).unwrap();
            let ConnectionInfo {
                asked,
                made,
                vector,
                irql: level,
                synchronize_irql,
                mode,
                messages,
                ..
            } = interrupt.info();
            let kind = if group {
                ConnectionKind::FullySpecifiedGroup
            } else {
                ConnectionKind::FullySpecified
            };
            assert_eq!((asked, made), (kind, kind));
            assert_eq!(device.connected_version(), Some(kind as u32));
            assert_eq!(vector, Some(0x91));
            assert_eq!(
                (level, synchronize_irql),
                (Some(DEVICE_LEVEL), Some(DEVICE_LEVEL))
            );
            assert_eq!(mode, Some(InterruptMode::LevelSensitive));
            assert_eq!(messages, 0);
        });
        assert_eq!(device.connected_version(), None);
    }
}

#[test]
fn a_line_based_connection_excludes_its_line() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let to = Connection::LineBased {
            device: device.physical_device(),
        };
        let interrupt = try_connect(irql, to).unwrap();
        assert_eq!(interrupt.info().made, ConnectionKind::LineBased);
        assert_eq!(interrupt.info().synchronize_irql, None);
        assert_eq!(device.fire(), Some(true));
        assert_eq!(interrupt.synchronize(irql, |twin| twin.one), Ok(41));
    });
}

#[test]
fn all_messages_come_under_one_lock() {
    let device = Device::with_messages(DEVICE_LEVEL, 4);
    as_thread(|irql| {
        let interrupt = try_connect(irql, messages(&device, WithoutMessages::Fail)).unwrap();
        let info = interrupt.info();
        assert_eq!(
            (info.made, info.messages),
            (ConnectionKind::MessageBased, 4)
        );
        assert_eq!(
            (info.vector, info.synchronize_irql),
            (Some(0x91), Some(DEVICE_LEVEL))
        );
        assert_eq!(info.mode, Some(InterruptMode::Latched));
        let times = repeated(200);
        thread::scope(|scope| {
            for number in 0..4 {
                let device = &device;
                scope.spawn(move || {
                    (0..times).for_each(|_| assert_eq!(device.fire_message(number), Some(true)));
                });
            }
        });
        assert_eq!(
            interrupt.synchronize(irql, |twin| twin.one),
            Ok(40 + 4 * times)
        );
        assert_eq!(device.fire_message(3), Some(true));
        assert_eq!(
            interrupt.synchronize(irql, |twin| twin.last_message),
            Ok(Some(3))
        );
    });
}

#[test]
fn messages_fall_back_to_the_line_where_that_is_wanted() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let fail = try_connect(irql, messages(&device, WithoutMessages::Fail));
        assert_eq!(
            fail.unwrap_err(),
            ConnectFailure::Refused(0xc000_0225_u32.cast_signed())
        );

        let interrupt = try_connect(irql, messages(&device, WithoutMessages::ConnectLine)).unwrap();
        assert_eq!(interrupt.info().asked, ConnectionKind::MessageBased);
        assert_eq!(interrupt.info().made, ConnectionKind::LineBased);
        assert_eq!(device.fire(), Some(true));
        let seen = interrupt.synchronize(irql, |twin| (twin.one, twin.last_message));
        assert_eq!(seen, Ok((41, None)));
        // The mock stops the machine where a disconnect names another version than was made.
        interrupt.disconnect(irql).unwrap();
    });
}

#[test]
fn what_one_lock_cannot_exclude_is_disconnected_again() {
    let cases = [
        (
            Faults {
                unified_irql: Some(0),
                ..Faults::default()
            },
            ConnectFailure::NotUnified(0),
        ),
        (
            Faults {
                unified_irql: Some(2),
                ..Faults::default()
            },
            ConnectFailure::NotUnified(2),
        ),
        (
            Faults {
                message_count: Some(0),
                ..Faults::default()
            },
            ConnectFailure::NoMessages,
        ),
        (
            Faults {
                no_object: true,
                ..Faults::default()
            },
            ConnectFailure::NoMessages,
        ),
        (
            Faults {
                returned_version: Some(5),
                ..Faults::default()
            },
            ConnectFailure::UnexpectedVersion(5),
        ),
    ];
    for (faults, failure) in cases {
        let device = Device::with_messages(DEVICE_LEVEL, 2);
        device.set_faults(faults);
        as_thread(|irql| {
            let to = messages(&device, WithoutMessages::ConnectLine);
            assert_eq!(try_connect(irql, to).unwrap_err(), failure);
        });
        assert_eq!(
            (device.connected_version(), device.disconnects()),
            (None, 1)
        );
        assert_eq!(mock::live_allocations(), 0);
    }
}

#[test]
fn a_line_where_messages_must_not_fall_back_is_refused() {
    let device = Device::with_messages(DEVICE_LEVEL, 1);
    device.set_faults(Faults {
        returned_version: Some(2),
        ..Faults::default()
    });
    as_thread(|irql| {
        let to = messages(&device, WithoutMessages::Fail);
        let failure = try_connect(irql, to).unwrap_err();
        assert_eq!(failure, ConnectFailure::UnexpectedVersion(2));
    });
    assert_eq!(device.disconnects(), 1);
}

#[test]
fn a_success_without_an_object_stops_the_machine() {
    let device = Device::with_line(DEVICE_LEVEL);
    device.set_faults(Faults {
        no_object: true,
        ..Faults::default()
    });
    let bugcheck = stops(|| {
        as_thread(|irql| forget(try_connect(irql, fully_specified(&device))));
    });
    assert_eq!(bugcheck.code, BUGCHECK_CODE);
    assert_eq!(
        bugcheck.parameters[0],
        Reason::ConnectedWithoutObject as usize
    );
}

#[test]
fn a_refused_connect_gives_the_handler_back_as_interrupts_left_it() {
    let device = Device::with_line(DEVICE_LEVEL);
    device.set_faults(Faults {
        connect_status: Some(0xc000_009a_u32.cast_signed()),
        interrupt_during_connect: true,
        ..Faults::default()
    });
    as_thread(|irql| {
        // SAFETY: Nothing stays connected.
        let error = unsafe { Interrupt::connect(irql, fully_specified(&device), Twin::default()) }
            .unwrap_err();
        assert_eq!(error.failure.status(), Some(0xc000_009a_u32.cast_signed()));
        assert_eq!(error.handler.one, 1);
    });
    assert_eq!(device.connected_version(), None);
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn without_memory_nothing_is_connected() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        mock::fail_allocations(1);
        let failure = try_connect(irql, fully_specified(&device)).unwrap_err();
        assert_eq!(failure, ConnectFailure::NoMemory);
        assert_eq!(device.connected_version(), None);
        assert!(try_connect(irql, fully_specified(&device)).is_ok());
    });
}

#[test]
fn levels_and_groups_that_do_not_fit_are_refused() {
    let passive = Device::with_line(0);
    let mut bytes = Device::with_line(DEVICE_LEVEL).descriptor();
    bytes[6] = 1;
    let elsewhere = TranslatedInterrupt::parse(&bytes).unwrap();
    as_thread(|irql| {
        let failure = try_connect(irql, fully_specified(&passive)).unwrap_err();
        assert_eq!(failure, ConnectFailure::NotADeviceLevel(0));
        let to = Connection::FullySpecified {
            device: passive.physical_device(),
            interrupt: elsewhere,
        };
        let failure = try_connect(irql, to).unwrap_err();
        assert_eq!(failure, ConnectFailure::NotInGroupZero(1));
        // With a lock, NT refuses a passive-level line of its own finding.
        let to = Connection::LineBased {
            device: passive.physical_device(),
        };
        let failure = try_connect(irql, to).unwrap_err();
        assert_eq!(
            failure,
            ConnectFailure::Refused(0xc000_000d_u32.cast_signed())
        );
    });
    assert_eq!(passive.disconnects(), 0);
}

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
        // SAFETY: Nobody synchronizes until the interrupt is active again.
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
        // SAFETY: Nobody synchronizes any more.
        irql.raise_to_dispatch(|irql| unsafe { interrupt.set_inactive(irql) });
        assert_eq!(interrupt.disconnect(irql).unwrap().one, 1);
    });
}
