//! Calling a queue's callbacks (`FxIoQueue::DispatchRequestToDriver`).

use nt_model::{Failure, Status};

use crate::{
    guest::Guest,
    kernel::{
        race::Edge,
        state::{activation::Flow, frame::Holds},
    },
    wdf::{
        Framework,
        attributes::Scope,
        callback_lock::Callback,
        state::{
            frame::WdfFrame,
            queue::DispatchType,
            queue_event::{After, QueueEvent},
            request::{Cancelable, Major},
        },
    },
};

/// A callback that a request goes to.
struct Receiver {
    what: &'static str,
    target: u64,
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// The callback that a request goes to; none where the queue has none for it.
    fn callback_for(&self, queue: u64, request: u64) -> Option<Receiver> {
        let callbacks = &self.wdf.queues.get(&queue)?.callbacks;
        let (what, target) = match self.wdf.requests.get(&request)?.major {
            Major::Create => ("EvtIoDefault", callbacks.default),
            Major::Read => ("EvtIoRead", callbacks.read),
            Major::Write => ("EvtIoWrite", callbacks.write),
            Major::DeviceControl => ("EvtIoDeviceControl", callbacks.device_control),
        };
        let given = [(what, target), ("EvtIoDefault", callbacks.default)];
        let (what, target) = given.into_iter().find(|(_, target)| *target != 0)?;
        Some(Receiver { what, target })
    }

    /// Whether a request that the queue has just given out gets to the driver. Reads and writes of no length may
    /// not, and what the queue has no callback for does not: the framework completes them.
    pub(super) fn reaches_driver(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        request: u64,
    ) -> Result<bool, Failure> {
        let status = if self.is_completed_by_length(queue, request) {
            Status::SUCCESS
        } else if self.callback_for(queue, request).is_none() {
            Status::INVALID_DEVICE_REQUEST
        } else {
            return Ok(true);
        };
        self.finish_request(guest, request, status, 0)?;
        Ok(false)
    }

    /// Whether the framework completes the request by itself, as a read or a write of no length.
    pub(super) fn is_completed_by_length(&self, queue: u64, request: u64) -> bool {
        let request = &self.wdf.requests[&request];
        let length = match request.major {
            Major::Read => request.output_length,
            Major::Write => request.input_length,
            Major::Create | Major::DeviceControl => return false,
        };
        length == 0 && !self.wdf.queues[&queue].allows_zero_length
    }

    /// A thread that was made to call the driver does so.
    pub(super) fn begin_event(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        event: QueueEvent,
    ) -> Result<Flow<A>, Failure> {
        if let QueueEvent::Stop(request, _) | QueueEvent::Resume(request) = event
            && !self.wdf.requests.contains_key(&request)
        {
            // The driver has completed it meanwhile.
            return self.run_events(guest, queue, After::End);
        }
        self.call_for(guest, queue, event, After::End)
    }

    /// Calls the driver on the live strand.
    pub(super) fn call_for(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        event: QueueEvent,
        after: After,
    ) -> Result<Flow<A>, Failure> {
        let callbacks = self.wdf.queues[&queue].callbacks;
        if let QueueEvent::Cancel(request) | QueueEvent::CanceledOnQueue(request) = event {
            // What was done before the request was marked, or put back, is over, by the lock of the queue.
            self.kernel.acquires(Edge::Request(request));
        }
        let (what, target, arguments) = match event {
            QueueEvent::Request(request) => self.request_callback(queue, request),
            QueueEvent::Cancel(request) => (
                "EvtRequestCancel",
                self.cancel_routine(request),
                vec![request],
            ),
            QueueEvent::CanceledOnQueue(request) => (
                "EvtIoCanceledOnQueue",
                callbacks.canceled_on_queue,
                vec![queue, request],
            ),
            QueueEvent::Stop(request, flags) => {
                if let Some(request) = self.wdf.requests.get_mut(&request) {
                    request.in_stop = true;
                }
                ("EvtIoStop", callbacks.stop, vec![queue, request, flags])
            }
            QueueEvent::Resume(request) => ("EvtIoResume", callbacks.resume, vec![queue, request]),
            QueueEvent::Ready(callback) | QueueEvent::Reached(callback) => (
                "EvtIoQueueState",
                callback.routine,
                vec![queue, callback.context],
            ),
        };
        let callback = Callback {
            what,
            target,
            arguments,
        };
        let target = &self.wdf.queues[&queue];
        let lock = (target.constraints.scope != Scope::None).then_some(target.lock);
        let then = WdfFrame::QueueCalled {
            queue,
            event,
            after,
        };
        self.call_under(guest, lock, callback, then)
    }

    fn request_callback(&mut self, queue: u64, request: u64) -> (&'static str, u64, Vec<u64>) {
        let Receiver { what, target } = self
            .callback_for(queue, request)
            .expect("the queue has a callback for what it gives to the driver");
        self.kernel.acquires(Edge::Request(request));
        if self.wdf.queues[&queue].dispatch == DispatchType::Sequential {
            self.kernel.acquires(Edge::Queue(queue));
        }
        let found = self
            .wdf
            .requests
            .get_mut(&request)
            .expect("a request that is presented exists");
        found.presented = true;
        found.callback = target;
        found.in_callback = true;
        let (input, output) = (found.input_length as u64, found.output_length as u64);
        let arguments = match what {
            "EvtIoRead" => vec![queue, request, output],
            "EvtIoWrite" => vec![queue, request, input],
            "EvtIoDeviceControl" => vec![queue, request, output, input, u64::from(found.code)],
            _ => vec![queue, request],
        };
        (what, target, arguments)
    }

    fn cancel_routine(&self, request: u64) -> u64 {
        match self
            .wdf
            .requests
            .get(&request)
            .map(|found| found.cancelable)
        {
            Some(Cancelable::Taken(routine)) => routine,
            _ => 0,
        }
    }

    /// The driver has returned from a callback of the queue, whose event loop goes on.
    pub(super) fn queue_called(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        event: QueueEvent,
        after: After,
    ) -> Result<Flow<A>, Failure> {
        let requests = &mut self.wdf.requests;
        match event {
            QueueEvent::Stop(request, _) => {
                if let Some(request) = requests.get_mut(&request) {
                    request.in_stop = false;
                }
            }
            QueueEvent::Request(request) => {
                if let Some(request) = requests.get_mut(&request) {
                    request.in_callback = false;
                }
            }
            _ => {}
        }
        self.run_events(guest, queue, after)
    }
}
