//! Looking at the interrupt where it is, live or parked.

use core::sync::atomic::Ordering;

use dirql::{ConnectionInfo, Interrupt, Irql, NotRun, Passive};
use dirql_ioctl::Status;

use super::{DeviceInterrupt, HERE, Parked};
use crate::{ledger::Ledger, shared::Shared, thread::pause};

/// How often a request looks for an interrupt that is on its way between its places, a millisecond or a
/// tick of the clock apart. The way is shorter than that.
const LOOKS: u32 = 100;

/// The interrupt where it was found.
enum Place<'a> {
    Live(&'a Interrupt<Shared>),
    Parked(&'a Parked),
}

impl DeviceInterrupt {
    /// Hands out how the interrupt is connected, and whether it is active.
    ///
    /// # Errors
    ///
    /// `INVALID_DEVICE_STATE` while it is being reconnected, `DEVICE_NOT_READY` where it is lost.
    pub(crate) fn connection<R>(
        &self,
        irql: &mut Irql<'_, Passive>,
        mut read: impl FnMut(ConnectionInfo, bool) -> R,
    ) -> Result<R, Status> {
        self.look(irql, |place, _| match place {
            Place::Live(interrupt) => read(interrupt.info(), true),
            Place::Parked(parked) => read(parked.interrupt.info(), false),
        })
    }

    /// Whether the interrupt is active.
    ///
    /// # Errors
    ///
    /// As for [`connection`](Self::connection).
    pub(crate) fn is_active(&self, irql: &mut Irql<'_, Passive>) -> Result<bool, Status> {
        self.look(irql, |place, _| matches!(place, Place::Live(_)))
    }

    /// Hands out the records behind the lock, live or parked. `read` runs under the lock.
    ///
    /// # Errors
    ///
    /// As for [`connection`](Self::connection).
    pub(crate) fn records<R>(
        &self,
        irql: &mut Irql<'_, Passive>,
        mut read: impl FnMut(&Ledger) -> R,
    ) -> Result<Result<R, NotRun>, Status> {
        self.look(irql, |place, irql| match place {
            Place::Live(interrupt) => interrupt.synchronize(irql, |shared| read(&shared.ledger)),
            Place::Parked(parked) => Ok(read(&parked.ledger)),
        })
    }

    /// Looks at the interrupt where it is, and waits for it where it is on its way.
    fn look<R>(
        &self,
        irql: &mut Irql<'_, Passive>,
        mut read: impl FnMut(Place<'_>, &mut Irql<'_, Passive>) -> R,
    ) -> Result<R, Status> {
        for _ in 0..LOOKS {
            if let Some(seen) = self
                .live
                .access(irql, |interrupt, irql| read(Place::Live(interrupt), irql))
            {
                return Ok(seen);
            }
            if let Some(seen) = self
                .parked
                .access(irql, |parked, irql| read(Place::Parked(parked), irql))
            {
                return Ok(seen);
            }
            if !self.is_on_its_way(irql) {
                break;
            }
        }
        Err(self.without_interrupt())
    }

    /// Whether the interrupt is in neither place because it is between them; then it is given a moment.
    #[cold]
    #[inline(never)]
    fn is_on_its_way(&self, irql: &mut Irql<'_, Passive>) -> bool {
        let here = self.whereabouts.load(Ordering::Acquire) == HERE;
        if here {
            pause(irql);
        }
        here
    }
}
