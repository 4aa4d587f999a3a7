//! The buffers of a request, by the transfer method of its control code.

use nt_model::{Failure, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        state::{
            frame::WdfFrame,
            request::{Major, Request},
        },
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// A buffer of the I/O manager's that begins with `input`; the room behind it is not cleared.
    pub(super) fn system_buffer(
        &mut self,
        guest: &mut Guest,
        input: &[u8],
        length: usize,
    ) -> Result<u64, Failure> {
        if length == 0 {
            return Ok(0);
        }
        let buffer = self.kernel.kernel_allocate(guest, length as u64)?;
        self.kernel.outputs.add(buffer, input.len(), length);
        guest.write(buffer, input)?;
        let room = vec![self.kernel.uninitialized_pool(); length - input.len()];
        guest.write(buffer + input.len() as u64, &room)?;
        Ok(buffer)
    }

    /// Pages of the program's, which hold what it had there; 0 where it gave none.
    pub(super) fn programs_pages(
        &mut self,
        guest: &mut Guest,
        length: usize,
    ) -> Result<u64, Failure> {
        if length == 0 {
            return Ok(0);
        }
        let pages = self.kernel.kernel_allocate(guest, length as u64)?;
        guest.write(pages, &vec![0; length])?;
        Ok(pages)
    }

    fn retrieve_buffer(
        &mut self,
        guest: &mut Guest,
        without: Major,
        wanted: impl Fn(&Request) -> (Option<u64>, usize),
    ) -> Result<Flow<A>, Failure> {
        let handle = self.owned_request(guest)?;
        let (minimum, out, length_out) =
            (guest.argument(2)?, guest.argument(3)?, guest.argument(4)?);
        guest.write_u64(out, 0)?;
        if length_out != 0 {
            guest.write_u64(length_out, 0)?;
        }
        let request = &self.wdf.requests[&handle];
        let (Some(buffer), length) = wanted(request) else {
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        };
        if request.major == without {
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        let length = length as u64;
        if length == 0 || length < minimum {
            return Ok(Flow::status(Status::BUFFER_TOO_SMALL));
        }
        guest.write_u64(out, buffer)?;
        if length_out != 0 {
            guest.write_u64(length_out, length)?;
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfRequestRetrieveInputBuffer`: a read has none.
    pub(crate) fn wdf_request_retrieve_input_buffer(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.retrieve_buffer(guest, Major::Read, |request| {
            (request.buffers.input(), request.input_length)
        })
    }

    /// `WdfRequestRetrieveOutputBuffer`: with `METHOD_BUFFERED`, the same buffer; a write has none.
    pub(crate) fn wdf_request_retrieve_output_buffer(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.retrieve_buffer(guest, Major::Write, |request| {
            (request.buffers.output(), request.output_length)
        })
    }
}
