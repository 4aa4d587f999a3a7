//! A request that the driver owns: reading its input, and completing it once.

use core::{
    ptr::{self, null_mut},
    slice,
};

use dirql::call_unsafe_wdf_function_binding;
use dirql_ioctl::Status;
use wdk_sys::{NTSTATUS, PVOID, STATUS_SUCCESS, WDFQUEUE, WDFREQUEST};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::{
    status::{check, ntstatus},
    trace,
};

/// A request that has been presented to the driver and not been completed.
///
/// # Invariants
///
/// The handle is live and the driver's own; nothing else completes or forwards it. Its buffers are
/// buffered: one block of system memory, where input and output begin at the same address.
#[must_use = "a request that is not completed never ends"]
pub(crate) struct Request(WDFREQUEST);

// SAFETY: A request is the driver's and not that of the thread it was presented in: any thread may complete
// it (nf-wdfrequest-wdfrequestcompletewithinformation).
unsafe impl Send for Request {}
// SAFETY: As above; a shared reference looks at the request, which the framework serialises.
unsafe impl Sync for Request {}

impl Request {
    /// Takes over a request.
    ///
    /// # Safety
    ///
    /// As the type's invariant says.
    pub(crate) const unsafe fn new(request: WDFREQUEST) -> Self {
        Self(request)
    }

    pub(crate) const fn as_ptr(&self) -> WDFREQUEST {
        self.0
    }

    /// A copy of the input, which the caller has found to be exactly as long as a `T`.
    ///
    /// Input and output share one block, so the input is copied out before the output is written.
    pub(crate) fn input<T: FromBytes>(&self) -> Result<T, NTSTATUS> {
        if size_of::<T>() == 0 {
            return Ok(T::new_zeroed());
        }
        let bytes = self.input_bytes(size_of::<T>())?;
        T::read_from_bytes(bytes).map_err(|_| ntstatus(Status::INVALID_BUFFER_SIZE))
    }

    /// The first bytes of the input, which the caller has found to be as long.
    #[inline(never)]
    fn input_bytes(&self, length: usize) -> Result<&[u8], NTSTATUS> {
        let mut buffer: PVOID = null_mut();
        // SAFETY: The request is the driver's own; the length of the buffer is known to the caller and
        // not asked for (nf-wdfrequest-wdfrequestretrieveinputbuffer).
        check(unsafe {
            call_unsafe_wdf_function_binding!(
                WdfRequestRetrieveInputBuffer,
                self.0,
                length,
                &raw mut buffer,
                null_mut()
            )
        })?;
        // SAFETY: The buffer has at least the size that was asked for, is valid until the request is
        // completed, which takes it, and nothing writes to it meanwhile: it is the system's copy of the sender's bytes.
        Ok(unsafe { slice::from_raw_parts(buffer.cast::<u8>(), length) })
    }

    /// Completes the request with a reply, which the output has been found to hold.
    pub(crate) fn reply<T: IntoBytes + Immutable>(self, reply: &T) {
        self.reply_bytes(reply.as_bytes());
    }

    #[inline(never)]
    fn reply_bytes(self, bytes: &[u8]) {
        match self.room(bytes.len()) {
            Ok(room) => self.reply_bytes_in(room, bytes),
            Err(status) => self.refuse(status),
        }
    }

    /// Completes the request with a reply, in the room that was taken for one as long.
    pub(crate) fn reply_in<T: IntoBytes + Immutable>(self, room: Room, reply: &T) {
        self.reply_bytes_in(room, reply.as_bytes());
    }

    #[inline(never)]
    fn reply_bytes_in(self, room: Room, bytes: &[u8]) {
        room.write(bytes);
        self.complete(STATUS_SUCCESS, bytes.len() as u64);
    }

    /// Completes the request without output.
    #[inline(never)]
    pub(crate) fn refuse(self, status: NTSTATUS) {
        trace::refused(status);
        self.complete(status, 0);
    }

    /// Whether what sent the request has cancelled it.
    pub(crate) fn is_canceled(&self) -> bool {
        // SAFETY: The request is the driver's own and not marked cancelable
        // (nf-wdfrequest-wdfrequestiscanceled).
        let canceled = unsafe { call_unsafe_wdf_function_binding!(WdfRequestIsCanceled, self.0) };
        canceled != 0
    }

    /// Hands the request to a queue, where it can be cancelled.
    ///
    /// # Errors
    ///
    /// The request, which is still the driver's own, and why the queue did not take it.
    ///
    /// # Safety
    ///
    /// `queue` is a live manual queue of the request's device.
    pub(crate) unsafe fn forward(self, queue: WDFQUEUE) -> Result<(), (Self, NTSTATUS)> {
        // SAFETY: The request is the driver's own, and the queue is live
        // (nf-wdfrequest-wdfrequestforwardtoioqueue).
        let status =
            unsafe { call_unsafe_wdf_function_binding!(WdfRequestForwardToIoQueue, self.0, queue) };
        check(status).map_err(|status| (self, status))
    }

    /// Takes the room for a reply of so many bytes, which the output has been found to hold. What is asked for changes nothing
    /// until there is room to say so.
    #[inline(never)]
    pub(crate) fn room(&self, length: usize) -> Result<Room, NTSTATUS> {
        if length == 0 {
            return Ok(Room(null_mut(), 0));
        }
        let mut buffer: PVOID = null_mut();
        // SAFETY: As for the input (nf-wdfrequest-wdfrequestretrieveoutputbuffer).
        check(unsafe {
            call_unsafe_wdf_function_binding!(
                WdfRequestRetrieveOutputBuffer,
                self.0,
                length,
                &raw mut buffer,
                null_mut()
            )
        })?;
        Ok(Room(buffer.cast(), length))
    }

    fn complete(self, status: NTSTATUS, information: u64) {
        // SAFETY: The request is the driver's own and ends here
        // (nf-wdfrequest-wdfrequestcompletewithinformation).
        unsafe {
            call_unsafe_wdf_function_binding!(
                WdfRequestCompleteWithInformation,
                self.0,
                status,
                information
            );
        }
    }
}

/// The room for a reply in the output of a request.
///
/// # Invariants
///
/// The pointer has so many bytes, valid until the request is completed, which takes both.
pub(crate) struct Room(*mut u8, usize);

impl Room {
    fn write(self, bytes: &[u8]) {
        let length = bytes.len().min(self.1);
        // SAFETY: The room has at least this many bytes and is valid, as the invariant says; the reply is the driver's and no
        // part of it.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.0, length) };
    }
}
