//! Cancelling requests: in a queue the framework completes them; of one that the driver owns,
//! `EvtRequestCancel` runs, or it does not, once.

use crate::{
    Failure, Rule, Status,
    activation::Flow,
    guest::Guest,
    race::Edge,
    sim::Sim,
    wdf::{WdfFrame, request::State},
};

/// Whether a request can be cancelled while the driver owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancelable {
    /// Not marked.
    No,
    /// Marked, with this callback.
    Marked(u64),
    /// The callback runs or will run: it completes the request.
    Taken,
}

impl Sim {
    /// `WdfRequestMarkCancelableEx`.
    pub(crate) fn wdf_request_mark_cancelable_ex(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let handle = self.owned_request(guest)?;
        let routine = guest.argument(2)?;
        let request = self.wdf.requests.get_mut(&handle).expect("owned");
        if request.cancelable != Cancelable::No {
            return Err(Failure::new(
                Rule::RequestMisuse,
                "a request is marked cancelable that is marked already",
            ));
        }
        if request.canceled {
            return Ok(Flow::status(Status::CANCELLED));
        }
        request.cancelable = Cancelable::Marked(routine);
        self.releases(Edge::Request(handle));
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfRequestUnmarkCancelable`.
    pub(crate) fn wdf_request_unmark_cancelable(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let handle = self.owned_request(guest)?;
        let request = self.wdf.requests.get_mut(&handle).expect("owned");
        match request.cancelable {
            Cancelable::Marked(_) => {
                request.cancelable = Cancelable::No;
                Ok(Flow::status(Status::SUCCESS))
            }
            Cancelable::Taken => Ok(Flow::status(Status::CANCELLED)),
            Cancelable::No => Err(Failure::new(
                Rule::RequestMisuse,
                "a request is unmarked that was not marked cancelable",
            )),
        }
    }

    /// Refuses what must not be done with a request that can still be cancelled.
    pub(crate) fn not_cancelable(&self, request: u64) -> Result<(), Failure> {
        match self.wdf.requests[&request].cancelable {
            Cancelable::Marked(_) => Err(Failure::new(
                Rule::RequestMisuse,
                "a request is completed or forwarded that is still marked cancelable: its cancel callback may run afterwards",
            )),
            Cancelable::No | Cancelable::Taken => Ok(()),
        }
    }

    /// The I/O manager cancels a request that the driver owns: a thread runs the callback.
    pub(crate) fn cancel_owned(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        let request = self.wdf.requests.get_mut(&handle).expect("owned");
        if let Cancelable::Marked(routine) = request.cancelable {
            request.cancelable = Cancelable::Taken;
            let State::Owned(queue) = request.state else {
                return Ok(());
            };
            let frame = WdfFrame::CallCancel {
                routine,
                request: handle,
                queue,
            };
            self.dispatch(guest, "cancel", queue, frame)?;
        }
        Ok(())
    }

    /// The I/O manager cancels a request.
    pub(crate) fn cancel_request(&mut self, guest: &mut Guest, number: u32) -> Result<(), Failure> {
        let Some(handle) = self.wdf.request_handle(number) else {
            return Ok(());
        };
        self.note(format!("request {number}: cancel"));
        let request = self.wdf.requests.get_mut(&handle).expect("just found");
        request.canceled = true;
        match request.state {
            State::Queued(_) => self.cancel_queued(guest, handle),
            State::Presenting(queue) => {
                // Not the driver's yet: as if it still waited in the queue.
                request.state = State::Queued(queue);
                self.cancel_queued(guest, handle)
            }
            State::Owned(_) => self.cancel_owned(guest, handle),
            State::New => Ok(()),
        }
    }

    /// The framework completes a cancelled request that waits in a queue.
    pub(crate) fn cancel_queued(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        let State::Queued(queue) = self.wdf.requests[&handle].state else {
            return Ok(());
        };
        let target = self
            .wdf
            .queues
            .get_mut(&queue)
            .expect("a queue's handle names it");
        target.waiting.retain(|waiting| *waiting != handle);
        let request = self.wdf.requests.get_mut(&handle).expect("just found");
        if target.evt_canceled != 0 && request.presented.is_some() {
            // The driver has seen it before, so the driver completes it (`FxIoQueue::CancelForQueue`).
            request.canceled = true;
            request.state = State::Owned(queue);
            let frame = WdfFrame::CallCanceledOnQueue {
                routine: target.evt_canceled,
                request: handle,
                queue,
            };
            return self.dispatch(guest, "cancelled on a queue", queue, frame);
        }
        self.finish_request(guest, handle, Status::CANCELLED, 0)
    }
}
