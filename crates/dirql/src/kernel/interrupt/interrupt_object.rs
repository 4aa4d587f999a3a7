//! The interrupt object that a connect makes: read back, reported active or inactive, and disconnected.
//!
//! Nothing here knows the handler. `IoConnectInterruptEx` writes what it made over the version that
//! was asked, and only that says what the object it returned is and how to disconnect it.

use core::{
    ffi::c_void,
    ptr::{self, NonNull},
};

use super::{
    ConnectFailure, Connection, ConnectionInfo, connect_parameters::parameters, isr::Isr,
    read_back::read_back,
};
use crate::kernel::{
    bugcheck::{self, Reason},
    platform::{
        self, nt_success,
        parameters::{ConnectedParameters, Kinterrupt},
    },
};

/// The interrupt object of a live connection, with what NT asks for to disconnect it.
///
/// # Invariants
///
/// `version` and `connection` are what one successful `IoConnectInterruptEx` returned, not yet
/// disconnected. `interrupt` is an interrupt object of that connection, and its lock is the one of the
/// [`Isr`].
pub(super) struct InterruptObject {
    interrupt: NonNull<Kinterrupt>,
    connection: NonNull<c_void>,
    version: u32,
}

impl InterruptObject {
    /// Connects and reads back what came of it.
    ///
    /// After an error nothing is connected, but a service routine may still be about to end.
    ///
    /// # Safety
    ///
    /// - IRQL is `PASSIVE_LEVEL`.
    /// - The device and its interrupt are as the caller of [`crate::Interrupt::connect`] promised.
    /// - The routines may be called with the context from now until the object is disconnected or an error
    ///   is returned and its service routines are waited out.
    pub(super) unsafe fn connect(
        to: &Connection<'_>,
        isr: &Isr,
    ) -> Result<(Self, ConnectionInfo), ConnectFailure> {
        // The kernel writes the object here, outside of what service routines read: one of them may be
        // running while it is written.
        let mut connection = ptr::null_mut();
        let mut parameters = parameters(to, isr, &raw mut connection);
        // SAFETY: IRQL and the device are the caller's promise. The block is filled as its version asks,
        // and all that it points to lives long enough (nf-wdm-ioconnectinterruptex).
        let status = unsafe { platform::connect_interrupt(&mut parameters) };
        if !nt_success(status) {
            return Err(ConnectFailure::Refused(status));
        }
        let version = parameters.version;
        let Some(connection) = NonNull::new(connection) else {
            let context = isr.context.addr();
            bugcheck::stop(Reason::ConnectedWithoutObject, version as usize, context)
        };
        // SAFETY: This is what the connect returned.
        match unsafe { read_back(to, version, connection) } {
            Ok((interrupt, info)) => Ok((
                Self {
                    interrupt,
                    connection,
                    version,
                },
                ConnectionInfo {
                    synchronize_irql: info.synchronize_irql.map(|level| level.max(isr.level)),
                    ..info
                },
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
    pub(super) const fn interrupt(&self) -> *mut Kinterrupt {
        self.interrupt.as_ptr()
    }

    /// As [`interrupt`](Self::interrupt), for who keeps it.
    pub(super) const fn non_null(&self) -> NonNull<Kinterrupt> {
        self.interrupt
    }

    /// Tells NT that the device will interrupt again.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(super) unsafe fn report_active(&self) {
        let mut parameters = connected(self.version, self.connection);
        // SAFETY: The object is connected, by its invariant; IRQL is the caller's promise.
        unsafe { platform::report_interrupt_active(&mut parameters) };
    }

    /// Tells NT that the device will not interrupt for a while.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(super) unsafe fn report_inactive(&self) {
        let mut parameters = connected(self.version, self.connection);
        // SAFETY: The object is connected, by its invariant; IRQL is the caller's promise.
        unsafe { platform::report_interrupt_inactive(&mut parameters) };
    }

    /// Disconnects.
    ///
    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`; the object is not used again.
    pub(super) unsafe fn disconnect(&self) {
        // SAFETY: The object is connected, by its invariant, and not used again.
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
