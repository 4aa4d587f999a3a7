//! From the host's submission to a queue: the I/O manager's part of a request.

use nt_model::{Failure, Status};

use crate::{
    guest::Guest,
    kernel::state::frame::Holds,
    wdf::{
        Framework,
        attributes::Attributes,
        state::{
            frame::WdfFrame,
            object::Kind,
            request::{Buffers, Cancelable, Completed, Major, Method, Request, State},
        },
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// The I/O manager and the framework take a request.
    pub(crate) fn submit(
        &mut self,
        guest: &mut Guest,
        file: u32,
        (major, code): (Major, u32),
        input: &[u8],
        output_length: usize,
    ) -> Result<u32, Failure> {
        let handle = self.new_request(guest, file, (major, code), input, output_length)?;
        let number = self.wdf.requests[&handle].number;
        if self.wdf.device.in_caller_context != 0 && major != Major::Create {
            self.show_in_caller_context(guest, handle)?;
            return Ok(number);
        }
        match self.queue_for(major) {
            Some(queue) => {
                if !self.queue_request(guest, queue, handle)? {
                    self.finish_request(guest, handle, Status::INVALID_DEVICE_STATE, 0)?;
                }
            }
            None => self.finish_request(guest, handle, Status::INVALID_DEVICE_REQUEST, 0)?,
        }
        Ok(number)
    }

    /// The queue that requests of a type go to; creates go to none by themselves.
    pub(super) fn queue_for(&self, major: Major) -> Option<u64> {
        let configured = self.wdf.dispatching.get(&major).copied();
        if major == Major::Create {
            return configured;
        }
        configured.or_else(|| {
            let mut queues = self.wdf.queues.iter();
            queues
                .find(|(_, queue)| queue.default)
                .map(|(handle, _)| *handle)
        })
    }

    /// Makes a request, which is on its way.
    pub(super) fn new_request(
        &mut self,
        guest: &mut Guest,
        file: u32,
        (major, code): (Major, u32),
        input: &[u8],
        output_length: usize,
    ) -> Result<u64, Failure> {
        self.wdf.next_request += 1;
        let number = self.wdf.next_request;
        let attributes: Attributes = self.wdf.device.request_attributes;
        let handle =
            self.new_wdf_object(guest, Kind::Request, self.wdf.device.handle, &attributes)?;
        let method = match major {
            Major::DeviceControl => Method::of_code(code),
            Major::Create => Method::Buffered,
            Major::Read | Major::Write => self.wdf.device.transfer,
        };
        let buffers = match method {
            Method::Buffered => {
                Buffers::Shared(self.system_buffer(guest, input, input.len().max(output_length))?)
            }
            Method::Direct => Buffers::Direct {
                input: self.system_buffer(guest, input, input.len())?,
                output: self.programs_pages(guest, output_length)?,
            },
            Method::Neither => Buffers::Neither {
                input: self.system_buffer(guest, input, input.len())?,
                output: self.programs_pages(guest, output_length)?,
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
            marked_canceled: false,
            cancelable: Cancelable::No,
            information: 0,
            presented: false,
            callback: 0,
            in_callback: false,
            in_stop: false,
            stop_acknowledged: None,
        };
        self.wdf.requests.insert(handle, request);
        self.kernel.note(format!(
            "request {number}: code {code:#010x}, {} bytes in, {output_length} out",
            input.len()
        ));
        Ok(handle)
    }

    /// A request that is complete before any driver saw it: the I/O manager's own refusal.
    pub(crate) fn refuse(&mut self, status: Status) -> u32 {
        self.wdf.next_request += 1;
        let number = self.wdf.next_request;
        self.kernel
            .note(format!("request {number}: refused with {status:#010x}"));
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
}
