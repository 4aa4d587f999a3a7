//! Buffers of requests that transfer by `METHOD_NEITHER`: a program's own addresses, which the driver may have in the
//! program's context, and locks there for what follows.

use nt_model::{Failure, Status};

use crate::{
    guest::{Guest, layout},
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::Attributes,
        memory::Side,
        state::{
            frame::WdfFrame,
            memory::{Backing, Memory},
            request::{Buffers, Major, State},
        },
    },
};

/// Where the program has the buffer of a request.
pub(super) const fn user_address(number: u32, side: Side) -> u64 {
    let place = 2 * number as u64
        + match side {
            Side::Input => 0,
            Side::Output => 1,
        };
    layout::USER_BASE + place * layout::USER_STRIDE
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// The request of a call that is for `EvtIoInCallerContext`; none where the framework refuses it.
    fn request_in_callers_context(
        &mut self,
        guest: &Guest,
        routine: &str,
    ) -> Result<Option<u64>, Failure> {
        let handle = self.owned_request(guest)?;
        let found = &self.wdf.requests[&handle];
        if found.state == State::Unqueued && found.major != Major::Create {
            return Ok(Some(handle));
        }
        self.verifier_breaks(routine, "in EvtIoInCallerContext")?;
        Ok(None)
    }

    fn retrieve_unsafe(
        &mut self,
        guest: &mut Guest,
        side: Side,
        routine: &str,
    ) -> Result<Flow<A>, Failure> {
        let (minimum, out, length_out) =
            (guest.argument(2)?, guest.argument(3)?, guest.argument(4)?);
        guest.write_u64(out, 0)?;
        if length_out != 0 {
            guest.write_u64(length_out, 0)?;
        }
        let Some(handle) = self.request_in_callers_context(guest, routine)? else {
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        };
        let found = &self.wdf.requests[&handle];
        let (length, without) = match side {
            Side::Input => (found.input_length as u64, Major::Read),
            Side::Output => (found.output_length as u64, Major::Write),
        };
        let is_neither = matches!(found.buffers, Buffers::Neither { .. });
        let number = found.number;
        if found.major == without {
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        if !is_neither {
            self.verifier_breaks(routine, "for METHOD_NEITHER")?;
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        if length < minimum {
            return Ok(Flow::status(Status::BUFFER_TOO_SMALL));
        }
        let address = if length == 0 {
            0
        } else {
            user_address(number, side)
        };
        guest.write_u64(out, address)?;
        if length_out != 0 {
            guest.write_u64(length_out, length)?;
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfRequestRetrieveUnsafeUserInputBuffer`.
    pub(crate) fn wdf_request_retrieve_unsafe_user_input_buffer(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let routine = "WdfRequestRetrieveUnsafeUserInputBuffer";
        self.retrieve_unsafe(guest, Side::Input, routine)
    }

    /// `WdfRequestRetrieveUnsafeUserOutputBuffer`.
    pub(crate) fn wdf_request_retrieve_unsafe_user_output_buffer(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let routine = "WdfRequestRetrieveUnsafeUserOutputBuffer";
        self.retrieve_unsafe(guest, Side::Output, routine)
    }

    /// Locks a part of a program's buffer, and makes a memory object of it that goes with the request.
    fn probe_and_lock(&mut self, guest: &mut Guest, for_write: bool) -> Result<Flow<A>, Failure> {
        let handle = self.owned_request(guest)?;
        let (address, length, out) = (guest.argument(2)?, guest.argument(3)?, guest.argument(4)?);
        guest.write_u64(out, 0)?;
        if length == 0 {
            return Ok(Flow::status(Status::INVALID_USER_BUFFER));
        }
        let found = &self.wdf.requests[&handle];
        if found.state != State::Unqueued {
            return Err(Failure::not_modelled(
                "a program's buffer that is locked outside of EvtIoInCallerContext",
            ));
        }
        let Buffers::Neither { input, output } = found.buffers else {
            return Ok(Flow::status(Status::ACCESS_VIOLATION));
        };
        let sides = [
            (Side::Input, input, found.input_length as u64),
            (Side::Output, output, found.output_length as u64),
        ];
        let number = found.number;
        let part = sides.into_iter().find_map(|(side, mapping, size)| {
            let offset = address.checked_sub(user_address(number, side))?;
            let fits = offset.checked_add(length)? <= size;
            fits.then_some((side, mapping + offset))
        });
        let Some((side, buffer)) = part else {
            return Ok(Flow::status(Status::ACCESS_VIOLATION));
        };
        if for_write && side == Side::Input {
            return Err(Failure::not_modelled(
                "a program's input that is locked to be written",
            ));
        }
        let memory = Memory {
            buffer,
            size: length,
            backing: Backing::Request,
        };
        let memory = self.new_memory(guest, &Attributes::default(), handle, memory)?;
        guest.write_u64(out, memory)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfRequestProbeAndLockUserBufferForRead`.
    pub(crate) fn wdf_request_probe_and_lock_user_buffer_for_read(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.probe_and_lock(guest, false)
    }

    /// `WdfRequestProbeAndLockUserBufferForWrite`.
    pub(crate) fn wdf_request_probe_and_lock_user_buffer_for_write(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.probe_and_lock(guest, true)
    }
}
