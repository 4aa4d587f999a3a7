//! Presenting requests: which of those that wait reach the driver's callback, when, and on which
//! thread (`FxIoQueue::DispatchEvents`).
//!
//! Whoever brings a request in, or lets a queue go on, presents what waits, one request after the
//! other: the next one when the callback of the last has returned. Whoever makes room, by a completion
//! or a forward, presents inside of that call, but only where nobody is in a callback of the queue;
//! else it is left to them, so callbacks do not nest.

use crate::{
    Failure, Rule, Status, Strategy,
    activation::{Flow, Frame},
    guest::Guest,
    kernel::wait::DispatcherObject,
    processor::irql,
    race::Edge,
    sim::Sim,
    wdf::{
        WdfFrame,
        object::Kind,
        queue::DispatchType,
        request::{Major, State},
    },
};

/// `STATUS_WDF_BUSY`: the queue does not take requests.
const WDF_BUSY: u64 = 0xC020_0204;

impl Sim {
    /// Whether the queue gives requests out.
    pub(super) fn gives(&self, queue: u64) -> bool {
        self.wdf.pnp.powered || !self.wdf.queues[&queue].power_managed
    }

    /// Puts a request into a queue; false where the queue takes none.
    pub(crate) fn enqueue(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        request: u64,
    ) -> Result<bool, Failure> {
        let target = self
            .wdf
            .queues
            .get_mut(&queue)
            .expect("a queue's handle names it");
        if target.purged {
            return Ok(false);
        }
        target.waiting.push_back(request);
        self.releases(Edge::Request(request));
        self.wdf
            .requests
            .get_mut(&request)
            .expect("a queued request exists")
            .state = State::Queued(queue);
        if self.wdf.requests[&request].canceled {
            self.cancel_queued(guest, request)?;
            return Ok(true);
        }
        self.present_soon(guest, queue)?;
        Ok(true)
    }

    /// Whether the queue's type lets it present a request now.
    fn presentable(&self, handle: u64) -> bool {
        let queue = &self.wdf.queues[&handle];
        let busy = self.wdf.requests.values().any(|request| {
            matches!(request.state, State::Owned(owner) if owner == handle)
                || matches!(request.state, State::Presenting(owner) if owner == handle)
        });
        match queue.dispatch {
            DispatchType::Manual => false,
            DispatchType::Sequential => !busy,
            DispatchType::Parallel => true,
        }
    }

    /// The request that the queue may present now, taken out of it.
    fn next_to_present(&mut self, handle: u64) -> Option<u64> {
        let there = self.wdf.queues.contains_key(&handle);
        if !there || !self.gives(handle) || !self.presentable(handle) {
            return None;
        }
        let request = self.wdf.queues.get(&handle)?.waiting.front().copied()?;
        self.take_out(handle, request);
        Some(request)
    }

    /// Makes a thread that presents what the queue may present now.
    pub(crate) fn present_soon(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        let Some(request) = self.next_to_present(handle) else {
            return Ok(());
        };
        let number = self.wdf.requests[&request].number;
        let frame = WdfFrame::Present {
            request,
            queue: handle,
        };
        self.dispatch(guest, format!("request {number}"), handle, frame)
    }

    /// Takes a request that waits out of the queue, to present it.
    fn take_out(&mut self, handle: u64, request: u64) {
        if let Some(queue) = self.wdf.queues.get_mut(&handle) {
            queue.waiting.retain(|waiting| *waiting != request);
        }
        if let Some(request) = self.wdf.requests.get_mut(&request) {
            request.state = State::Presenting(handle);
        }
    }

    /// In the middle of a call of the driver's that has made room: presents what the queue may present
    /// now right there, unless somebody is in a callback of the queue, who goes on with it
    /// (`FxIoQueue::DispatchInternalEvents`). Above the IRQL of the queue's callbacks a thread of the
    /// framework presents it. Then the call returns `result`.
    pub(super) fn present_here(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        result: u64,
    ) -> Result<Flow, Failure> {
        let queue = self.wdf.queues.get(&handle);
        let Some(queue) = queue.filter(|queue| queue.dispatching == 0) else {
            return Ok(Flow::Return(result));
        };
        if queue.passive && self.cpu().irql > irql::PASSIVE {
            self.present_soon(guest, handle)?;
            return Ok(Flow::Return(result));
        }
        let frame = WdfFrame::PresentedInCall {
            queue: handle,
            result,
        };
        let presented = self.present_next(handle, frame)?;
        Ok(presented.unwrap_or(Flow::Return(result)))
    }

    /// Presents what the queue may present now on the live strand, which goes on with `frame`; none
    /// where that is nothing.
    pub(in crate::wdf) fn present_next(
        &mut self,
        handle: u64,
        frame: WdfFrame,
    ) -> Result<Option<Flow>, Failure> {
        let Some(request) = self.next_to_present(handle) else {
            return Ok(None);
        };
        if let Some(queue) = self.wdf.queues.get_mut(&handle) {
            queue.dispatching += 1;
        }
        self.call_queue(handle, request, frame).map(Some)
    }

