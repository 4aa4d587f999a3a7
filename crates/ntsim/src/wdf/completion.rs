//! Completing a request, once: what the I/O manager copies back, and who goes on.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        race::Edge,
        state::{activation::Flow, frame::Holds},
    },
    wdf::{
        Framework,
        state::{
            frame::WdfFrame,
            queue_event::After,
            request::{Buffers, Completed, Major, Request, State},
        },
    },
};

/// Whether a status is an error: then nothing is copied back.
const fn is_error(status: Status) -> bool {
    status.0 >> 30 == 3
}

/// What the sender gets for a status of the framework's own (`FxRequest::CompleteInternal`).
const fn status_for_sender(status: Status) -> Status {
    const FACILITY_DRIVER_FRAMEWORK: u32 = 0x20;
    if status.0 >> 16 & 0xFFF != FACILITY_DRIVER_FRAMEWORK {
        return status;
    }
    match status {
        Status::WDF_PAUSED | Status::WDF_BUSY => Status::DEVICE_BUSY,
        Status::WDF_INTERNAL_ERROR => Status::INTERNAL_ERROR,
        _ => Status::INVALID_DEVICE_REQUEST,
    }
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Completes a request: copies back, frees, tells what waits.
    pub(super) fn finish_request(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        status: Status,
        information: u64,
    ) -> Result<(), Failure> {
        let request = self
            .wdf
            .requests
            .remove(&handle)
            .expect("a request is completed once");
        self.kernel.releases(Edge::Completion(request.number));
        self.kernel.releases(Edge::Completions);
        if let State::Owned(queue) = request.state {
            self.kernel.releases(Edge::Queue(queue));
            if let Some(queue) = self.wdf.queues.get_mut(&queue) {
                queue.take_back(handle);
            }
        }
        let mut output = Vec::new();
        if !is_error(status) {
            // Of a write, Information says how much was taken.
            let is_write = request.major == Major::Write;
            if is_write && information > request.input_length as u64 {
                return Err(Failure::new(
                    Rule::RequestMisuse,
                    format!(
                        "a write of {} bytes was completed with Information {information}",
                        request.input_length
                    ),
                ));
            }
            if !is_write && information > request.output_length as u64 {
                return Err(Failure::new(
                    Rule::RequestMisuse,
                    format!(
                        "a request with room for {} bytes was completed with Information {information}: the I/O manager would copy what lies behind the buffer",
                        request.output_length
                    ),
                ));
            }
            if information > 0 && !is_write {
                let buffer = request.buffers.result();
                // What is no copy of the I/O manager's holds what the program had there.
                if let Buffers::Shared(_) = request.buffers {
                    self.check_output(&request, buffer, information as usize)?;
                }
                output = guest.read_vec(buffer, information as usize)?;
                self.kernel.watch_output(request.number, &output)?;
            }
        }
        for buffer in request.buffers.all() {
            self.kernel.outputs.remove(buffer);
            self.kernel.kernel_free(guest, buffer)?;
        }
        self.end_request_object(guest, handle)?;
        self.wdf.ended_requests.insert(handle, request.number);
        self.kernel.note_origin(guest, handle);
        self.kernel.note(format!(
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
        self.kernel.attention = true;
        if request.major == Major::Create && is_error(status) {
            return self.refuse_file(guest, request.file);
        }
        self.release_file(guest, request.file)
    }

    /// Checks that each byte of output was written by something: what was not is whatever the pool held.
    fn check_output(
        &mut self,
        request: &Request,
        buffer: u64,
        length: usize,
    ) -> Result<(), Failure> {
        let Some(byte) = self.kernel.outputs.first_unwritten(buffer, length) else {
            return Ok(());
        };
        self.kernel.unless_off(Failure::new(
            Rule::OutputUnwritten,
            format!(
                "request {} (code {:#010x}) was completed with {length} bytes of output, and nothing has written byte {byte}: on NT it is what the pool held before",
                request.number, request.code
            ),
        ))
    }

    fn complete(
        &mut self,
        guest: &mut Guest,
        information: Option<u64>,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.owned_request(guest)?;
        self.not_cancelable(handle)?;
        let status = status_for_sender(Status(guest.argument_u32(2)?));
        let information = information.unwrap_or(self.wdf.requests[&handle].information);
        self.dispose_and_complete(guest, handle, status, information)
    }

    /// Ends what hangs on a request, and then completes it: `EvtCleanupCallback` still has its buffers
    /// (`FxRequest::CompleteInternal`).
    fn dispose_and_complete(
        &mut self,
        guest: &mut Guest,
        request: u64,
        status: Status,
        information: u64,
    ) -> Result<Flow<A>, Failure> {
        self.check_request_memory(request)?;
        let object = &self.wdf.objects[&request];
        if !object.has_end_callbacks() && object.children.is_empty() {
            return self.complete_disposed(guest, request, status, information);
        }
        let then = WdfFrame::Complete {
            request,
            status,
            information,
        };
        self.dispose_of_request(guest, request, then)
    }

    /// What hangs on a request is gone: the request is completed.
    pub(super) fn complete_disposed(
        &mut self,
        guest: &mut Guest,
        request: u64,
        status: Status,
        information: u64,
    ) -> Result<Flow<A>, Failure> {
        let queue = match self.wdf.requests[&request].state {
            State::Owned(queue) => Some(queue),
            State::New | State::Queued(_) | State::Unqueued => None,
        };
        self.finish_request(guest, request, status, information)?;
        let after = if self.wdf.objects.contains_key(&request) {
            After::Destroy(request)
        } else {
            After::Return(0)
        };
        match queue {
            Some(queue) => self.dispatch_internal_events(guest, queue, after),
            None => self.after_events(guest, after),
        }
    }

    /// `WdfRequestComplete`.
    pub(crate) fn wdf_request_complete(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        self.complete(guest, None)
    }

    /// `WdfRequestCompleteWithInformation`.
    pub(crate) fn wdf_request_complete_with_information(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let information = guest.argument(3)?;
        self.complete(guest, Some(information))
    }
}
