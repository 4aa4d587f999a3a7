//! I/O requests that are not complete: what they are, and whose.

use crate::{
    Failure, Rule, Status,
    activation::Flow,
    guest::Guest,
    sim::Sim,
    wdf::{buffers::Buffers, cancel::Cancelable, object::Kind},
};

/// Whose a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// On its way to the queue.
    New,
    /// It waits in a queue.
    Queued(u64),
    /// The driver owns it, or a callback is about to hand it over.
    Owned(u64),
}

/// What a request asks for, by `WDF_REQUEST_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Major {
    Read,
    Write,
    DeviceControl,
}

impl Major {
    /// The major function that a `WDF_REQUEST_TYPE` stands for.
    pub(crate) const fn from_request_type(value: u32) -> Option<Self> {
        match value {
            3 => Some(Self::Read),
            4 => Some(Self::Write),
            0xE => Some(Self::DeviceControl),
            _ => None,
        }
    }
}

/// A request that is not complete.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a mark of its own, of the I/O manager's or of the framework's"
)]
pub(crate) struct Request {
    /// The host's number.
    pub(crate) number: u32,
    pub(crate) file: u32,
    pub(crate) major: Major,
    /// The control code, of a device control request.
    pub(crate) code: u32,
    pub(crate) input_length: usize,
    pub(crate) output_length: usize,
    /// What the driver may retrieve as the input and as the output.
    pub(super) buffers: Buffers,
    pub(crate) state: State,
    /// The I/O manager has been asked to cancel it (`Irp->Cancel`).
    pub(crate) canceled: bool,
    /// The framework counts it as cancelled (`m_Canceled`).
    pub(super) marked_canceled: bool,
    pub(crate) cancelable: Cancelable,
    pub(super) information: u64,
    /// The driver has seen it before (`m_Presented`).
    pub(super) presented: bool,
    /// The callback that got it, 0 where none did.
    pub(super) callback: u64,
    /// That callback has not returned.
    pub(super) in_callback: bool,
    /// `EvtIoStop` for it has not returned.
    pub(super) in_stop: bool,
    /// The driver has acknowledged that it has stopped work on it.
    pub(super) stop_acknowledged: Option<StopAcknowledged>,
}

impl Request {
    /// Whether the callback that got the request has not returned.
    pub(crate) const fn is_in_callback(&self) -> bool {
        self.in_callback
    }
}

/// How a driver acknowledges `EvtIoStop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopAcknowledged {
    /// It keeps the request.
    Kept,
    /// The request goes back into its queue.
    WithRequeue,
}

/// A complete request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Completed {
    pub(crate) status: Status,
    pub(crate) information: u64,
    pub(crate) output: Vec<u8>,
}

impl super::Wdf {
    /// Whether the host's request is complete.
    pub(crate) fn is_complete(&self, number: u32) -> bool {
        self.completed.contains_key(&number)
    }

    /// The handle of the host's request, while it is not complete.
    pub(crate) fn request_handle(&self, number: u32) -> Option<u64> {
        self.requests
            .iter()
            .find(|(_, request)| request.number == number)
            .map(|(handle, _)| *handle)
    }
}

impl Sim {
    /// The report of a request that the driver keeps for ever.
    pub(crate) fn request_leak(&self, request: &Request) -> Failure {
        let what = format!(
            "request {} (code {:#010x}) was presented to the driver and never completed",
            request.number, request.code
        );
        let callback = Some(request.callback).filter(|callback| *callback != 0);
        Failure::new(Rule::RequestLeak, what).at(callback.and_then(|at| self.locate_function(at)))
    }

    pub(crate) fn owned_request(&self, guest: &Guest) -> Result<u64, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Request)?;
        match self.wdf.requests.get(&handle) {
            Some(Request {
                state: State::Owned(_),
                ..
            }) => Ok(handle),
            _ => Err(Failure::new(
                Rule::RequestMisuse,
                "the driver uses a request that it does not own",
            )),
        }
    }

    /// `WdfRequestGetIoQueue`.
    pub(crate) fn wdf_request_get_io_queue(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let handle = self.owned_request(guest)?;
        match self.wdf.requests[&handle].state {
            State::Owned(queue) => Ok(Flow::Return(queue)),
            _ => Ok(Flow::Return(0)),
        }
    }

    /// `WdfRequestIsCanceled`.
    pub(crate) fn wdf_request_is_canceled(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let handle = self.owned_request(guest)?;
        let request = &self.wdf.requests[&handle];
        let canceled = request.canceled || request.marked_canceled;
        if request.cancelable != Cancelable::No {
            // `VerifyWdfRequestIsCanceled` breaks in, and the call then says FALSE.
            self.unless_off(Failure::new(
                Rule::WdfVerifier,
                "WdfRequestIsCanceled is called for a request that was marked cancelable: it is for requests that are not",
            ))?;
        }
        Ok(Flow::Return(u64::from(canceled)))
    }

    /// `WdfRequestSetInformation`.
    pub(crate) fn wdf_request_set_information(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let handle = self.owned_request(guest)?;
        let information = guest.argument(2)?;
        self.wdf
            .requests
            .get_mut(&handle)
            .expect("owned")
            .information = information;
        Ok(Flow::Return(0))
    }
}
