//! Connecting: by each kind of connection, and what is refused.

use std::{mem::forget, thread};

use dirql::{
    BUGCHECK_CODE, ConnectFailure, Connection, ConnectionInfo, ConnectionKind, Interrupt,
    InterruptMode, Reason, TranslatedInterrupt, WithoutMessages,
    mock::{self, Device, Faults},
};

use super::{messages, try_connect};
use crate::common::{DEVICE_LEVEL, Twin, fully_specified, repeated, stops, thread as as_thread};

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
