//! Presenting requests: which of those that wait reach the driver's callback, and when.

use crate::{
    activation::{Flow, Frame},
    config::Strategy,
    failure::{Failure, rule},
    guest::Guest,
    kernel::{status, wait::DispatcherObject},
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

    /// How many requests the queue's type lets it present now.
    fn presentable(&self, handle: u64) -> usize {
        let queue = &self.wdf.queues[&handle];
        let busy = self.wdf.requests.values().any(|request| {
            matches!(request.state, State::Owned(owner) if owner == handle)
                || matches!(request.state, State::Presenting(owner) if owner == handle)
        });
        match queue.dispatch {
            DispatchType::Manual => 0,
            DispatchType::Sequential => usize::from(!busy),
            DispatchType::Parallel => usize::MAX,
        }
    }

    /// Makes a thread for each request that the queue may present now.
    pub(crate) fn present_soon(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        if !self.gives(handle) {
            return Ok(());
        }
        let most = self.presentable(handle);
        let queue = &self.wdf.queues[&handle];
        let next: Vec<u64> = queue.waiting.iter().copied().take(most).collect();
        for request in next {
            self.take_out(handle, request);
            let number = self.wdf.requests[&request].number;
            self.dispatch(
                guest,
                format!("request {number}"),
                handle,
                WdfFrame::Present {
                    request,
                    queue: handle,
                },
            )?;
        }
        Ok(())
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

    /// In the middle of the driver's completion of a request: presents the next one right there,
    /// inside the call, as the framework does (`FxIoQueue::DispatchEvents`). Above the IRQL of the
    /// queue's callbacks a thread of the framework presents it.
    pub(super) fn present_here(&mut self, guest: &mut Guest, handle: u64) -> Result<Flow, Failure> {
        let Some(queue) = self.wdf.queues.get(&handle) else {
            return Ok(Flow::Return(0));
        };
        let too_high = queue.passive && self.cpu().irql > irql::PASSIVE;
        if too_high || !self.gives(handle) || self.presentable(handle) == 0 {
            self.present_soon(guest, handle)?;
            return Ok(Flow::Return(0));
        }
        let Some(request) = self.wdf.queues[&handle].waiting.front().copied() else {
            return Ok(Flow::Return(0));
        };
        self.take_out(handle, request);
        self.wdf
            .queues
            .get_mut(&handle)
            .expect("still there")
            .dispatching += 1;
        self.call_queue(
            handle,
            request,
            WdfFrame::PresentedInCompletion { queue: handle },
        )
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
    pub(super) fn dispatched(&mut self, queue: u64) {
        if let Some(queue) = self.wdf.queues.get_mut(&queue) {
            queue.dispatching -= 1;
        }
        self.releases(Edge::Completions);
        self.wake_waiters(DispatcherObject::OwnedRequests, 0, usize::MAX);
    }

    /// In the thread of a request: calls the queue's callback.
    pub(crate) fn present(
        &mut self,
        _guest: &mut Guest,
        queue: u64,
        request: u64,
    ) -> Result<Flow, Failure> {
        let found = self.wdf.requests.get(&request);
        if found.is_none_or(|found| found.state != State::Presenting(queue)) {
            self.dispatched(queue);
            return Ok(Flow::Finish);
        }
        // Without passive level a callback may come at DISPATCH: then it sometimes does.
        let passive = self.wdf.queues[&queue].passive;
        if !passive && self.config.strategy == Strategy::Random && self.random(2) == 1 {
            self.cpu_mut().irql = irql::DISPATCH;
        }
        self.call_queue(queue, request, WdfFrame::Presented { queue })
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
                rule::BAD_HANDLE,
                format!("a request is forwarded to {queue:#x}, which is no queue"),
            ));
        }
        let State::Owned(owner) = self.wdf.requests[&request].state else {
            return Err(Failure::new(
                rule::REQUEST_MISUSE,
                "a request is forwarded that the driver does not own",
            ));
        };
        self.not_cancelable(request)?;
        if owner == queue {
            return Ok(Flow::Return(status::INVALID_DEVICE_REQUEST));
        }
        let taken = self.enqueue(guest, queue, request)?;
        if taken {
            self.present_soon(guest, owner)?;
        }
        Ok(Flow::Return(if taken { status::SUCCESS } else { WDF_BUSY }))
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
        Ok(Flow::Return(status::SUCCESS))
    }
}
