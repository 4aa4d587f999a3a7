//! The requests that tests make most often, a word each.

use dirql_ioctl::Status;
use dirql_ioctl::connection::{ConnectionInfo, Kind, QueryReply, ReconnectRequest};
use dirql_ioctl::interrupt::{RaiseReply, RaiseRequest, SetActiveRequest, WaitReply, WaitRequest};
use dirql_ioctl::statistics::StatisticsReply;
use dirql_ioctl::synchronize::{Operation, SynchronizeReply};

use super::{Bench, synchronize};
use crate::check::{self, Stop, Verdict};
use crate::message::{Query, ResetStatistics, Statistics};

impl Bench<'_> {
    /// What the driver says of itself.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the request fails.
    #[track_caller]
    pub fn query(&mut self) -> Result<QueryReply, Stop> {
        let reply = self.ask(self.main, &Query)?;
        self.evidence.driver.get_or_insert(reply);
        Ok(reply)
    }

    /// How the interrupt is connected.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the request fails.
    #[track_caller]
    pub fn connection(&mut self) -> Result<ConnectionInfo, Stop> {
        Ok(self.query()?.connection)
    }

    /// The counters.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the request fails.
    #[track_caller]
    pub fn statistics(&mut self) -> Result<StatisticsReply, Stop> {
        self.ask(self.main, &Statistics)
    }

    /// Sets the counters to 0.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the request fails.
    #[track_caller]
    pub fn reset_statistics(&mut self) -> Verdict {
        self.ask(self.main, &ResetStatistics)
    }

    /// The shared state at one moment.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the request fails.
    #[track_caller]
    pub fn snapshot(&mut self) -> Result<SynchronizeReply, Stop> {
        self.ask(self.main, &synchronize(Operation::Snapshot, 0, 1))
    }

    /// Raises causes.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the request fails, or not every raise reached the device.
    #[track_caller]
    pub fn raise(&mut self, causes: u32, count: u32) -> Result<RaiseReply, Stop> {
        let request = RaiseRequest {
            causes,
            count,
            reserved: 0,
        };
        let reply = self.ask(self.main, &request)?;
        check::equal("how many raises reached the device", reply.raised, count)?;
        Ok(reply)
    }

    /// Waits for an interrupt after the given sequence number.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the request fails, or completed too early.
    #[track_caller]
    pub fn wait_after(&mut self, after: u64) -> Result<WaitReply, Stop> {
        let reply = self.ask(self.main, &WaitRequest { after })?;
        check::that(
            reply.sequence > after,
            format_args!(
                "wait after {after} was answered at sequence {}",
                reply.sequence
            ),
        )?;
        Ok(reply)
    }

    /// Raises causes once and waits for the interrupt that this causes.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where no interrupt comes.
    #[track_caller]
    pub fn interrupt(&mut self, causes: u32) -> Result<WaitReply, Stop> {
        let raised = self.raise(causes, 1)?;
        self.wait_after(raised.sequence_before)
    }

    /// Connects the interrupt by another kind.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the request fails.
    #[track_caller]
    pub fn reconnect(&mut self, kind: Kind) -> Result<ConnectionInfo, Stop> {
        self.reconnect_number(kind as u32)
    }

    #[track_caller]
    pub(super) fn reconnect_number(&mut self, kind: u32) -> Result<ConnectionInfo, Stop> {
        self.ask(self.main, &ReconnectRequest { kind, reserved: 0 })
    }

    /// Reports the interrupt active or inactive.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the request fails.
    #[track_caller]
    pub fn set_active(&mut self, active: bool) -> Verdict {
        let request = SetActiveRequest {
            active: active.into(),
            reserved: 0,
        };
        self.ask(self.main, &request)
    }

    /// Lets every interrupt that is on its way arrive and every DPC run: a wait that nothing can
    /// satisfy pends, is looked at once all else has come to rest, and is cancelled.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where that wait does not pend or does not end as cancelled.
    #[track_caller]
    pub fn settle(&mut self) -> Verdict {
        let never = self.start(self.main, &WaitRequest { after: u64::MAX })?;
        self.still_pending(&never)?;
        self.cancel(&never)?;
        self.ends_with(never, Status::CANCELLED)
    }
}
