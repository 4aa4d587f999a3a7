//! One connection as NT knows it: made, read back, reported active or inactive, and undone.
//!
//! Nothing here knows the handler. `IoConnectInterruptEx` writes what it made over the version that
//! was asked, and only that says what the object it returned is and how to disconnect it.

use core::{
    ffi::c_void,
    ptr::{self, NonNull},
};

use crate::{
    ConnectFailure, Connection, ConnectionInfo, ConnectionKind, InterruptMode, Reason,
    TranslatedInterrupt, WithoutMessages, bugcheck,
    platform::{
        self, DISPATCH_LEVEL, PASSIVE_LEVEL, nt_success,
        parameters::{
            CONNECT_LINE_BASED, CONNECT_MESSAGE_BASED, ConnectParameters, ConnectedParameters,
            FullySpecifiedTail, Kinterrupt, MessageRoutine, MessageTable, Routine, ServiceRoutine,
            Tail,
        },
    },
};

/// What NT is given to call: the routines, their context, and the lock to hold.
pub(crate) struct Wiring {
    pub(crate) line: ServiceRoutine,
    pub(crate) message: MessageRoutine,
    pub(crate) context: *mut c_void,
    /// Null for a passive-level interrupt, for which NT makes an event.
    pub(crate) lock: *mut usize,
}

/// A live connection.
///
/// # Invariants
///
/// `version` and `connection` are what one successful `IoConnectInterruptEx` returned, not yet
/// disconnected. `interrupt` is an interrupt object of that connection, and its lock is the one of the
/// [`Wiring`].
pub(crate) struct Link {
    interrupt: NonNull<Kinterrupt>,
    connection: NonNull<c_void>,
    version: u32,
}

impl Link {
    /// Connects and reads back what came of it.
    ///
    /// After an error nothing is connected, but a service routine may still be about to end.
    ///
    /// # Safety
    ///
    /// - IRQL is `PASSIVE_LEVEL`.
    /// - The device and its interrupt are as the caller of [`crate::Interrupt::connect`] promised.
    /// - The routines may be called with the context from now until the link is disconnected or an error
    ///   is returned and its service routines are waited out.
    pub(crate) unsafe fn make(
        to: &Connection<'_>,
        wiring: &Wiring,
    ) -> Result<(Self, ConnectionInfo), ConnectFailure> {
        // The kernel writes the object here, outside of what service routines read: one of them may be
        // running while it is written.
        let mut connection = ptr::null_mut();
        let mut parameters = parameters(to, wiring, &raw mut connection);
        // SAFETY: IRQL and the device are the caller's promise. The block is filled as its version asks,
        // and all that it points to lives long enough (nf-wdm-ioconnectinterruptex).
        let status = unsafe { platform::connect_interrupt(&mut parameters) };
        if !nt_success(status) {
            return Err(ConnectFailure::Refused(status));
        }
        let version = parameters.version;
        let Some(connection) = NonNull::new(connection) else {
            let block = wiring.context.addr();
            bugcheck::stop(Reason::ConnectedWithoutObject, version as usize, block)
        };
        match read_back(to, version, connection) {
            Ok((interrupt, info)) => Ok((
                Self {
                    interrupt,
                    connection,
                    version,
                },
                info,
            )),
            Err(failure) => {
                // SAFETY: IRQL is PASSIVE_LEVEL; version and connection are what the connect returned,
                // and are not used again.
                unsafe { disconnect(version, connection) };
                Err(failure)
            }
        }
    }

    /// The interrupt object by which to synchronize.
    #[inline]
    pub(crate) const fn interrupt(&self) -> *mut Kinterrupt {
        self.interrupt.as_ptr()
    }

    /// Tells NT that the device will interrupt again.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(crate) unsafe fn report_active(&self) {
        let mut parameters = connected(self.version, self.connection);
        // SAFETY: The link is live, by its invariant; IRQL is the caller's promise.
        unsafe { platform::report_interrupt_active(&mut parameters) };
    }

    /// Tells NT that the device will not interrupt for a while.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(crate) unsafe fn report_inactive(&self) {
        let mut parameters = connected(self.version, self.connection);
        // SAFETY: The link is live, by its invariant; IRQL is the caller's promise.
        unsafe { platform::report_interrupt_inactive(&mut parameters) };
    }

    /// Disconnects.
    ///
    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`; the link is not used again.
    pub(crate) unsafe fn disconnect(&self) {
        // SAFETY: The link is live, by its invariant, and not used again.
        unsafe { disconnect(self.version, self.connection) };
    }
}

/// # Safety
///
/// As for `platform::disconnect_interrupt`.
unsafe fn disconnect(version: u32, connection: NonNull<c_void>) {
    let mut parameters = connected(version, connection);
    // SAFETY: As the caller promises.
    unsafe { platform::disconnect_interrupt(&mut parameters) };
}

const fn connected(version: u32, connection: NonNull<c_void>) -> ConnectedParameters {
    ConnectedParameters {
        version,
        connection: connection.as_ptr(),
    }
}

/// Fills the parameters for `to`.
fn parameters(
    to: &Connection<'_>,
    wiring: &Wiring,
    connection: *mut *mut c_void,
) -> ConnectParameters {
    let line = Routine { line: wiring.line };
    let nothing = Tail { fall_back: None };
    match *to {
        Connection::FullySpecified { device, interrupt }
        | Connection::FullySpecifiedGroup { device, interrupt } => ConnectParameters {
            version: to.kind() as u32,
            device: device.as_ptr(),
            connection,
            routine: line,
            context: wiring.context,
            lock: wiring.lock,
            // One interrupt, one lock: the lock is held at the level of the interrupt.
            synchronize_irql: interrupt.level(),
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
            context: wiring.context,
            lock: wiring.lock,
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
                message: wiring.message,
            },
            context: wiring.context,
            lock: wiring.lock,
            synchronize_irql: 0,
            floating_save: 0,
            share_vector: 0,
            vector: 0,
            tail: match without_messages {
                WithoutMessages::Fail => nothing,
                WithoutMessages::ConnectLine => Tail {
                    fall_back: Some(wiring.line),
                },
            },
        },
    }
}

/// Finds the interrupt object in what NT returned, and what can be said about it.
fn read_back(
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
            messages(asked, connection.cast())
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
fn messages(
    asked: ConnectionKind,
    table: NonNull<MessageTable>,
) -> Result<(NonNull<Kinterrupt>, ConnectionInfo), ConnectFailure> {
    // SAFETY: A successful message-based connect returned the table, which NT does not write any more
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

/// Whether `to` may become an interrupt at a device level.
pub(crate) const fn admit_device_level(to: &Connection<'_>) -> Result<(), ConnectFailure> {
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

/// Whether `interrupt` may become a passive-level interrupt.
pub(crate) const fn admit_passive_level(
    interrupt: &TranslatedInterrupt,
) -> Result<(), ConnectFailure> {
    if interrupt.level() == PASSIVE_LEVEL {
        Ok(())
    } else {
        Err(ConnectFailure::NotPassiveLevel(interrupt.level()))
    }
}
