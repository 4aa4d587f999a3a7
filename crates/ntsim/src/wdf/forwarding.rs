//! How requests get into a queue: from their sender, from another queue, and back.

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
            device::Control,
            frame::WdfFrame,
            object::Kind,
            queue::DispatchType,
            queue_event::After,
            request::{Major, State},
        },
    },
};

/// The function that says where requests of a type go.
const DISPATCHING: &str = "WdfDeviceConfigureRequestDispatching";

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Puts a request behind those that wait, or cancels it where the I/O manager has been asked to.
    pub(super) fn insert(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        request: u64,
    ) -> Result<(), Failure> {
        self.kernel.releases(Edge::Request(request));
        let found = self
            .wdf
            .requests
            .get_mut(&request)
            .expect("a request that is queued exists");
        found.state = State::Queued(queue);
        let canceled = found.canceled;
        let target = self.queue_mut(queue);
        target.waiting.push_back(request);
        if !canceled {
            target.note_arrival();
        }
        if canceled {
            self.cancel_queued(guest, request)?;
        }
        Ok(())
    }

    /// A sender brings a request (`FxIoQueue::QueueRequest`); false where the queue takes none.
    pub(super) fn queue_request(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        request: u64,
    ) -> Result<bool, Failure> {
        if !self.queue_mut(queue).accepts {
            return Ok(false);
        }
        self.insert(guest, queue, request)?;
        let number = self.wdf.requests[&request].number;
        self.dispatch_by_thread(guest, format!("request {number}"), queue)?;
        Ok(true)
    }

    /// A request that the driver owns, which is not marked cancelable, and its queue.
    fn request_to_give_back(
        &mut self,
        guest: &Guest,
        what: &str,
    ) -> Result<(u64, Option<u64>), Failure> {
        let request = self.wdf_handle(guest, 1, Kind::Request)?;
        let queue = match self.wdf.requests[&request].state {
            State::Owned(queue) => Some(queue),
            State::Unqueued => None,
            State::New | State::Queued(_) => {
                return Err(Failure::new(
                    Rule::RequestMisuse,
                    format!("a request is {what} that the driver does not own"),
                ));
            }
        };
        self.not_cancelable(request)?;
        Ok((request, queue))
    }

    /// `WdfRequestForwardToIoQueue` (`FxIoQueue::ForwardRequestWorker`): the other queue presents it inside of
    /// the call, and then the queue that it came from what waits there.
    pub(crate) fn wdf_request_forward_to_io_queue(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (request, from) = self.request_to_give_back(guest, "forwarded")?;
        let queue = guest.argument(2)?;
        if !self.wdf.queues.contains_key(&queue) {
            return Err(Failure::new(
                Rule::BadHandle,
                format!("a request is forwarded to {queue:#x}, which is no queue"),
            ));
        }
        if from == Some(queue) {
            self.kernel.unless_off(Failure::new(
                Rule::WdfVerifier,
                "WdfRequestForwardToIoQueue is called for the queue that the request is from: with its verifier the framework refuses it, and without it the queue presents the request again",
            ))?;
        }
        if !self.queue_mut(queue).accepts {
            return Ok(Flow::status(Status::WDF_BUSY));
        }
        let Some(from) = from else {
            self.insert(guest, queue, request)?;
            return self.dispatch_events(guest, queue, After::Return(Status::SUCCESS.into()));
        };
        // The queue that it came from counts it until the other has presented it.
        self.queue_mut(from).forget_owned(request);
        self.insert(guest, queue, request)?;
        self.dispatch_events(guest, queue, After::Forwarded { from })
    }

    /// The other queue has presented what was forwarded to it.
    pub(super) fn forwarded(&mut self, guest: &mut Guest, from: u64) -> Result<Flow<A>, Failure> {
        if let Some(queue) = self.wdf.queues.get_mut(&from) {
            queue.io_count -= 1;
        }
        self.dispatch_internal_events(guest, from, After::Return(Status::SUCCESS.into()))
    }

    /// Puts a request of the driver's before those that wait in its queue.
    pub(super) fn put_back(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        request: u64,
    ) -> Result<(), Failure> {
        self.kernel.releases(Edge::Request(request));
        let target = self.queue_mut(queue);
        target.take_back(request);
        target.waiting.push_front(request);
        let purged = target.cancels_given;
        let found = self
            .wdf
            .requests
            .get_mut(&request)
            .expect("a request of the driver's exists");
        found.state = State::Queued(queue);
        if purged || found.canceled {
            self.cancel_queued(guest, request)?;
        } else {
            self.queue_mut(queue).note_arrival();
        }
        Ok(())
    }

    /// `WdfRequestRequeue`, for manual queues.
    pub(crate) fn wdf_request_requeue(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (request, queue) = self.request_to_give_back(guest, "put back")?;
        let Some(queue) =
            queue.filter(|queue| self.wdf.queues[queue].dispatch == DispatchType::Manual)
        else {
            self.verifier_breaks("WdfRequestRequeue", "of a request from a manual queue")?;
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        };
        self.put_back(guest, queue, request)?;
        self.dispatch_events(guest, queue, After::Return(Status::SUCCESS.into()))
    }

    /// `WdfDeviceConfigureRequestDispatching`.
    pub(crate) fn wdf_device_configure_request_dispatching(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let queue = self.wdf_handle(guest, 2, Kind::Queue)?;
        let kind = guest.argument_u32(3)?;
        let Some(major) = Major::from_request_type(kind) else {
            return Err(Failure::not_modelled(format!(
                "dispatching of requests of the type {kind:#x}"
            )));
        };
        if self.takes_no_more_queues() {
            return Ok(Flow::status(Status::INVALID_DEVICE_STATE));
        }
        let found = &self.wdf.queues[&queue];
        let (is_default, has_callback) = (found.default, found.presents(major));
        if !has_callback {
            self.verifier_breaks(DISPATCHING, "for a queue with a callback for such requests")?;
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        if is_default && major != Major::Create {
            self.verifier_breaks(DISPATCHING, "for a queue that is not the default")?;
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        if self.wdf.dispatching.contains_key(&major) {
            self.verifier_breaks(DISPATCHING, "once for a type of requests")?;
            return Ok(Flow::status(match major {
                Major::Create => Status::INVALID_PARAMETER,
                _ => Status::WDF_BUSY,
            }));
        }
        self.wdf.dispatching.insert(major, queue);
        Ok(Flow::status(Status::SUCCESS))
    }

    /// Whether it is too late to say where requests go: a control device is finished, another one starts or has started.
    fn takes_no_more_queues(&self) -> bool {
        match self.wdf.device.control {
            Control::No => self.wdf.pnp.was_assigned,
            Control::Made => false,
            Control::Finished => true,
        }
    }

    /// What the framework refuses, and its verifier breaks in for: `routine` is only for `what`.
    pub(super) fn verifier_breaks(&mut self, routine: &str, what: &str) -> Result<(), Failure> {
        self.kernel.unless_off(Failure::new(
            Rule::WdfVerifier,
            format!("{routine} is called other than {what}: the framework refuses it"),
        ))
    }
}
