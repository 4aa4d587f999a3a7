//! One overlapped `DeviceIoControl`, and the NTSTATUS it ended with.
//!
//! Win32 tells a caller only a Win32 error, into which several statuses may fold. The status itself
//! stands in `OVERLAPPED::Internal`, which is documented to hold "the status code for the completed
//! request" (ns-minwinbase-overlapped), and it is taken from there whenever the request completed.
//! A request that the I/O manager refuses before the driver sees it, say for its access bits,
//! leaves `Internal` at `STATUS_PENDING`: then only the Win32 error is known, and the answer is
//! every status of the contract that `RtlNtStatusToDosError` turns into that error.

use core::ptr::NonNull;
use std::time::Duration;

use dirql_ioctl::{ControlCode, Status, status};
use nt_model::{Failure, Finding, Limit};
use windows::Win32::Foundation::{
    ERROR_IO_PENDING, HANDLE, NTSTATUS, RtlNtStatusToDosError, STATUS_PENDING, WAIT_EVENT,
    WAIT_OBJECT_0, WAIT_TIMEOUT, WIN32_ERROR,
};
use windows::Win32::System::IO::{CancelIoEx, DeviceIoControl, OVERLAPPED};
use windows::Win32::System::Threading::{
    CreateEventW, INFINITE, WaitForMultipleObjects, WaitForSingleObject,
};
use windows::core::PCWSTR;

use super::cancel;
use super::file::Owned;
use crate::target::{Answer, Completion};

/// A submitted request.
///
/// # Invariants
///
/// `shared` came from `Box::into_raw`. Until `ended` is set the kernel may write to it, so that it
/// is reached through the raw pointer only, and it is freed after the event was signalled.
#[derive(Debug)]
pub(super) struct Overlapped {
    shared: NonNull<Shared>,
    event: Owned,
    /// The Win32 error of a request that never became pending.
    refused: Option<WIN32_ERROR>,
    ended: bool,
}

/// What the kernel reads and writes while the request is pending. It never moves.
struct Shared {
    overlapped: OVERLAPPED,
    input: Vec<u8>,
    output: Vec<u8>,
}

/// What a byte of the output buffer is before the request.
const UNTOUCHED: u8 = 0xA5;

impl Overlapped {
    /// Submits a request on `device`, a handle that was opened for overlapped I/O.
    pub(super) fn submit(
        device: &Owned,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
    ) -> Result<Self, Failure> {
        // SAFETY: no attributes and no name are passed (nf-synchapi-createeventw).
        let event = unsafe { CreateEventW(None, true, false, PCWSTR::null()) };
        let event = Owned::new(event.map_err(|error| os("an event cannot be made", &error))?);
        let (Ok(input_len), Ok(output_len_u32)) =
            (u32::try_from(input.len()), u32::try_from(output_len))
        else {
            return Err(Failure::new(Finding::Suite, "a buffer of more than 4 GiB"));
        };
        let mut shared = Box::new(Shared {
            overlapped: OVERLAPPED {
                hEvent: event.raw(),
                ..OVERLAPPED::default()
            },
            input: input.to_vec(),
            output: vec![UNTOUCHED; output_len],
        });
        let input = shared.input.as_ptr().cast();
        let output = shared.output.as_mut_ptr().cast();
        let shared = NonNull::from(Box::leak(shared));
        // SAFETY: `shared` points to a live `Shared`; only the field's address is formed.
        let overlapped = unsafe { &raw mut (*shared.as_ptr()).overlapped };
        // SAFETY: the two buffers and the OVERLAPPED are parts of `shared`, which stays where it is
        // until the request has ended (the type's invariant); the lengths are theirs; the handle is
        // open and was opened with FILE_FLAG_OVERLAPPED (nf-ioapiset-deviceiocontrol).
        let result = unsafe {
            DeviceIoControl(
                device.raw(),
                code.0,
                (input_len > 0).then_some(input),
                input_len,
                (output_len_u32 > 0).then_some(output),
                output_len_u32,
                None,
                Some(overlapped),
            )
        };
        let refused = result
            .err()
            .map(|error| {
                let other = WIN32_ERROR(error.code().0.cast_unsigned());
                WIN32_ERROR::from_error(&error).unwrap_or(other)
            })
            .filter(|error| *error != ERROR_IO_PENDING);
        Ok(Self {
            shared,
            event,
            ended: refused.is_some(),
            refused,
        })
    }

