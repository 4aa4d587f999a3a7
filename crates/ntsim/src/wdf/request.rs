//! I/O requests: from the host's submission to the one completion.

use crate::{
    activation::Flow,
    failure::{Failure, rule},
    guest::Guest,
    kernel::{status, wait::DispatcherObject},
    sim::Sim,
    wdf::object::{Attributes, Kind},
};

/// Whose a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// On its way to the queue.
    New,
    /// It waits in a queue.
    Queued(u64),
    /// A thread is about to present it.
    Presenting(u64),
    /// The driver owns it.
    Owned(u64),
}

/// A request that is not complete.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The host's number.
    pub(crate) number: u32,
    pub(crate) file: u32,
    pub(crate) code: u32,
    pub(crate) input_length: usize,
    pub(crate) output_length: usize,
    /// The one buffer of METHOD_BUFFERED; 0 where both lengths are.
    buffer: u64,
    pub(crate) state: State,
    /// The I/O manager has been asked to cancel it.
    pub(crate) canceled: bool,
    information: u64,
}

/// A complete request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Completed {
    pub(crate) status: u32,
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
        self.requests.iter().find(|(_, request)| request.number == number).map(|(handle, _)| *handle)
    }
}

/// Whether a status is an error: then nothing is copied back.
const fn is_error(status: u32) -> bool {
    status >> 30 == 3
}

impl Sim {
    /// The I/O manager and the framework take a device control request.
    pub(crate) fn submit(&mut self, guest: &mut Guest, file: u32, code: u32, input: &[u8], output_length: usize) -> Result<u32, Failure> {
        self.wdf.next_request += 1;
        let number = self.wdf.next_request;
        let attributes: Attributes = self.wdf.device.request_attributes;
        let handle = self.new_wdf_object(guest, Kind::Request, self.wdf.device.handle, &attributes)?;
        let length = input.len().max(output_length);
        let buffer = if length == 0 { 0 } else { self.kernel_allocate(guest, length as u64)? };
        if length != 0 {
            guest.write(buffer, input)?;
            // The I/O manager does not clear the room behind the input.
            guest.write(buffer + input.len() as u64, &vec![0xCD; length - input.len()])?;
        }
        let request = Request {
            number,
            file,
            code,
            input_length: input.len(),
            output_length,
            buffer,
            state: State::New,
            canceled: false,
            information: 0,
        };
        self.wdf.requests.insert(handle, request);
        self.note(format!("request {number}: code {code:#010x}, {} bytes in, {output_length} out", input.len()));
        let queue = self.wdf.queues.iter().find(|(_, queue)| queue.default).map(|(handle, _)| *handle);
        match queue {
            Some(queue) => {
                if !self.enqueue(guest, queue, handle)? {
                    self.finish_request(guest, handle, 0xC000_0184, 0)?;
                }
            }
            None => self.finish_request(guest, handle, status::INVALID_DEVICE_REQUEST as u32, 0)?,
        }
        Ok(number)
    }

    /// A request that is complete before any driver saw it: the I/O manager's own refusal.
    pub(crate) fn refuse(&mut self, status: u32) -> u32 {
        self.wdf.next_request += 1;
        let number = self.wdf.next_request;
        self.note(format!("request {number}: refused with {status:#010x}"));
        self.wdf.completed.insert(number, Completed { status, information: 0, output: Vec::new() });
        number
    }

