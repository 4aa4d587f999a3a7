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

    /// Makes a thread for each request that the queue may present now.
    pub(crate) fn present_soon(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        if !self.gives(handle) {
            return Ok(());
        }
        let queue = &self.wdf.queues[&handle];
        let busy = self.wdf.requests.values().any(|request| {
            matches!(request.state, State::Owned(owner) if owner == handle)
                || matches!(request.state, State::Presenting(owner) if owner == handle)
        });
        let most = match queue.dispatch {
            DispatchType::Manual => 0,
            DispatchType::Sequential => usize::from(!busy),
            DispatchType::Parallel => usize::MAX,
        };
        let next: Vec<u64> = queue.waiting.iter().copied().take(most).collect();
        for request in next {
            self.wdf
                .queues
                .get_mut(&handle)
                .expect("still there")
                .waiting
                .retain(|waiting| *waiting != request);
            self.wdf
                .requests
                .get_mut(&request)
                .expect("a queued request exists")
                .state = State::Presenting(handle);
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
        let found = self.wdf.requests.get_mut(&request);
        let Some(found) = found.filter(|found| found.state == State::Presenting(queue)) else {
            self.dispatched(queue);
            return Ok(Flow::Finish);
        };
        found.state = State::Owned(queue);
        let (input, output) = (found.input_length as u64, found.output_length as u64);

        let (code, major) = (u64::from(found.code), found.major);
        let target = &self.wdf.queues[&queue];
        let (passive, one_by_one) = (target.passive, target.dispatch == DispatchType::Sequential);
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
        // Without passive level a callback may come at DISPATCH: then it sometimes does.
        if !passive && self.config.strategy == Strategy::Random && self.random(2) == 1 {
            self.cpu_mut().irql = irql::DISPATCH;
        }
        Ok(Flow::Call {
            what,
            target,
            arguments,
            frame: Frame::Wdf(WdfFrame::Presented { queue }),
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
