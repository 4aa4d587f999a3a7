//! Requests in the contract's types: ask, wait for the reply, expect a refusal.

use core::marker::PhantomData;
use std::panic::Location;

use dirql_ioctl::synchronize::{Operation, SynchronizeRequest};
use dirql_ioctl::{ControlCode, Status};

use super::Bench;
use crate::check::{self, Stop, Verdict};
use crate::message::{Reply, Request, name};
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

    /// Whether a request that was submitted as bytes has not completed by itself.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where it has, and not as documented.
    #[track_caller]
    pub fn has_not_ended(&mut self, ticket: Ticket) -> Result<bool, Stop> {
        let ended = self.poll_ticket(ticket, Location::caller())?;
        Ok(ended.is_none())
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
}
