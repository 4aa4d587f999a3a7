//! I/O requests: from the host's submission to the one completion.

use crate::{
    activation::Flow,
    failure::{Failure, rule},
    guest::Guest,
    kernel::{status, thread::ThreadId, wait::DispatcherObject},
    sim::Sim,
    wdf::{
        cancel::Cancelable,
        object::{Attributes, Kind},
    },
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
    buffers: Buffers,
    pub(crate) state: State,
    /// The I/O manager has been asked to cancel it.
    pub(crate) canceled: bool,
    pub(crate) cancelable: Cancelable,
    information: u64,
    /// The callback that got it, and the thread that called it, once it was presented.
    pub(crate) presented: Option<(u64, ThreadId)>,
}

/// A request's buffers, by the transfer method of its control code; 0 where a length is 0.
#[derive(Clone, Copy, Debug)]
enum Buffers {
    /// `METHOD_BUFFERED`: one system buffer for both.
    Shared(u64),
    /// `METHOD_IN_DIRECT` and `METHOD_OUT_DIRECT`: a system buffer for the input, and the caller's
    /// locked pages for the output.
    Direct { input: u64, output: u64 },
    /// `METHOD_NEITHER`: user addresses, which the retrieve functions refuse to give.
    Neither,
}

impl Buffers {
    const fn input(self) -> Option<u64> {
        match self {
            Self::Shared(buffer) | Self::Direct { input: buffer, .. } => Some(buffer),
            Self::Neither => None,
        }
    }

    const fn output(self) -> Option<u64> {
        match self {
            Self::Shared(buffer) | Self::Direct { output: buffer, .. } => Some(buffer),
            Self::Neither => None,
        }
    }

    /// Every allocation.
    fn all(self) -> impl Iterator<Item = u64> {
        let (first, second) = match self {
            Self::Shared(buffer) => (buffer, 0),
            Self::Direct { input, output } => (input, output),
            Self::Neither => (0, 0),
        };
        [first, second].into_iter().filter(|buffer| *buffer != 0)
    }
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
        self.requests
            .iter()
            .find(|(_, request)| request.number == number)
            .map(|(handle, _)| *handle)
    }
}

/// Whether a status is an error: then nothing is copied back.
const fn is_error(status: u32) -> bool {
    status >> 30 == 3
}

impl Sim {
    /// The I/O manager and the framework take a request.
    pub(crate) fn submit(
        &mut self,
        guest: &mut Guest,
        file: u32,
        (major, code): (Major, u32),
        input: &[u8],
        output_length: usize,
    ) -> Result<u32, Failure> {
        self.wdf.next_request += 1;
        let number = self.wdf.next_request;
        let attributes: Attributes = self.wdf.device.request_attributes;
        let handle =
            self.new_wdf_object(guest, Kind::Request, self.wdf.device.handle, &attributes)?;
        let buffers = match code & 3 {
            0 => {
                Buffers::Shared(self.system_buffer(guest, input, input.len().max(output_length))?)
            }
            3 => Buffers::Neither,
            _ => Buffers::Direct {
                input: self.system_buffer(guest, input, input.len())?,
                output: self.system_buffer(guest, &[], output_length)?,
            },
        };
        let request = Request {
            number,
            file,
            major,
            code,
            input_length: input.len(),
            output_length,
            buffers,
            state: State::New,
            canceled: false,
            cancelable: Cancelable::No,
            information: 0,
            presented: None,
        };
        self.wdf.requests.insert(handle, request);
        self.note(format!(
            "request {number}: code {code:#010x}, {} bytes in, {output_length} out",
            input.len()
        ));
        let empty = input.is_empty() && output_length == 0;
        if major != Major::DeviceControl && empty {
            // The framework's default for reads and writes of no length.
            self.finish_request(guest, handle, status::SUCCESS as u32, 0)?;
            return Ok(number);
        }
        let default = || {
            let mut queues = self.wdf.queues.iter();
            queues
                .find(|(_, queue)| queue.default)
                .map(|(handle, _)| *handle)
        };
        let configured = self.wdf.dispatching.get(&major).copied();
        match configured.or_else(default) {
            Some(queue) => {
                if !self.enqueue(guest, queue, handle)? {
                    self.finish_request(guest, handle, 0xC000_0184, 0)?;
                }
            }
            None => self.finish_request(guest, handle, status::INVALID_DEVICE_REQUEST as u32, 0)?,
        }
        Ok(number)
    }

    /// A buffer of the I/O manager's that begins with `input`; the room behind it is not cleared.
    fn system_buffer(
        &mut self,
        guest: &mut Guest,
        input: &[u8],
        length: usize,
    ) -> Result<u64, Failure> {
        if length == 0 {
            return Ok(0);
        }
        let buffer = self.kernel_allocate(guest, length as u64)?;
        guest.write(buffer, input)?;
        guest.write(
            buffer + input.len() as u64,
            &vec![0xCD; length - input.len()],
        )?;
        Ok(buffer)
    }

    /// A request that is complete before any driver saw it: the I/O manager's own refusal.
    pub(crate) fn refuse(&mut self, status: u32) -> u32 {
        self.wdf.next_request += 1;
        let number = self.wdf.next_request;
        self.note(format!("request {number}: refused with {status:#010x}"));
        self.wdf.completed.insert(
            number,
            Completed {
                status,
                information: 0,
                output: Vec::new(),
            },
        );
        number
    }

