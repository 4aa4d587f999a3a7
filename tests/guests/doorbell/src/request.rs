//! A request that the driver owns: its buffers, and its completion.

use core::slice;

use guest::{request, status};
use wdk_sys::{NTSTATUS, WDFREQUEST};

/// A request that this driver owns. Dropping it without completing it would leak it, so every path
/// ends in [`Request::complete`] or gives the handle to the bell.
pub(crate) struct Request(WDFREQUEST);

impl Request {
    /// # Safety
    ///
    /// The driver owns `request`: it was presented to it, or taken from where the driver kept it, and
    /// has not been completed.
    pub(crate) unsafe fn new(request: WDFREQUEST) -> Self {
        Self(request)
    }

    /// The handle, which the caller now owns.
    pub(crate) fn into_handle(self) -> WDFREQUEST {
        self.0
    }

    /// The handle; ownership stays here.
    pub(crate) fn handle(&self) -> WDFREQUEST {
        self.0
    }

    /// A copy of the first `N` bytes of the input.
    pub(crate) fn input_array<const N: usize>(&self) -> Result<[u8; N], NTSTATUS> {
        let bytes = self.input(N)?;
        bytes
            .first_chunk()
            .copied()
            .ok_or(status::INVALID_PARAMETER)
    }

    /// The input. Not to be held while the output is written: they are one buffer.
    pub(crate) fn input(&self, least: usize) -> Result<&[u8], NTSTATUS> {
        // SAFETY: The driver owns the request.
        let (buffer, length) = unsafe { request::input(self.0, least) }?;
        // SAFETY: The buffer is initialised and lives until the request is completed, which takes `self`; nothing writes
        // it while this reference lives.
        Ok(unsafe { slice::from_raw_parts(buffer.cast::<u8>(), length) })
    }

    /// The output.
    pub(crate) fn output(&mut self, least: usize) -> Result<&mut [u8], NTSTATUS> {
        // SAFETY: The driver owns the request.
        let (buffer, length) = unsafe { request::output(self.0, least) }?;
        // SAFETY: As for the input; the exclusive borrow of the request makes this the only
        // reference, and a system buffer is initialised memory.
        Ok(unsafe { slice::from_raw_parts_mut(buffer.cast::<u8>(), length) })
    }

    /// Completes the request. The driver's locks must not be held.
    pub(crate) fn complete(self, outcome: Result<usize, NTSTATUS>) {
        let (outcome, information) = match outcome {
            Ok(bytes) => (status::SUCCESS, bytes as u64),
            Err(outcome) => (outcome, 0),
        };
        // SAFETY: The driver owns the request and gives it up here.
        unsafe { request::complete(self.0, outcome, information) };
    }
}