    /// Makes a thread that goes through a callback of the queue.
    pub(super) fn dispatch(
        &mut self,
        guest: &mut Guest,
        name: impl Into<String>,
        queue: u64,
        frame: WdfFrame,
    ) -> Result<(), Failure> {
        if let Some(queue) = self.wdf.queues.get_mut(&queue) {
            queue.dispatching += 1;
        }
        self.spawn(guest, name, Frame::Wdf(frame)).map(drop)
    }

    /// Such a thread has come to its end: a transition may wait for that.
    pub(in crate::wdf) fn dispatched(&mut self, queue: u64) {
        if let Some(queue) = self.wdf.queues.get_mut(&queue) {
            queue.dispatching -= 1;
        }
        self.releases(Edge::Completions);
        self.wake_waiters(DispatcherObject::OwnedRequests, 0, usize::MAX);
    }

    /// In the thread of a request: calls the queue's callback.
    pub(crate) fn present(&mut self, queue: u64, request: u64) -> Result<Flow, Failure> {
        let found = self.wdf.requests.get(&request);
        if found.is_none_or(|found| found.state != State::Presenting(queue)) {
            return self.presented(queue);
        }
        // Without passive level a callback may come at DISPATCH: then it sometimes does.
        let passive = self.wdf.queues[&queue].passive;
        if !passive && self.config.strategy == Strategy::Random && self.random(2) == 1 {
            self.cpu_mut().irql = irql::DISPATCH;
        }
        self.call_queue(queue, request, WdfFrame::Presented { queue })
    }

    /// In a thread of the framework, after a callback of the queue: goes on with what waits, at the
    /// IRQL that it has.
    pub(super) fn presented(&mut self, queue: u64) -> Result<Flow, Failure> {
        self.dispatched(queue);
        if let Some(next) = self.present_next(queue, WdfFrame::Presented { queue })? {
            return Ok(next);
        }
        self.cpu_mut().irql = irql::PASSIVE;
        Ok(Flow::Finish)
    }

    /// Makes the request the driver's own and calls the queue's callback for it.
    fn call_queue(&mut self, queue: u64, request: u64, frame: WdfFrame) -> Result<Flow, Failure> {
        let found = self
            .wdf
            .requests
            .get_mut(&request)
            .expect("a request that is presented exists");
        found.state = State::Owned(queue);
        let (input, output) = (found.input_length as u64, found.output_length as u64);

        let (code, major) = (u64::from(found.code), found.major);
        let target = &self.wdf.queues[&queue];
        let one_by_one = target.dispatch == DispatchType::Sequential;
        let (what, target, arguments) = match major {
            Major::Read => ("EvtIoRead", target.read, vec![queue, request, output]),
            Major::Write => ("EvtIoWrite", target.write, vec![queue, request, input]),
            Major::DeviceControl => {
                let arguments = vec![queue, request, output, input, code];
                ("EvtIoDeviceControl", target.device_control, arguments)
            }
        };
        if target == 0 {
            return Err(Failure::not_modelled(format!(
                "a request to a queue without {what}"
            )));
        }
        let thread = self.cpu().thread;
        if let Some(found) = self.wdf.requests.get_mut(&request) {
            found.presented = thread.map(|thread| (target, thread));
        }
        self.acquires(Edge::Request(request));
        if one_by_one {
            self.acquires(Edge::Queue(queue));
        }
        Ok(Flow::Call {
            what,
            target,
            arguments,
            frame: Frame::Wdf(frame),
        })
    }

    /// `WdfRequestForwardToIoQueue`.
    pub(crate) fn wdf_request_forward_to_io_queue(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let request = self.wdf_handle(guest, 1, Kind::Request)?;
        let queue = guest.argument(2)?;
        if !self.wdf.queues.contains_key(&queue) {
            return Err(Failure::new(
                Rule::BadHandle,
                format!("a request is forwarded to {queue:#x}, which is no queue"),
            ));
        }
        let State::Owned(owner) = self.wdf.requests[&request].state else {
            return Err(Failure::new(
                Rule::RequestMisuse,
                "a request is forwarded that the driver does not own",
            ));
        };
        self.not_cancelable(request)?;
        if owner == queue {
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        if !self.enqueue(guest, queue, request)? {
            return Ok(Flow::Return(WDF_BUSY));
        }
        self.present_here(guest, owner, Status::SUCCESS.into())
    }

    /// `WdfDeviceConfigureRequestDispatching`.
    pub(crate) fn wdf_device_configure_request_dispatching(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let queue = self.wdf_handle(guest, 2, Kind::Queue)?;
        let kind = guest.argument_u32(3)?;
        let Some(major) = Major::from_request_type(kind) else {
            return Err(Failure::not_modelled(format!(
                "dispatching of requests of the type {kind:#x}"
            )));
        };
        self.wdf.dispatching.insert(major, queue);
        Ok(Flow::status(Status::SUCCESS))
    }
}
