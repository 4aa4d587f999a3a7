//! What a request says of itself.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        memory::Side,
        state::{
            frame::WdfFrame,
            object::Kind,
            request::{Buffers, Major},
        },
        user_buffer::user_address,
    },
};

/// `WDF_REQUEST_PARAMETERS` (wdfrequest.h, x64).
mod field {
    pub(super) const SIZE: u16 = 40;
    pub(super) const MINOR_FUNCTION: u64 = 2;
    pub(super) const TYPE: u64 = 4;
    pub(super) const PARAMETERS: u64 = 8;
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfRequestGetParameters`.
    pub(crate) fn wdf_request_get_parameters(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Request)?;
        let out = guest.argument(2)?;
        let size = guest.read_u16(out)?;
        if size != field::SIZE {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "WDF_REQUEST_PARAMETERS has the size {size}, not {}",
                    field::SIZE
                ),
            ));
        }
        let request = &self.wdf.requests[&handle];
        let (input, output) = (request.input_length as u64, request.output_length as u64);
        // Each in a slot of eight bytes; what is not asked for is zero.
        let parameters = match request.major {
            Major::Create => [0; 4],
            Major::Read => [output, 0, 0, 0],
            Major::Write => [input, 0, 0, 0],
            Major::DeviceControl => {
                let address = match request.buffers {
                    Buffers::Neither { input, .. } if input != 0 => {
                        user_address(request.number, Side::Input)
                    }
                    _ => 0,
                };
                [output, input, request.code.into(), address]
            }
        };
        let kind = request.major.request_type();
        guest.write_u8(out + field::MINOR_FUNCTION, 0)?;
        guest.write_u32(out + field::TYPE, kind)?;
        for (place, value) in (0..).zip(parameters) {
            guest.write_u64(out + field::PARAMETERS + 8 * place, value)?;
        }
        Ok(Flow::Return(0))
    }

    /// `WdfRequestGetInformation`.
    pub(crate) fn wdf_request_get_information(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Request)?;
        Ok(Flow::Return(self.wdf.requests[&handle].information))
    }

    /// `WdfRequestGetRequestorMode`: every request here is a program's.
    pub(crate) fn wdf_request_get_requestor_mode(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        const USER_MODE: u64 = 1;
        self.wdf_handle(guest, 1, Kind::Request)?;
        Ok(Flow::Return(USER_MODE))
    }
}
