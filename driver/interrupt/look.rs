//! Looking at the interrupt where it is, live or parked.

use core::sync::atomic::Ordering;

use dirql::{Irql, NotRun, Passive};
use dirql_ioctl::{Status, connection::ConnectionInfo};

use super::{Base, Connected, DeviceInterrupt, HERE, Parked, describe};
use crate::{ledger::Ledger, thread::pause};

/// How often a request looks for an interrupt that is on its way between its places, a millisecond or a
/// tick of the clock apart. The way is shorter than that.
const LOOKS: u32 = 100;

/// The interrupt where it was found.
enum Place<'a> {
    Live(&'a Connected),
    Parked(&'a Parked),
}

impl DeviceInterrupt {
    /// Writes how the interrupt is connected, and whether it is active.
    ///
    /// # Errors
    ///
    /// `INVALID_DEVICE_STATE` while it is being reconnected, `DEVICE_NOT_READY` where it is lost.
    pub(crate) fn connection(
        &self,
        irql: &mut Irql<'_, Passive>,
        base: &Base,
        reply: &mut ConnectionInfo,
    ) -> Result<(), Status> {
        self.look(irql, |place, _| {
            let (interrupt, active) = match place {
                Place::Live(interrupt) => (interrupt, true),
                Place::Parked(parked) => (&parked.interrupt, false),
            };
            *reply = ConnectionInfo {
                active: u32::from(active),
                generation: base.generation(),
                ..describe(interrupt, &self.resource)
            };
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