    /// Waits for the end of the request; says whether it has ended within `bound`. Ctrl-C ends the wait with a failure.
    pub(super) fn wait(&mut self, bound: Duration) -> Result<bool, Failure> {
        let bound = u32::try_from(bound.as_millis()).unwrap_or(INFINITE - 1);
        let Some(interrupt) = cancel::event() else {
            return self.wait_ms(bound);
        };
        if self.ended {
            return Ok(true);
        }
        let events = [self.event.raw(), interrupt];
        // SAFETY: both events are open while `self` lives (nf-synchapi-waitformultipleobjects).
        let waited = unsafe { WaitForMultipleObjects(&events, false, bound) };
        if waited.0 == WAIT_OBJECT_0.0 + 1 {
            return Err(Failure::new(
                Limit::Interrupted,
                "Ctrl-C ended the wait; pending requests are cancelled",
            ));
        }
        self.judge(waited)
    }

    fn wait_ms(&mut self, bound: u32) -> Result<bool, Failure> {
        if self.ended {
            return Ok(true);
        }
        // SAFETY: the event is open while `self` lives (nf-synchapi-waitforsingleobject).
        let waited = unsafe { WaitForSingleObject(self.event.raw(), bound) };
        self.judge(waited)
    }

    fn judge(&mut self, waited: WAIT_EVENT) -> Result<bool, Failure> {
        match waited {
            WAIT_OBJECT_0 => {
                self.ended = true;
                Ok(true)
            }
            WAIT_TIMEOUT => Ok(false),
            _ => Err(os("the wait failed", &windows::core::Error::from_thread())),
        }
    }

    /// Asks the system to cancel the request. It is no error that it has ended already.
    pub(super) fn cancel(&self, device: &Owned) {
        if !self.ended {
            // SAFETY: `shared` is live by the type's invariant; only the address is formed.
            let overlapped = unsafe { &raw const (*self.shared.as_ptr()).overlapped };
            // SAFETY: the handle is open, and the OVERLAPPED is that of a request which was
            // submitted on it (nf-ioapiset-cancelioex). ERROR_NOT_FOUND says that the request has
            // ended meanwhile; its end is waited for in any case.
            let _ = unsafe { CancelIoEx(device.raw(), Some(overlapped)) };
        }
    }

    /// How the request ended, once [`Self::wait`] has said that it did.
    pub(super) fn completion(&self) -> Completion {
        assert!(self.ended, "a pending request has no completion");
        // SAFETY: the request has ended, so that the kernel writes no more, and `shared` is live by
        // the type's invariant; nothing else refers to it.
        let shared = unsafe { self.shared.as_ref() };
        // A failed request leaves the status in the low 32 bits.
        let status = u32::try_from(shared.overlapped.Internal & 0xFFFF_FFFF).unwrap_or(u32::MAX);
        let written = status != STATUS_PENDING.0.cast_unsigned();
        let answer = match self.refused {
            Some(error) if !written => win32(error),
            _ => Answer::Exact(Status(status)),
        };
        let information = if written {
            shared.overlapped.InternalHigh
        } else {
            0
        };
        let arrived = usize::min(information, shared.output.len());
        Completion {
            answer,
            information,
            output: shared.output[..arrived].to_vec(),
        }
    }
}

impl Drop for Overlapped {
    fn drop(&mut self) {
        // The session cancels what is pending before it lets go; a driver that never completes the
        // request keeps its memory, for the kernel may still write to it.
        if matches!(self.wait_ms(LAST_WAIT_MS), Ok(true)) {
            // SAFETY: by the invariant the pointer came from `Box::into_raw` and the kernel writes
            // no more; this is the only place that frees it.
            drop(unsafe { Box::from_raw(self.shared.as_ptr()) });
        }
    }
}

/// How long the end of a cancelled request is waited for.
const LAST_WAIT_MS: u32 = 5_000;

/// Everything that the contract's statuses have in common with `error`.
fn win32(error: WIN32_ERROR) -> Answer {
    let candidates = status::ALL.iter().copied().filter(|status| {
        let status = NTSTATUS(status.0.cast_signed());
        // SAFETY: the function takes any value and has no other precondition
        // (nf-winternl-rtlntstatustodoserror).
        let code = unsafe { RtlNtStatusToDosError(status) };
        code == error.0
    });
    Answer::Win32 {
        code: error.0,
        candidates: candidates.collect(),
    }
}

fn os(what: &str, error: &windows::core::Error) -> Failure {
    Failure::new(Finding::OperatingSystem, format!("{what}: {error}"))
}

const _: () = assert!(size_of::<HANDLE>() == size_of::<usize>());
