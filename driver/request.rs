//! A request that the driver owns: reading its input, and completing it once.

use core::{
    mem::MaybeUninit,
    ptr::{self, null_mut},
};

use dirql::call_unsafe_wdf_function_binding;
use wdk_sys::{NTSTATUS, PVOID, STATUS_SUCCESS, WDFQUEUE, WDFREQUEST};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::{status::check, trace};

/// A request that has been presented to the driver and not been completed.
///
/// # Invariants
///
/// The handle is live and the driver's own; nothing else completes or forwards it. Its buffers are
/// buffered: one block of system memory, where input and output begin at the same address. The room is null, or that
/// for the one reply that its code has.
#[must_use = "a request that is not completed never ends"]
pub(crate) struct Request {
    handle: WDFREQUEST,
    room: PVOID,
}

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
        Self {
            handle: request,
            room: null_mut(),
        }
    }

    pub(crate) const fn as_ptr(&self) -> WDFREQUEST {
        self.handle
    }

    /// A copy of the input, which the caller has found to be exactly as long as a `T`. The room for a reply, which the output has
    /// been found to hold, is taken as well: what is asked for changes nothing until there is room to say so.
    ///
    /// Input and output share one block, so the input is copied out before the output is written.
    pub(crate) fn input<T: FromBytes, R>(&mut self) -> Result<T, NTSTATUS> {
        let mut input = MaybeUninit::<T>::uninit();
        let to = input.as_mut_ptr().cast();
        // SAFETY: The value has as many bytes.
        check(unsafe { self.open(to, size_of::<T>(), size_of::<R>()) })?;
        // SAFETY: All of its bytes were written, and any bytes are a value.
        Ok(unsafe { input.assume_init() })
    }

    /// Copies so many bytes of the input, and takes the room for a reply of so many.
    ///
    /// # Safety
    ///
    /// `to` is valid for writes of so many bytes.
    #[inline(never)]
    unsafe fn open(&mut self, to: *mut u8, length: usize, room: usize) -> NTSTATUS {
        if length > 0 {
            let mut buffer: PVOID = null_mut();
            // SAFETY: The request is the driver's own; the length of the buffer is known to the caller and
            // not asked for (nf-wdfrequest-wdfrequestretrieveinputbuffer).
            let status = unsafe {
                call_unsafe_wdf_function_binding!(
                    WdfRequestRetrieveInputBuffer,
                    self.handle,
                    length,
                    &raw mut buffer,
                    null_mut()
                )
            };
            if check(status).is_err() {
                return status;
            }
            // SAFETY: The buffer has at least the size that was asked for, is valid until the request is
            // completed, and nothing writes to it meanwhile: it is the system's copy of the sender's bytes. The place is the
            // caller's.
            unsafe { ptr::copy_nonoverlapping(buffer.cast::<u8>(), to, length) };
        }
        self.take_room(room)
    }

    /// Takes the room for a reply of so many bytes, which the output has been found to hold.
    fn take_room(&mut self, length: usize) -> NTSTATUS {
        if length == 0 || !self.room.is_null() {
            return STATUS_SUCCESS;
        }
        // SAFETY: As for the input (nf-wdfrequest-wdfrequestretrieveoutputbuffer).
        unsafe {
            call_unsafe_wdf_function_binding!(
                WdfRequestRetrieveOutputBuffer,
                self.handle,
                length,
                &raw mut self.room,
                null_mut()
            )
        }
    }

    /// Completes the request with a reply, which the output has been found to hold. It is refused where the room for it was not
    /// taken before, and there is none.
    pub(crate) fn reply<T: IntoBytes + Immutable>(self, reply: &T) {
        self.reply_bytes(reply.as_bytes());
    }

    #[inline(never)]
    fn reply_bytes(mut self, bytes: &[u8]) {
        let status = self.take_room(bytes.len());
        if check(status).is_err() {
            return self.refuse(status);
        }
        // SAFETY: The room has at least this many bytes, which each taker has asked for, is valid until the request is
        // completed, and is not part of the reply, which is the driver's.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.room.cast::<u8>(), bytes.len()) };
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
        let canceled =
            unsafe { call_unsafe_wdf_function_binding!(WdfRequestIsCanceled, self.handle) };
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
        let status = unsafe {
            call_unsafe_wdf_function_binding!(WdfRequestForwardToIoQueue, self.handle, queue)
        };
        check(status).map_err(|status| (self, status))
    }

    fn complete(self, status: NTSTATUS, information: u64) {
        // SAFETY: The request is the driver's own and ends here
        // (nf-wdfrequest-wdfrequestcompletewithinformation).
        unsafe {
            call_unsafe_wdf_function_binding!(
                WdfRequestCompleteWithInformation,
                self.handle,
                status,
                information
            );
        }
    }
}
