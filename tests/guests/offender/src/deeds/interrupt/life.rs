//! Connections that are left, ended twice, or reported on when they have ended.

use wdk_sys::{
    _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS__bindgen_ty_1,
    IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS,
    ntddk::{IoDisconnectInterruptEx, IoReportInterruptActive, IoReportInterruptInactive},
};

use super::connection::{Connection, connected};
use crate::call::{Call, Outcome};

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
