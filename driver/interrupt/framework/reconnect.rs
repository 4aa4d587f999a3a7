//! Having the framework disconnect the interrupt and connect it again.

use core::sync::atomic::Ordering;

use dirql::{Irql, NotRun, Passive};
use dirql_ioctl::{Status, connection::Kind};
use wdk_sys::{NTSTATUS, STATUS_DEVICE_CONFIGURATION_ERROR};

use crate::{
    interrupt::{Base, DeviceInterrupt, HERE, LOST, RECONNECTING},
    status::ntstatus,
    trace,
};

impl DeviceInterrupt {
    /// Has the interrupt connected again by the framework's kind.
    ///
    /// # Errors
    ///
    /// `NOT_SUPPORTED` for any other kind, before anything is disconnected; `INVALID_DEVICE_STATE` where the interrupt is not
    /// live; `DEVICE_CONFIGURATION_ERROR` where it was not connected again; as for [`suspend`](Self::suspend).
    pub(crate) fn reconnect(
        &self,
        base: &Base,
        irql: &mut Irql<'_, Passive>,
        kind: Kind,
    ) -> Result<(), NTSTATUS> {
        if kind != Kind::Framework {
            return Err(ntstatus(Status::NOT_SUPPORTED));
        }
        self.whereabouts.store(RECONNECTING, Ordering::Release);
        let Ok(Some(_)) = self.live.revoke(irql) else {
            self.whereabouts.store(HERE, Ordering::Release);
            return Err(ntstatus(Status::INVALID_DEVICE_STATE));
        };
        let connected = self.connect_again(base, irql);
        let whereabouts = if connected.is_ok() { HERE } else { LOST };
        self.whereabouts.store(whereabouts, Ordering::Release);
        connected
    }

    /// Disconnects the interrupt, connects it, and makes it live.
    fn connect_again(&self, base: &Base, irql: &mut Irql<'_, Passive>) -> Result<(), NTSTATUS> {
        // SAFETY: The request keeps the device in D0 and owns its interrupt. EvtInterruptDisable silences the device.
        let _ = unsafe { self.made.disable(irql) };
        // SAFETY: As above; the gate is closed in `park`.
        if unsafe { self.made.enable(irql) }.is_err() {
            let status = STATUS_DEVICE_CONFIGURATION_ERROR;
            trace::connected(Kind::Framework as u32, Err(status));
            // SAFETY: As above. What was not connected stays so.
            let _ = unsafe { self.made.disable(irql) };
            return Err(status);
        }
        trace::connected(Kind::Framework as u32, Ok(base.count_connection()));
        let live = self.go_live(irql);
        live.map_err(|reason: NotRun| ntstatus(self.lose(base, irql, reason)))
    }
}
