//! I/O requests that are not complete: what they are, and whose.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        state::{
            frame::WdfFrame,
            object::Kind,
            request::{Cancelable, Request, State},
        },
    },
};

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

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    pub(crate) fn owned_request(&self, guest: &Guest) -> Result<u64, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Request)?;
        match self.wdf.requests.get(&handle) {
            Some(Request {
                state: State::Owned(_) | State::Unqueued,
                ..
            }) => Ok(handle),
            _ => Err(Failure::new(
                Rule::RequestMisuse,
                "the driver uses a request that it does not own",
            )),
        }
    }

    /// `WdfRequestGetIoQueue`.
    pub(crate) fn wdf_request_get_io_queue(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.owned_request(guest)?;
        match self.wdf.requests[&handle].state {
            State::Owned(queue) => Ok(Flow::Return(queue)),
            _ => Ok(Flow::Return(0)),
        }
    }

    /// `WdfRequestIsCanceled`.
    pub(crate) fn wdf_request_is_canceled(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.owned_request(guest)?;
        let request = &self.wdf.requests[&handle];
        let canceled = request.canceled || request.marked_canceled;
        if request.cancelable != Cancelable::No {
            // `VerifyWdfRequestIsCanceled` breaks in, and the call then says FALSE.
            let when = match request.cancelable {
                Cancelable::Taken(_) => ", and is being cancelled",
                Cancelable::Marked(_) | Cancelable::No => "",
            };
            self.kernel.unless_off(Failure::new(
                Rule::WdfIsCanceled,
                format!("WdfRequestIsCanceled is called for a request that was marked cancelable{when}: it is for requests that are not"),
            ))?;
        }
        Ok(Flow::Return(u64::from(canceled)))
    }

    /// `WdfRequestSetInformation`.
    pub(crate) fn wdf_request_set_information(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
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