    /// The I/O manager cancels a request.
    pub(crate) fn cancel_request(&mut self, guest: &mut Guest, number: u32) -> Result<(), Failure> {
        let Some(handle) = self.wdf.request_handle(number) else { return Ok(()) };
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
            State::New | State::Owned(_) => Ok(()),
        }
    }

    /// The framework completes a cancelled request that waits in a queue.
    pub(crate) fn cancel_queued(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        let State::Queued(queue) = self.wdf.requests[&handle].state else { return Ok(()) };
        let target = self.wdf.queues.get_mut(&queue).expect("a queue's handle names it");
        target.waiting.retain(|waiting| *waiting != handle);
        if target.canceled_on_queue != 0 {
            return Err(Failure::not_modelled("EvtIoCanceledOnQueue"));
        }
        self.finish_request(guest, handle, status::CANCELLED as u32, 0)
    }

    /// Completes a request: copies back, frees, tells whoever waits.
    fn finish_request(&mut self, guest: &mut Guest, handle: u64, status: u32, information: u64) -> Result<(), Failure> {
        let request = self.wdf.requests.remove(&handle).expect("a request is completed once");
        let mut output = Vec::new();
        if !is_error(status) {
            if information > request.output_length as u64 {
                return Err(Failure::new(
                    rule::REQUEST_MISUSE,
                    format!(
                        "a request with room for {} bytes was completed with Information {information}: the I/O manager would copy what lies behind the buffer",
                        request.output_length
                    ),
                ));
            }
            if information > 0 {
                Self::buffered_only(request.code)?;
                output = guest.read_vec(request.buffer, information as usize)?;
            }
        }
        if request.buffer != 0 {
            self.kernel_free(guest, request.buffer)?;
        }
        self.delete_wdf_object(guest, handle)?;
        self.note(format!("request {}: complete with {status:#010x}, {information} bytes", request.number));
        self.wdf.completed.insert(request.number, Completed { status, information, output });
        self.attention = true;
        if !self.wdf.requests.values().any(|other| matches!(other.state, State::Owned(_))) {
            self.wake_waiters(DispatcherObject::OwnedRequests, 0, usize::MAX);
        }
        if let State::Owned(queue) = request.state {
            self.present_soon(guest, queue)?;
        }
        Ok(())
    }

    fn owned_request(&self, guest: &Guest) -> Result<u64, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Request)?;
        match self.wdf.requests.get(&handle) {
            Some(Request { state: State::Owned(_), .. }) => Ok(handle),
            _ => Err(Failure::new(rule::REQUEST_MISUSE, "the driver uses a request that it does not own")),
        }
    }

    /// A code of any method reaches the driver, which may refuse it; buffers are modelled for
    /// METHOD_BUFFERED.
    fn buffered_only(code: u32) -> Result<(), Failure> {
        if code & 3 == 0 {
            Ok(())
        } else {
            Err(Failure::not_modelled("the buffers of a control code that is not METHOD_BUFFERED"))
        }
    }

    fn retrieve_buffer(&mut self, guest: &mut Guest, length: impl Fn(&Request) -> usize) -> Result<Flow, Failure> {
        let handle = self.owned_request(guest)?;
        let (minimum, out, length_out) = (guest.argument(2)?, guest.argument(3)?, guest.argument(4)?);
        let request = &self.wdf.requests[&handle];
        Self::buffered_only(request.code)?;
        let (length, buffer) = (length(request) as u64, request.buffer);
        if length == 0 || length < minimum {
            guest.write_u64(out, 0)?;
            return Ok(Flow::Return(status::BUFFER_TOO_SMALL));
        }
        guest.write_u64(out, buffer)?;
        if length_out != 0 {
            guest.write_u64(length_out, length)?;
        }
        Ok(Flow::Return(status::SUCCESS))
    }

    /// `WdfRequestRetrieveInputBuffer`.
    pub(crate) fn wdf_request_retrieve_input_buffer(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        self.retrieve_buffer(guest, |request| request.input_length)
    }

    /// `WdfRequestRetrieveOutputBuffer`: with METHOD_BUFFERED, the same buffer.
    pub(crate) fn wdf_request_retrieve_output_buffer(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        self.retrieve_buffer(guest, |request| request.output_length)
    }

    /// `WdfRequestIsCanceled`.
    pub(crate) fn wdf_request_is_canceled(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let handle = self.owned_request(guest)?;
        Ok(Flow::Return(u64::from(self.wdf.requests[&handle].canceled)))
    }

    /// `WdfRequestSetInformation`.
    pub(crate) fn wdf_request_set_information(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let handle = self.owned_request(guest)?;
        let information = guest.argument(2)?;
        self.wdf.requests.get_mut(&handle).expect("owned").information = information;
        Ok(Flow::Return(0))
    }

    fn complete(&mut self, guest: &mut Guest, information: Option<u64>) -> Result<Flow, Failure> {
        let handle = self.owned_request(guest)?;
        let status = guest.argument_u32(2)?;
        let information = information.unwrap_or(self.wdf.requests[&handle].information);
        self.finish_request(guest, handle, status, information)?;
        Ok(Flow::Return(0))
    }

    /// `WdfRequestComplete`.
    pub(crate) fn wdf_request_complete(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        self.complete(guest, None)
    }

    /// `WdfRequestCompleteWithInformation`.
    pub(crate) fn wdf_request_complete_with_information(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let information = guest.argument(3)?;
        self.complete(guest, Some(information))
    }
}
