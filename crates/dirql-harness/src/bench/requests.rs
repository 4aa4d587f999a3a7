//! Requests in the contract's types: ask, wait for the reply, expect a refusal.

use core::marker::PhantomData;
use std::panic::Location;

use dirql_ioctl::connection::{ConnectionInfo, Kind, QueryReply, ReconnectRequest};
use dirql_ioctl::interrupt::{RaiseReply, RaiseRequest, SetActiveRequest, WaitReply, WaitRequest};
use dirql_ioctl::statistics::StatisticsReply;
use dirql_ioctl::synchronize::{Operation, SynchronizeReply, SynchronizeRequest};
use dirql_ioctl::{ControlCode, Status};

use super::Bench;
use crate::check::{self, Stop, Verdict};
use crate::message::{Query, Reply, Request, ResetStatistics, Statistics, name};
use crate::target::{Answer, Completion, Handle, Ticket};

/// A request that was submitted and whose reply was not taken yet. To wait for it spends it.
#[must_use = "a request whose end nobody looks at shows nothing"]
#[derive(Debug)]
pub struct Pending<R> {
    ticket: Ticket,
    code: ControlCode,
    reply: PhantomData<fn() -> R>,
}

/// A request for `repeat` runs of `operation`, called at PASSIVE.
#[must_use]
pub const fn synchronize(operation: Operation, argument: u64, repeat: u32) -> SynchronizeRequest {
    SynchronizeRequest {
        operation: operation as u32,
        caller_irql: 0,
        repeat,
        reserved: 0,
        argument,
    }
}

impl Bench<'_> {
    /// Submits a request and does not wait for it.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the driver breaks a rule meanwhile.
    #[track_caller]
    pub fn start<R: Request>(
        &mut self,
        handle: Handle,
        request: &R,
    ) -> Result<Pending<R::Reply>, Stop> {
        let reply_len = size_of::<R::Reply>();
        let ticket = self.submit(handle, R::CODE, request.as_bytes(), reply_len)?;
        Ok(Pending {
            ticket,
            code: R::CODE,
            reply: PhantomData,
        })
    }

    /// Waits for a request that may be served or refused, as the contract allows.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the answer is not documented, or the reply not as documented.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "to wait for a request spends it"
    )]
    #[track_caller]
    pub fn outcome<T: Reply>(&mut self, pending: Pending<T>) -> Result<Result<T, Answer>, Stop> {
        let at = Location::caller();
        let completion = self.wait_ticket(pending.ticket, at)?;
        self.parse(pending.code, &completion, at)
    }

    /// Waits for a request that must succeed.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where it does not, or its reply is not as documented.
    #[track_caller]
    pub fn reply<T: Reply>(&mut self, pending: Pending<T>) -> Result<T, Stop> {
        let code = pending.code;
        match self.outcome(pending)? {
            Ok(reply) => Ok(reply),
            Err(answer) => check::fail(format_args!(
                "{}: expected success, the driver says {answer}",
                name(code)
            )),
        }
    }

    /// Waits for a request that must end with `status`.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where it ends otherwise.
    #[track_caller]
    pub fn ends_with<T: Reply>(&mut self, pending: Pending<T>, status: Status) -> Verdict {
        let code = pending.code;
        match self.outcome(pending)? {
            Err(answer) if answer.is(status) => Ok(()),
            Err(answer) => check::fail(format_args!(
                "{}: expected {status}, the driver says {answer}",
                name(code)
            )),
            Ok(_) => check::fail(format_args!(
                "{}: expected {status}, it succeeded",
                name(code)
            )),
        }
    }

    /// The request does not complete by itself.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where it has completed.
    #[track_caller]
    pub fn still_pending<T>(&mut self, pending: &Pending<T>) -> Verdict {
        match self.poll_ticket(pending.ticket, Location::caller())? {
            None => Ok(()),
            Some(completion) => check::fail(format_args!(
                "{}: expected to pend, it completed with {}",
                name(pending.code),
                completion.answer
            )),
        }
    }

    /// Asks the system to cancel the request; its end is still to be waited for.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the driver breaks a rule meanwhile.
    #[track_caller]
    pub fn cancel<T>(&mut self, pending: &Pending<T>) -> Verdict {
        self.cancel_ticket(pending.ticket, Location::caller())
    }

    /// Makes a request that must succeed.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where it does not, or its reply is not as documented.
    #[track_caller]
    pub fn ask<R: Request>(&mut self, handle: Handle, request: &R) -> Result<R::Reply, Stop> {
        let pending = self.start(handle, request)?;
        self.reply(pending)
    }

    /// Makes a request that must end with `status`.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where it ends otherwise.
    #[track_caller]
    pub fn refuse<R: Request>(&mut self, handle: Handle, request: &R, status: Status) -> Verdict {
        let pending = self.start(handle, request)?;
        self.ends_with(pending, status)
    }

    fn parse<T: Reply>(
        &mut self,
        code: ControlCode,
        completion: &Completion,
        at: &Location<'_>,
    ) -> Result<Result<T, Answer>, Stop> {
        if !completion.answer.is_success() {
            return Ok(Err(completion.answer.clone()));
        }
        let Ok(reply) = T::read_from_bytes(&completion.output) else {
            let broken = format!(
                "{}: the reply has {} bytes, the contract says {}",
                name(code),
                completion.output.len(),
                size_of::<T>()
            );
            return Err(Stop::contract(broken, at));
        };
        if reply.reserved() != 0 {
            let broken = format!("{}: a reserved field of the reply is not 0", name(code));
            return Err(Stop::contract(broken, at));
        }
        if let Some(sequence) = reply.sequence() {
            self.evidence.saw_sequence(sequence);
        }
        Ok(Ok(reply))
    }

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