    /// The I/O manager cancels a request.
    pub(crate) fn cancel_request(&mut self, guest: &mut Guest, number: u32) -> Result<(), Failure> {
        let Some(handle) = self.wdf.request_handle(number) else {
            return Ok(());
        };
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
            State::Owned(_) => self.cancel_owned(guest, handle),
            State::New => Ok(()),
        }
    }

    /// The framework completes a cancelled request that waits in a queue.
    pub(crate) fn cancel_queued(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        let State::Queued(queue) = self.wdf.requests[&handle].state else {
            return Ok(());
        };
        let target = self
            .wdf
            .queues
            .get_mut(&queue)
            .expect("a queue's handle names it");
        target.waiting.retain(|waiting| *waiting != handle);
        if target.evt_canceled != 0 {
            return Err(Failure::not_modelled("EvtIoCanceledOnQueue"));
        }
        self.finish_request(guest, handle, status::CANCELLED as u32, 0)
    }

    /// Completes a request: copies back, frees, tells whoever waits.
    fn finish_request(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        status: u32,
        information: u64,
    ) -> Result<(), Failure> {
        let request = self
            .wdf
            .requests
            .remove(&handle)
            .expect("a request is completed once");
        let mut output = Vec::new();
        if !is_error(status) {
            // Of a write, Information says how much was taken.
            let is_write = request.major == Major::Write;
            if is_write && information > request.input_length as u64 {
                return Err(Failure::new(
                    rule::REQUEST_MISUSE,
                    format!(
                        "a write of {} bytes was completed with Information {information}",
                        request.input_length
                    ),
                ));
            }
            if !is_write && information > request.output_length as u64 {
                return Err(Failure::new(
                    rule::REQUEST_MISUSE,
                    format!(
                        "a request with room for {} bytes was completed with Information {information}: the I/O manager would copy what lies behind the buffer",
                        request.output_length
                    ),
                ));
            }
            if information > 0
                && !is_write
                && let Some(buffer) = request.buffers.output()
            {
                output = guest.read_vec(buffer, information as usize)?;
            }
        }
        for buffer in request.buffers.all() {
            self.kernel_free(guest, buffer)?;
        }
        self.delete_wdf_object(guest, handle)?;
        self.wdf.ended_requests.insert(handle, request.number);
        self.note_origin(guest, handle);
        self.note(format!(
            "request {}: complete with {status:#010x}, {information} bytes",
            request.number
        ));
        self.wdf.completed.insert(
            request.number,
            Completed {
                status,
                information,
                output,
            },
        );
        self.attention = true;
        // Whoever waits looks again.
        self.wake_waiters(DispatcherObject::OwnedRequests, 0, usize::MAX);
        if let State::Owned(queue) = request.state {
            self.present_soon(guest, queue)?;
        }
        Ok(())
    }

    /// A request of an open file that is not complete.
    pub(crate) fn unfinished_request(&self, file: u32) -> Option<&Request> {
        let mut requests = self.wdf.requests.values();
        requests.find(|request| request.file == file)
    }

    /// Whether the callback that got the request has not returned.
    pub(crate) fn is_in_callback(&self, request: &Request) -> bool {
        request
            .presented
            .is_some_and(|(_, thread)| self.kernel.threads.get(thread).is_some())
    }

    /// The report of a request that the driver keeps for ever.
    pub(crate) fn request_leak(&self, request: &Request) -> Failure {
        let what = format!(
            "request {} (code {:#010x}) was presented to the driver and never completed",
            request.number, request.code
        );
        let callback = request.presented.map(|(callback, _)| callback);
        Failure::new(rule::REQUEST_LEAK, what).at(callback.and_then(|at| self.locate_function(at)))
    }

    pub(crate) fn owned_request(&self, guest: &Guest) -> Result<u64, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Request)?;
        match self.wdf.requests.get(&handle) {
            Some(Request {
                state: State::Owned(_),
                ..
            }) => Ok(handle),
            _ => Err(Failure::new(
                rule::REQUEST_MISUSE,
                "the driver uses a request that it does not own",
            )),
        }
    }

    fn retrieve_buffer(
        &mut self,
        guest: &mut Guest,
        wanted: impl Fn(&Request) -> (Option<u64>, usize),
    ) -> Result<Flow, Failure> {
        let handle = self.owned_request(guest)?;
        let (minimum, out, length_out) =
            (guest.argument(2)?, guest.argument(3)?, guest.argument(4)?);
        let (Some(buffer), length) = wanted(&self.wdf.requests[&handle]) else {
            guest.write_u64(out, 0)?;
            return Ok(Flow::Return(status::INVALID_DEVICE_REQUEST));
        };
        let length = length as u64;
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
    pub(crate) fn wdf_request_retrieve_input_buffer(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        self.retrieve_buffer(guest, |request| {
            (request.buffers.input(), request.input_length)
        })
    }

    /// `WdfRequestRetrieveOutputBuffer`: with `METHOD_BUFFERED`, the same buffer.
    pub(crate) fn wdf_request_retrieve_output_buffer(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        self.retrieve_buffer(guest, |request| {
            (request.buffers.output(), request.output_length)
        })
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
        Ok(Flow::Return(u64::from(self.wdf.requests[&handle].canceled)))
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

    fn complete(&mut self, guest: &mut Guest, information: Option<u64>) -> Result<Flow, Failure> {
        let handle = self.owned_request(guest)?;
        self.not_cancelable(handle)?;
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
    pub(crate) fn wdf_request_complete_with_information(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let information = guest.argument(3)?;
        self.complete(guest, Some(information))
    }
}
