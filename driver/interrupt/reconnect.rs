//! Connecting the interrupt by another kind, and as before where that fails.

use core::sync::atomic::Ordering;

use dirql::{ConnectionKind, Irql, Passive};
use dirql_ioctl::{Status, connection::Kind};
use wdk_sys::{NTSTATUS, STATUS_DEVICE_CONFIGURATION_ERROR, STATUS_INVALID_DEVICE_STATE};

use super::{
    DeviceInterrupt, HERE, LOST, RECONNECTING,
    base::Base,
    connect::{connect, connect_status, connection_kind, serves},
};
use crate::status::ntstatus;

impl DeviceInterrupt {
    /// Connects the interrupt by another kind, or as before where that fails.
    ///
    /// # Errors
    ///
    /// `NOT_SUPPORTED` where the interrupt cannot be connected by that kind, before anything is disconnected;
    /// `INVALID_DEVICE_STATE` where the interrupt is not live; the system's status, where it refused the
    /// kind; `DEVICE_CONFIGURATION_ERROR` where it refused the old kind too; as for
    /// [`park`](Self::park).
    pub(crate) fn reconnect(
        &self,
        base: &Base,
        irql: &mut Irql<'_, Passive>,
        kind: Kind,
    ) -> Result<(), NTSTATUS> {
        let kind = connection_kind(kind).filter(|kind| serves(&self.resource, *kind));
        let kind = kind.ok_or(ntstatus(Status::NOT_SUPPORTED))?;
        self.whereabouts.store(RECONNECTING, Ordering::Release);
        let result = self.connect_again(base, irql, kind);
        let whereabouts = match result {
            Err(Failed { lost: true, .. }) => LOST,
            _ => HERE,
        };
        self.whereabouts.store(whereabouts, Ordering::Release);
        result.map_err(|failed| failed.status)
    }

    /// The work of [`reconnect`](Self::reconnect). All along the registers are within the service routine's reach: what
    /// the device raises meanwhile asserts the line as soon as the interrupt is connected again.
    fn connect_again(
        &self,
        base: &Base,
        irql: &mut Irql<'_, Passive>,
        kind: ConnectionKind,
    ) -> Result<(), Failed> {
        let Ok(Some(interrupt)) = self.live.revoke(irql) else {
            return Err(Failed::as_before(STATUS_INVALID_DEVICE_STATE));
        };
        let old = interrupt.info().asked;
        if let Err(not_run) = interrupt.synchronize(irql, |shared| {
            shared.quiesce();
        }) {
            base.counters.count_not_run(not_run);
        }
        let shared = match interrupt.disconnect(irql) {
            Ok(shared) => shared,
            Err(error) => {
                self.go_live(base, irql, error.interrupt)?;
                return Err(Failed::as_before(STATUS_INVALID_DEVICE_STATE));
            }
        };
        // SAFETY: The interrupt is the device's, translated and assigned as long as its hardware, which
        // disconnects it when it stops.
        let failed = match unsafe { connect(base, irql, self.resource, kind, shared) } {
            Ok(interrupt) => return Ok(self.go_live(base, irql, interrupt)?),
            Err(error) => error,
        };
        // SAFETY: As above.
        match unsafe { connect(base, irql, self.resource, old, failed.handler) } {
            Ok(interrupt) => {
                self.go_live(base, irql, interrupt)?;
                Err(Failed::as_before(connect_status(failed.failure)))
            }
            Err(mut error) => {
                let ledger = error.handler.quiesce();
                base.reach.close(irql);
                base.retain(irql, &ledger);
                Err(Failed {
                    status: STATUS_DEVICE_CONFIGURATION_ERROR,
                    lost: true,
                })
            }
        }
    }
}

/// Why a reconnect failed.
struct Failed {
    status: NTSTATUS,
    /// Whether there is no interrupt any more.
    lost: bool,
}

impl From<Status> for Failed {
    /// A failure that cost the interrupt.
    fn from(status: Status) -> Self {
        Self {
            status: ntstatus(status),
            lost: true,
        }
    }
}

impl Failed {
    /// A failure that left the interrupt connected as it was.
    const fn as_before(status: NTSTATUS) -> Self {
        Self {
            status,
            lost: false,
        }
    }
}
