//! What NT answered: the interrupt object in what a connect returned, and what can be said about it.

use core::{ffi::c_void, ptr::NonNull};

use super::{
    ConnectFailure, Connection, ConnectionInfo, ConnectionKind, InterruptMode, TranslatedInterrupt,
    WithoutMessages,
};
use crate::kernel::platform::{
    DISPATCH_LEVEL,
    parameters::{CONNECT_LINE_BASED, CONNECT_MESSAGE_BASED, Kinterrupt, MessageTable},
};

/// Finds the interrupt object in what NT returned, and what can be said about it.
///
/// # Safety
///
/// `version` and `connection` are what a successful connect with `to` returned.
pub(super) unsafe fn read_back(
    to: &Connection<'_>,
    version: u32,
    connection: NonNull<c_void>,
) -> Result<(NonNull<Kinterrupt>, ConnectionInfo), ConnectFailure> {
    let asked = to.kind();
    match *to {
        Connection::FullySpecified { interrupt, .. }
        | Connection::FullySpecifiedGroup { interrupt, .. }
            if version == asked as u32 =>
        {
            Ok((connection.cast(), specified(asked, interrupt)))
        }
        Connection::LineBased { .. } if version == CONNECT_LINE_BASED => {
            Ok((connection.cast(), line(asked)))
        }
        Connection::MessageBased {
            without_messages: WithoutMessages::ConnectLine,
            ..
        } if version == CONNECT_LINE_BASED => Ok((connection.cast(), line(asked))),
        Connection::MessageBased { .. } if version == CONNECT_MESSAGE_BASED => {
            // SAFETY: The version says that the connection is a message table.
            unsafe { messages(asked, connection.cast()) }
        }
        _ => Err(ConnectFailure::UnexpectedVersion(version)),
    }
}

const fn specified(asked: ConnectionKind, interrupt: TranslatedInterrupt) -> ConnectionInfo {
    ConnectionInfo {
        asked,
        made: asked,
        vector: Some(interrupt.vector()),
        irql: Some(interrupt.level()),
        synchronize_irql: Some(interrupt.level()),
        mode: Some(interrupt.mode()),
        messages: 0,
    }
}

const fn line(asked: ConnectionKind) -> ConnectionInfo {
    ConnectionInfo {
        asked,
        made: ConnectionKind::LineBased,
        vector: None,
        irql: None,
        synchronize_irql: None,
        mode: None,
        messages: 0,
    }
}

/// Reads the table of a message-based connection. NT keeps it until the disconnect.
///
/// # Safety
///
/// `table` is what a successful message-based connect returned.
unsafe fn messages(
    asked: ConnectionKind,
    table: NonNull<MessageTable>,
) -> Result<(NonNull<Kinterrupt>, ConnectionInfo), ConnectFailure> {
    // SAFETY: A successful connect returned the table, which NT does not write any more
    // (ns-wdm-_io_interrupt_message_info).
    let MessageTable {
        unified_irql,
        count,
        first,
    } = unsafe { table.read() };
    if count == 0 {
        return Err(ConnectFailure::NoMessages);
    }
    // Zero says that there is no IRQL at which one lock excludes all messages.
    if unified_irql <= DISPATCH_LEVEL {
        return Err(ConnectFailure::NotUnified(unified_irql));
    }
    // Any message's object will do, for all are under the one lock.
    let Some(interrupt) = NonNull::new(first.interrupt) else {
        return Err(ConnectFailure::NoMessages);
    };
    let info = ConnectionInfo {
        asked,
        made: ConnectionKind::MessageBased,
        vector: Some(first.vector),
        irql: Some(first.irql),
        synchronize_irql: Some(unified_irql),
        mode: match first.mode {
            0 => Some(InterruptMode::LevelSensitive),
            1 => Some(InterruptMode::Latched),
            _ => None,
        },
        messages: count,
    };
    Ok((interrupt, info))
}
