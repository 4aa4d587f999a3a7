//! Cancelling requests: in a queue the framework completes them, or gives them back to a driver that knows
//! them; of one that the driver owns, `EvtRequestCancel` runs, or it does not, once.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        race::Edge,
        state::{activation::Flow, frame::Holds},
    },
    wdf::{
        Framework,
        state::{
            frame::WdfFrame,
            queue_event::After,
            request::{Cancelable, State},
        },
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfRequestMarkCancelable`: of a request that is cancelled already, the callback runs inside of the call.
    pub(crate) fn wdf_request_mark_cancelable(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (handle, queue) = self.request_to_mark(guest)?;
        let routine = guest.argument(2)?;
        if self.mark(handle, queue, routine) {
            return Ok(Flow::Return(0));
        }
        self.take_for_cancel(handle, queue, routine);
        self.dispatch_internal_events(guest, queue, After::Return(0))
    }

    /// `WdfRequestMarkCancelableEx`: the driver completes a request that is cancelled already.
    pub(crate) fn wdf_request_mark_cancelable_ex(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (handle, queue) = self.request_to_mark(guest)?;
        let routine = guest.argument(2)?;
        Ok(Flow::status(if self.mark(handle, queue, routine) {
            Status::SUCCESS
        } else {
            Status::CANCELLED
        }))
    }

    fn request_to_mark(&self, guest: &Guest) -> Result<(u64, u64), Failure> {
        let handle = self.owned_request(guest)?;
        let request = &self.wdf.requests[&handle];
        if request.state == State::Unqueued {
            return Err(Failure::not_modelled(
                "a request that was not presented by a queue, and is marked cancelable",
            ));
        }
        let (Cancelable::No, State::Owned(queue)) = (request.cancelable, request.state) else {
            return Err(Failure::new(
                Rule::RequestMisuse,
                "a request is marked cancelable that is marked already",
            ));
        };
        Ok((handle, queue))
    }

    /// Marks a request; false where it is cancelled, or its queue is purged.
    fn mark(&mut self, handle: u64, queue: u64, routine: u64) -> bool {
        let canceled = self.wdf.requests[&handle].canceled;
        if canceled || self.queue_mut(queue).cancels_given {
            return false;
        }
        self.queue_mut(queue).cancelable.push_back(handle);
        if let Some(request) = self.wdf.requests.get_mut(&handle) {
            request.cancelable = Cancelable::Marked(routine);
        }
        self.kernel.releases(Edge::Request(handle));
        true
    }

    /// `WdfRequestUnmarkCancelable`.
    pub(crate) fn wdf_request_unmark_cancelable(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.owned_request(guest)?;
        let request = self.wdf.requests.get_mut(&handle).expect("owned");
        match (request.cancelable, request.state) {
            (Cancelable::Marked(_), State::Owned(queue)) => {
                request.cancelable = Cancelable::No;
                let cancelable = &mut self.queue_mut(queue).cancelable;
                cancelable.retain(|marked| *marked != handle);
                Ok(Flow::status(Status::SUCCESS))
            }
            (Cancelable::Taken(_), _) => Ok(Flow::status(Status::CANCELLED)),
            _ => Err(Failure::new(
                Rule::RequestMisuse,
                "a request is unmarked that was not marked cancelable",
            )),
        }
    }

    /// Refuses what must not be done with a request that can still be cancelled, or whose cancel callback is still
    /// to run.
    pub(crate) fn not_cancelable(&self, request: u64) -> Result<(), Failure> {
        let found = &self.wdf.requests[&request];
        let waits = match found.state {
            State::Owned(queue) => self.wdf.queues[&queue].cancelled.contains(&request),
            _ => false,
        };
        match found.cancelable {
            Cancelable::Marked(_) => Err(Failure::new(
                Rule::RequestMisuse,
                "a request is completed or forwarded that is still marked cancelable: its cancel callback may run afterwards",
            )),
            Cancelable::Taken(_) if waits => Err(Failure::new(
                Rule::RequestMisuse,
                "a request is completed or forwarded that was cancelled, and whose cancel callback is still to run",
            )),
            Cancelable::No | Cancelable::Taken(_) => Ok(()),
        }
    }

    /// A request that is marked cancelable is cancelled: its callback is to be called.
    pub(super) fn cancel_given(&mut self, queue: u64, handle: u64) {
        if let Some(request) = self.wdf.requests.get(&handle)
            && let Cancelable::Marked(routine) = request.cancelable
        {
            self.take_for_cancel(handle, queue, routine);
        }
    }

    fn take_for_cancel(&mut self, handle: u64, queue: u64, routine: u64) {
        if let Some(request) = self.wdf.requests.get_mut(&handle) {
            request.cancelable = Cancelable::Taken(routine);
            request.marked_canceled = true;
        }
        let queue = self.queue_mut(queue);
        queue.cancelable.retain(|marked| *marked != handle);
        queue.cancelled.push_back(handle);
    }

    /// The I/O manager cancels a request.
    pub(crate) fn cancel_request(&mut self, guest: &mut Guest, number: u32) -> Result<(), Failure> {
        let Some(handle) = self.wdf.request_handle(number) else {
            return Ok(());
        };
        self.kernel.note(format!("request {number}: cancel"));
        let request = self.wdf.requests.get_mut(&handle).expect("just found");
        request.canceled = true;
        let queue = match request.state {
            State::New | State::Unqueued => return Ok(()),
            State::Queued(queue) => {
                self.cancel_queued(guest, handle)?;
                queue
            }
            State::Owned(queue) => {
                self.cancel_given(queue, handle);
                queue
            }
        };
        if self.is_dispatching(queue) {
            return Ok(());
        }
        self.dispatch_by_thread(guest, "cancel", queue)
    }

    /// A request that waits in a queue is cancelled (`FxIoQueue::CancelForQueue`): who has seen it before completes
    /// it.
    pub(super) fn cancel_queued(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        let Some(request) = self.wdf.requests.get_mut(&handle) else {
            return Ok(());
        };
        let State::Queued(queue) = request.state else {
            return Ok(());
        };
        request.marked_canceled = true;
        let known = request.presented;
        let target = self.queue_mut(queue);
        target.waiting.retain(|waiting| *waiting != handle);
        if target.callbacks.canceled_on_queue == 0 || !known {
            return self.finish_request(guest, handle, Status::CANCELLED, 0);
        }
        target.give(handle);
        target.cancelled_waiting.push_back(handle);
        if let Some(request) = self.wdf.requests.get_mut(&handle) {
            request.state = State::Owned(queue);
        }
        Ok(())
    }
}
