//! From a request to a typed call: the one way in which every control code is checked.
//!
//! The order of the checks is the contract's (`dirql_ioctl`): the code, the length of the input, the
//! length of the output, the values, the state. Only then does anything change.

use dirql::{Irql, Passive};
use dirql_ioctl::Status;
use wdk_sys::NTSTATUS;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};

use crate::{device::Device, request::Request, status::ntstatus};

/// A control code as the driver serves it.
pub(crate) trait Call {
    /// What comes in; `()` for nothing.
    type Input: FromBytes;
    /// What goes out; `()` for nothing.
    type Reply: FromZeros + IntoBytes + Immutable;
    /// The input after its check.
    type Checked;

    /// Checks the values of the input; `None` is answered with `INVALID_PARAMETER`.
    fn check(input: Self::Input) -> Option<Self::Checked>;
}

/// A call that is served before its request's callback returns.
pub(crate) trait Immediate: Call {
    /// Serves the call, and writes into `reply`, which is all zero bytes.
    ///
    /// A reply has up to a kilobyte. Returned by value, it would be taken apart and put together several times.
    ///
    /// # Errors
    ///
    /// The status that the request is completed with; nothing has changed, and the reply is not sent.
    fn serve(
        checked: Self::Checked,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        reply: &mut Self::Reply,
    ) -> Result<(), NTSTATUS>;
}

/// A request, and the lengths of its buffers.
pub(crate) struct Arrived {
    pub(crate) request: Request,
    pub(crate) input_length: usize,
    pub(crate) output_length: usize,
}

impl Arrived {
    /// Checks lengths and values, and takes the room for the reply.
    pub(crate) fn check<C: Call>(&mut self) -> Result<C::Checked, NTSTATUS> {
        if self.input_length != size_of::<C::Input>() {
            return Err(ntstatus(Status::INVALID_BUFFER_SIZE));
        }
        if self.output_length < size_of::<C::Reply>() {
            return Err(ntstatus(Status::BUFFER_TOO_SMALL));
        }
        let input = self.request.input::<C::Input, C::Reply>()?;
        C::check(input).ok_or(ntstatus(Status::INVALID_PARAMETER))
    }

    /// Checks the call, serves it and completes the request.
    ///
    /// It is a function for each code: in one of all codes, a request would pay for the stack and the registers of
    /// the one that needs most.
    #[inline(never)]
    pub(crate) fn answer<C: Immediate>(mut self, device: &Device, irql: &mut Irql<'_, Passive>) {
        let mut reply = C::Reply::new_zeroed();
        let served = self
            .check::<C>()
            .and_then(|checked| C::serve(checked, device, irql, &mut reply));
        match served {
            Ok(()) => self.request.reply(&reply),
            Err(status) => self.request.refuse(status),
        }
    }
}
