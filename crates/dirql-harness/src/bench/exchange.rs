//! Requests as they are: bytes in, a completion out, and the judge between them.

use std::panic::Location;

use dirql_ioctl::{ControlCode, Status};

use super::{BOUND, Bench, InFlight, ReportedState};
use crate::check::{Stop, Verdict};
use crate::contract::{Documented, documented, documented_in_trouble};
use crate::message::name;
use crate::target::{Completion, Handle, OpenAccess, Ticket};

impl Bench<'_> {
    /// Submits any request, also one that the contract does not know.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the driver breaks a rule meanwhile.
    #[track_caller]
    pub fn submit(
        &mut self,
        handle: Handle,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
    ) -> Result<Ticket, Stop> {
        let at = Location::caller();
        let access = self
            .handles
            .get(&handle)
            .copied()
            .unwrap_or(OpenAccess::NONE);
        let ticket = self
            .session
            .submit(handle, code, input, output_len)
            .map_err(|failure| Stop::failed(failure, at))?;
        self.evidence.ledger.submitted(code);
        self.in_flight.insert(
            ticket,
            InFlight {
                handle,
                code,
                documented: documented(access, code, input, output_len),
                asked_to_cancel: false,
                meets_change: self.changing,
            },
        );
        Ok(ticket)
    }

    /// Makes any request, also one that the contract does not know, and waits for its end, which
    /// the judge has found documented.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the contract does not know this end of this request.
    #[track_caller]
    pub fn request(
        &mut self,
        handle: Handle,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
    ) -> Result<Completion, Stop> {
        let at = Location::caller();
        let ticket = self.submit(handle, code, input, output_len)?;
        self.wait_ticket(ticket, at)
    }

    /// Waits for a request and has the judge look at how it ended.
    pub(crate) fn wait_ticket(
        &mut self,
        ticket: Ticket,
        at: &Location<'_>,
    ) -> Result<Completion, Stop> {
        let completion = self
            .session
            .wait(ticket, BOUND)
            .map_err(|failure| Stop::failed(failure, at))?;
        self.judge(ticket, completion, at)
    }

    /// Looks whether a request has completed after all that can happen by itself has happened.
    pub(crate) fn poll_ticket(
        &mut self,
        ticket: Ticket,
        at: &Location<'_>,
    ) -> Result<Option<Completion>, Stop> {
        match self.session.poll(ticket) {
            Ok(None) => Ok(None),
            Ok(Some(completion)) => self.judge(ticket, completion, at).map(Some),
            Err(failure) => Err(Stop::failed(failure, at)),
        }
    }

    /// Whether a request that has not been seen to end was asked to, by name or by the end of its handle.
    pub(crate) fn asked_to_cancel(&self, ticket: Ticket) -> bool {
        let request = self.in_flight.get(&ticket);
        request.is_some_and(|request| request.asked_to_cancel)
    }

    pub(crate) fn cancel_ticket(&mut self, ticket: Ticket, at: &Location<'_>) -> Verdict {
        if let Some(request) = self.in_flight.get_mut(&ticket) {
            request.asked_to_cancel = true;
        }
        self.session
            .cancel(ticket)
            .map_err(|failure| Stop::failed(failure, at))
    }

    /// Lets the driver work on, for so many of its instructions where the target counts them.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the driver breaks a rule meanwhile.
    #[track_caller]
    pub fn advance(&mut self, instructions: u32) -> Verdict {
        let at = Location::caller();
        self.session
            .advance(instructions)
            .map_err(|failure| Stop::failed(failure, at))
    }

    fn judge(
        &mut self,
        ticket: Ticket,
        completion: Completion,
        at: &Location<'_>,
    ) -> Result<Completion, Stop> {
        let Some(request) = self.in_flight.remove(&ticket) else {
            return Err(Stop::contract("a request completed twice".to_owned(), at));
        };
        let Completion {
            answer,
            information,
            output,
        } = &completion;
        let what = name(request.code);
        let documented = match request.documented {
            Documented::ServedOr(_) if !self.troubles.is_empty() => {
                documented_in_trouble(request.code)
            }
            documented => documented,
        };
        let known = self.evidence.ledger.answered(
            request.code,
            answer,
            documented,
            request.asked_to_cancel,
            request.meets_change,
        );
        let broken = if !known {
            match documented {
                Documented::Refused(status) | Documented::RefusedOrUnknown(status) => {
                    format!("{what}: the contract says {status}, the driver says {answer}")
                }
                Documented::ServedOr(_) => {
                    format!("{what}: the contract does not let a valid request end with {answer}")
                }
            }
        } else if !answer.is_success() && *information != 0 {
            format!("{what}: ended with {answer} and still returned {information} bytes")
        } else if output.len() != *information {
            let arrived = output.len();
            format!("{what}: says it returned {information} bytes, {arrived} arrived")
        } else {
            return Ok(completion);
        };
        Err(Stop::contract(broken, at))
    }

    /// The request is refused, with `status`, and nothing that the driver tells has changed.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where it is not so.
    #[track_caller]
    pub fn refused_and_unchanged(
        &mut self,
        before: &ReportedState,
        handle: Handle,
        (code, input, output_len): (ControlCode, &[u8], usize),
        status: Status,
        what: &str,
    ) -> Verdict {
        let at = Location::caller();
        let ticket = self.submit(handle, code, input, output_len)?;
        let completion = self
            .wait_ticket(ticket, at)
            .map_err(|stop| stop.about(what))?;
        if !completion.answer.is(status) {
            let answer = completion.answer;
            let broken = format!("{what}: expected {status}, the driver says {answer}");
            return Err(Stop::contract(broken, at));
        }
        let after = self.reported_state()?;
        match before.difference(&after) {
            None => Ok(()),
            Some(difference) => Err(Stop::contract(
                format!("{what}: was refused with {status}, and yet {difference}"),
                at,
            )),
        }
    }
}
