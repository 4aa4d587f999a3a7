//! What the host holds of a machine: handles, requests, threads and orders, by number.

use std::collections::BTreeMap;

use nt_model::Status;

/// The access bits of a control code.
const READ_ACCESS: u32 = 1 << 14;
const WRITE_ACCESS: u32 = 2 << 14;

/// An open handle of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(pub(super) u32);

/// A submitted request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub(super) u32);

impl RequestId {
    pub(super) const fn of(number: u32) -> Self {
        Self(number)
    }
}

/// A thread of the program that has begun to send by a handle, and sends once.
#[must_use = "NT keeps the file until the request is sent"]
#[derive(Debug, PartialEq, Eq)]
pub struct Sender {
    pub(super) file: u32,
    pub(super) open: OpenFile,
}

/// How a request was completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The NTSTATUS.
    pub status: Status,
    /// The number of bytes that the driver says it returned.
    pub information: usize,
    /// Those bytes.
    pub output: Vec<u8>,
}

/// What a handle was opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenFile {
    pub(super) read: bool,
    pub(super) write: bool,
}

impl OpenFile {
    /// Whether it allows what a control code asks for.
    pub(super) const fn may(self, code: u32) -> bool {
        (code & READ_ACCESS == 0 || self.read) && (code & WRITE_ACCESS == 0 || self.write)
    }
}

/// A thread of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientThread(pub(super) u32);

/// Which requests the program's threads have sent. What is sent without a thread is of one that lives
/// as long as the machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Clients {
    pub(super) threads: u32,
    pub(super) requests: BTreeMap<RequestId, ClientThread>,
}

/// An order that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderId(pub(super) u64);
