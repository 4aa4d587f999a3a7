//! Looking at the interrupt where it is, live or parked.

use core::sync::atomic::Ordering;

use dirql::{ConnectionInfo, Interrupt, Irql, NotRun, Passive};
use dirql_ioctl::Status;

use super::{DeviceInterrupt, HERE, Parked};
use crate::{ledger::Ledger, shared::Shared, thread::pause};

/// How often a request looks for an interrupt that is on its way between its places, a millisecond or a
/// tick of the clock apart. The way is shorter than that.
const LOOKS: u32 = 100;

impl DeviceInterrupt {
    /// How the interrupt is connected, and whether it is active.
    ///
    /// # Errors
    ///
    /// `INVALID_DEVICE_STATE` while it is being reconnected, `DEVICE_NOT_READY` where it is lost.
    pub(crate) fn connection(
        &self,
        irql: &mut Irql<'_, Passive>,
    ) -> Result<(ConnectionInfo, bool), Status> {
        self.look(
            irql,
            |interrupt, _| (interrupt.info(), true),
            |parked| (parked.interrupt.info(), false),
        )
    }

    /// A copy of the records behind the lock, live or parked.
    ///
    /// # Errors
    ///
    /// As for [`connection`](Self::connection).
    pub(crate) fn ledger(
        &self,
        irql: &mut Irql<'_, Passive>,
    ) -> Result<Result<Ledger, NotRun>, Status> {
        self.look(
            irql,
            |interrupt, irql| interrupt.synchronize(irql, |shared| shared.ledger),
            |parked| Ok(parked.ledger),
        )
    }

    /// Looks at the interrupt where it is, and waits for it where it is on its way.
    fn look<R>(
        &self,
        irql: &mut Irql<'_, Passive>,
        live: impl Fn(&Interrupt<Shared>, &mut Irql<'_, Passive>) -> R,
        parked: impl Fn(&Parked) -> R,
    ) -> Result<R, Status> {
        for _ in 0..LOOKS {
            if let Some(seen) = self
                .live
                .access(irql, |interrupt, irql| live(interrupt, irql))
            {
                return Ok(seen);
            }
            if let Some(seen) = self.parked.access(irql, |at, _| parked(at)) {
                return Ok(seen);
            }
            if self.whereabouts.load(Ordering::Acquire) != HERE {
                break;
            }
            pause(irql);
        }
        Err(self.without_interrupt())
    }
}
