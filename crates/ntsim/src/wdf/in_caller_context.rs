//! `EvtIoInCallerContext`: the driver sees a request on its sender's thread, before any queue has it.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{
        activation::Flow,
        frame::{Frame, Holds},
    },
    wdf::{
        Framework,
        callback_lock::Callback,
        state::{frame::WdfFrame, object::Kind, queue_event::After, request::State},
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfDeviceInitSetIoInCallerContextCallback`.
    pub(crate) fn wdf_device_init_set_io_in_caller_context_callback(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.device_init_argument(guest)?;
        self.wdf.device.in_caller_context = guest.argument(2)?;
        Ok(Flow::Return(0))
    }

    /// Has the sender's thread show a request to the driver.
    pub(super) fn show_in_caller_context(
        &mut self,
        guest: &mut Guest,
        request: u64,
    ) -> Result<(), Failure> {
        let number = self.wdf.requests[&request].number;
        let frame = Frame::above(WdfFrame::InCallerContext { request });
        self.kernel
            .spawn(guest, format!("request {number}"), frame)
            .map(drop)
    }

    /// That thread begins.
    pub(super) fn call_in_caller_context(
        &mut self,
        guest: &mut Guest,
        request: u64,
    ) -> Result<Flow<A>, Failure> {
        let target = self.wdf.device.in_caller_context;
        let Some(found) = self.wdf.requests.get_mut(&request) else {
            return Ok(Flow::Finish);
        };
        found.state = State::Unqueued;
        found.callback = target;
        let callback = Callback {
            what: "EvtIoInCallerContext",
            target,
            arguments: vec![self.wdf.device.handle, request],
        };
        self.call_under(guest, None, callback, WdfFrame::Finish)
    }

    /// `WdfDeviceEnqueueRequest`: the request goes to the queue of its type, which presents it inside of the call.
    pub(crate) fn wdf_device_enqueue_request(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let request = self.wdf_handle(guest, 2, Kind::Request)?;
        let found = &self.wdf.requests[&request];
        if found.state != State::Unqueued {
            return Err(Failure::new(
                Rule::RequestMisuse,
                "WdfDeviceEnqueueRequest is given a request that a queue has had",
            ));
        }
        let Some(queue) = self.queue_for(found.major) else {
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        };
        if !self.queue_mut(queue).accepts {
            return Ok(Flow::status(Status::INVALID_DEVICE_STATE));
        }
        self.insert(guest, queue, request)?;
        self.dispatch_events(guest, queue, After::Return(Status::SUCCESS.into()))
    }
}
