//! One video request packet, as `HwVidStartIO` is to look at it.

use core::{marker::PhantomData, slice};

use crate::{VpStatus, sys::RequestPacket};

/// A request of the display driver.
///
/// Input and output may be the same memory: so the input is borrowed while it is read, and cannot be while the
/// output is written.
///
/// # Invariants
///
/// The buffers of the packet are live, as long as the packet says, while this is.
#[derive(Debug)]
pub struct VideoRequest<'call> {
    packet: RequestPacket,
    _call: PhantomData<&'call mut [u8]>,
}

impl VideoRequest<'_> {
    /// # Safety
    ///
    /// The packet is that of this call of `HwVidStartIO`.
    pub(crate) const unsafe fn new(packet: RequestPacket) -> Self {
        Self {
            packet,
            _call: PhantomData,
        }
    }

    /// `IoControlCode`: what is asked.
    #[must_use]
    pub const fn code(&self) -> u32 {
        self.packet.code
    }

    /// The input; empty where there is no buffer.
    #[must_use]
    pub fn input(&self) -> &[u8] {
        if self.packet.input.is_null() {
            return &[];
        }
        // SAFETY: The buffer is live and as long as the packet says, by the invariant; nothing writes to it
        // while the request is the miniport's, and `output` needs `self` mutably.
        unsafe {
            slice::from_raw_parts(
                self.packet.input.cast::<u8>(),
                self.packet.input_length as usize,
            )
        }
    }

    /// The output; empty where there is no buffer.
    pub fn output(&mut self) -> &mut [u8] {
        if self.packet.output.is_null() {
            return &mut [];
        }
        // SAFETY: The buffer is live and as long as the packet says, by the invariant; nothing uses it while the
        // request is the miniport's, and `input` needs `self` too.
        unsafe {
            slice::from_raw_parts_mut(
                self.packet.output.cast::<u8>(),
                self.packet.output_length as usize,
            )
        }
    }

    /// Writes the whole answer, and says how long it is.
    ///
    /// # Errors
    ///
    /// `INSUFFICIENT_BUFFER` where the output has no room for it; nothing is written then.
    pub fn reply(&mut self, answer: &[u8]) -> Result<usize, VpStatus> {
        let place = self
            .output()
            .get_mut(..answer.len())
            .ok_or(VpStatus::INSUFFICIENT_BUFFER)?;
        place.copy_from_slice(answer);
        Ok(answer.len())
    }
}
