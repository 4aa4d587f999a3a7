//! What NT is asked: whether a connection may be made at all, and the parameters for it.

use core::ffi::c_void;

use super::{ConnectFailure, Connection, TranslatedInterrupt, WithoutMessages, isr::Isr};
use crate::kernel::platform::{
    DISPATCH_LEVEL, PASSIVE_LEVEL,
    parameters::{
        CONNECT_LINE_BASED, CONNECT_MESSAGE_BASED, ConnectParameters, FullySpecifiedTail, Routine,
        Tail,
    },
};

/// Whether `to` may become an interrupt at a device level.
pub(super) const fn admit_device_level(to: &Connection<'_>) -> Result<(), ConnectFailure> {
    let interrupt = match to {
        Connection::FullySpecified { interrupt, .. } => {
            if interrupt.group() != 0 {
                return Err(ConnectFailure::NotInGroupZero(interrupt.group()));
            }
            interrupt
        }
        Connection::FullySpecifiedGroup { interrupt, .. } => interrupt,
        Connection::LineBased { .. } | Connection::MessageBased { .. } => return Ok(()),
    };
    if interrupt.level() <= DISPATCH_LEVEL {
        return Err(ConnectFailure::NotADeviceLevel(interrupt.level()));
    }
    Ok(())
}

/// Whether `to` may become one of several interrupts at device levels, whose lock is held at `level`.
pub(super) const fn admit_shared(to: &Connection<'_>, level: u8) -> Result<(), ConnectFailure> {
    match to {
        Connection::FullySpecified { interrupt, .. }
        | Connection::FullySpecifiedGroup { interrupt, .. } => {
            if interrupt.level() > level {
                return Err(ConnectFailure::AboveLock {
                    interrupt: interrupt.level(),
                    lock: level,
                });
            }
            admit_device_level(to)
        }
        Connection::LineBased { .. } | Connection::MessageBased { .. } => {
            Err(ConnectFailure::NotSpecified)
        }
    }
}

/// Whether `interrupt` may become a passive-level interrupt.
pub(super) const fn admit_passive_level(
    interrupt: &TranslatedInterrupt,
) -> Result<(), ConnectFailure> {
    if interrupt.level() == PASSIVE_LEVEL {
        Ok(())
    } else {
        Err(ConnectFailure::NotPassiveLevel(interrupt.level()))
    }
}

/// Whether the interrupts of a device, all of them, may become passive-level interrupts by the line-based kind.
///
/// NT runs the routine at the highest level of what it connects, and says nothing where that is a device's.
pub(super) fn admit_passive_lines(
    interrupts: &[TranslatedInterrupt],
) -> Result<(), ConnectFailure> {
    if interrupts.is_empty() {
        return Err(ConnectFailure::NoInterrupts);
    }
    interrupts.iter().try_for_each(|interrupt| {
        if interrupt.is_message() {
            return Err(ConnectFailure::NotALine);
        }
        admit_passive_level(interrupt)
    })
}

/// Fills the parameters for `to`.
pub(super) fn parameters(
    to: &Connection<'_>,
    isr: &Isr,
    connection: *mut *mut c_void,
) -> ConnectParameters {
    let line = Routine { line: isr.line };
    let nothing = Tail { fall_back: None };
    match *to {
        Connection::FullySpecified { device, interrupt }
        | Connection::FullySpecifiedGroup { device, interrupt } => ConnectParameters {
            version: to.kind() as u32,
            device: device.as_ptr(),
            connection,
            routine: line,
            context: isr.context,
            lock: isr.lock,
            // A lock of one interrupt is held at its level, and that of several at the highest of theirs.
            synchronize_irql: if isr.level > interrupt.level() {
                isr.level
            } else {
                interrupt.level()
            },
            floating_save: 0,
            share_vector: u8::from(interrupt.is_shared()),
            vector: interrupt.vector(),
            tail: Tail {
                fully_specified: FullySpecifiedTail {
                    irql: interrupt.level(),
                    mode: interrupt.mode() as i32,
                    processors: interrupt.processors(),
                    group: interrupt.group(),
                },
            },
        },
        Connection::LineBased { device } => ConnectParameters {
            version: CONNECT_LINE_BASED,
            device: device.as_ptr(),
            connection,
            routine: line,
            context: isr.context,
            lock: isr.lock,
            // Zero lets NT choose: with a lock given, the highest level of what it connects.
            synchronize_irql: 0,
            floating_save: 0,
            share_vector: 0,
            vector: 0,
            tail: nothing,
        },
        Connection::MessageBased {
            device,
            without_messages,
        } => ConnectParameters {
            version: CONNECT_MESSAGE_BASED,
            device: device.as_ptr(),
            connection,
            routine: Routine {
                message: isr.message,
            },
            context: isr.context,
            lock: isr.lock,
            synchronize_irql: 0,
            floating_save: 0,
            share_vector: 0,
            vector: 0,
            tail: match without_messages {
                WithoutMessages::Fail => nothing,
                WithoutMessages::ConnectLine => Tail {
                    fall_back: Some(isr.line),
                },
            },
        },
    }
}
