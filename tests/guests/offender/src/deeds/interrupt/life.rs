//! Connections that are left, ended twice, or reported on when they have ended.

use wdk_sys::{
    _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS__bindgen_ty_1,
    IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS, PVOID,
    ntddk::{IoDisconnectInterruptEx, IoReportInterruptActive, IoReportInterruptInactive},
};

use super::{
    connection::{Connection, connected},
    synchronize::stay,
};
use crate::call::{Call, Outcome};

/// From now, in units of 100 ns.
const ONE_MILLISECOND: i64 = -10_000;

pub(crate) fn leave_connected(call: &Call) -> Outcome {
    // That the connection is forgotten is what is broken.
    Connection::new(call, 1).map(|_| Outcome::Done).into()
}

/// The connection as `IoReportInterruptInactive` and `IoReportInterruptActive` take it.
pub(super) fn reported(connection: &Connection) -> IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS {
    IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS {
        Version: connection.version,
        ConnectionContext: _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS__bindgen_ty_1 {
            Generic: connection.context,
        },
    }
}

/// Tells the kernel that the interrupt is inactive, and then that it is active.
fn rest(connection: &Connection) {
    let mut parameters = reported(connection);
    // SAFETY: The interrupt is connected (nf-wdm-ioreportinterruptinactive).
    // breaks: interrupt-inactive-unsilenced
    unsafe { IoReportInterruptInactive(&raw mut parameters) };
    // SAFETY: As above (nf-wdm-ioreportinterruptactive).
    unsafe { IoReportInterruptActive(&raw mut parameters) };
}

pub(crate) fn rest_computing(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.service.compute();
        // What the device will raise is what is broken.
        rest(connection);
        connection.service.silence();
    })
}

pub(crate) fn rest_silent(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.service.compute();
        connection.service.silence();
        rest(connection);
    })
}

pub(crate) fn disconnect_computing(call: &Call) -> Outcome {
    let answer = Connection::new(call, 1).map(|connection| {
        connection.service.compute();
        let mut parameters = connection.parameters();
        // SAFETY: The interrupt is connected, and nothing uses the connection any more (nf-wdm-iodisconnectinterruptex).
        // breaks: interrupt-disconnected-unsilenced
        unsafe { IoDisconnectInterruptEx(&raw mut parameters) };
        call.context.service.silence();
        Outcome::Done
    });
    answer.into()
}

pub(crate) fn disconnect_silent(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.service.compute();
        connection.service.silence();
    })
}

pub(crate) fn report_late(call: &Call) -> Outcome {
    let reported = Connection::new(call, 1).map(|connection| {
        let mut parameters = reported(&connection);
        connection.disconnect();
        // SAFETY: The interrupt was disconnected above.
        // breaks: interrupt-reported-after-disconnect
        unsafe { IoReportInterruptInactive(&raw mut parameters) };
        Outcome::Done
    });
    reported.into()
}

pub(crate) fn report(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        let mut parameters = reported(connection);
        // SAFETY: The interrupt is connected (nf-wdm-ioreportinterruptinactive).
        unsafe { IoReportInterruptInactive(&raw mut parameters) };
        // SAFETY: As above (nf-wdm-ioreportinterruptactive).
        unsafe { IoReportInterruptActive(&raw mut parameters) };
    })
}

/// Disconnects as soon as the interrupt lock is free for which an ISR may spin on another processor.
pub(crate) fn disconnect_while_isr_spins(call: &Call) -> Outcome {
    let answer = Connection::new(call, 1).map(|connection| {
        let context: PVOID = (&raw const *connection.service).cast_mut().cast();
        connection.synchronize(stay, context);
        connection.disconnect();
        // For the ISR that is left behind, if one is: what it uses lives as long as the device.
        let _ = call.context.never.wait(Some(ONE_MILLISECOND));
        Outcome::Answer(0)
    });
    answer.into()
}

pub(crate) fn disconnect_twice(call: &Call) -> Outcome {
    let disconnected = Connection::new(call, 1).map(|connection| {
        let mut parameters = connection.parameters();
        connection.disconnect();
        // SAFETY: The interrupt was disconnected above.
        // breaks: interrupt-disconnected-twice
        unsafe { IoDisconnectInterruptEx(&raw mut parameters) };
        Outcome::Done
    });
    disconnected.into()
}
