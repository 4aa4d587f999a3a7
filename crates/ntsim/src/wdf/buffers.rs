//! The buffers of a request, by the transfer method of its control code.

use crate::{
    Failure, Status,
    activation::Flow,
    guest::Guest,
    sim::Sim,
    wdf::request::{Major, Request},
};

/// A request's buffers, by the transfer method of its control code; 0 where a length is 0.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Buffers {
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

    pub(super) const fn output(self) -> Option<u64> {
        match self {
            Self::Shared(buffer) | Self::Direct { output: buffer, .. } => Some(buffer),
            Self::Neither => None,
        }
    }

    /// Every allocation.
    pub(super) fn all(self) -> impl Iterator<Item = u64> {
        let (first, second) = match self {
            Self::Shared(buffer) => (buffer, 0),
            Self::Direct { input, output } => (input, output),
            Self::Neither => (0, 0),
        };
        [first, second].into_iter().filter(|buffer| *buffer != 0)
    }
}

impl Sim {
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
        let buffer = self.kernel_allocate(guest, length as u64)?;
        self.kernel.outputs.add(buffer, input.len(), length);
        guest.write(buffer, input)?;
        guest.write(
            buffer + input.len() as u64,
            &vec![0xCD; length - input.len()],
        )?;
        Ok(buffer)
    }

    fn retrieve_buffer(
        &mut self,
        guest: &mut Guest,
        without: Major,
        wanted: impl Fn(&Request) -> (Option<u64>, usize),
    ) -> Result<Flow, Failure> {
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
    ) -> Result<Flow, Failure> {
        self.retrieve_buffer(guest, Major::Read, |request| {
            (request.buffers.input(), request.input_length)
        })
    }

    /// `WdfRequestRetrieveOutputBuffer`: with `METHOD_BUFFERED`, the same buffer; a write has none.
    pub(crate) fn wdf_request_retrieve_output_buffer(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        self.retrieve_buffer(guest, Major::Write, |request| {
            (request.buffers.output(), request.output_length)
        })
    }
}
