//! Requests: whose each is, and what it asks for.

use nt_model::{Failure, Rule, Status};

use crate::kernel::Kernel;

/// Whose a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// On its way to the queue.
    New,
    /// It waits in a queue.
    Queued(u64),
    /// The driver owns it, or a callback is about to hand it over.
    Owned(u64),
    /// The driver owns it, and had it from no queue.
    Unqueued,
}

/// What a request asks for, by `WDF_REQUEST_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Major {
    Create,
    Read,
    Write,
    DeviceControl,
}

impl Major {
    /// The `WDF_REQUEST_TYPE` of such a request.
    pub(in crate::wdf) const fn request_type(self) -> u32 {
        match self {
            Self::Create => 0,
            Self::Read => 3,
            Self::Write => 4,
            Self::DeviceControl => 0xE,
        }
    }

    /// The major function that a `WDF_REQUEST_TYPE` stands for.
    pub(crate) const fn from_request_type(value: u32) -> Option<Self> {
        match value {
            0 => Some(Self::Create),
            3 => Some(Self::Read),
            4 => Some(Self::Write),
            0xE => Some(Self::DeviceControl),
            _ => None,
        }
    }
}

/// A request that is not complete.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a mark of its own, of the I/O manager's or of the framework's"
)]
pub(crate) struct Request {
    /// The host's number.
    pub(crate) number: u32,
    pub(crate) file: u32,
    pub(crate) major: Major,
    /// The control code, of a device control request.
    pub(crate) code: u32,
    pub(crate) input_length: usize,
    pub(crate) output_length: usize,
    /// What the driver may retrieve as the input and as the output.
    pub(in crate::wdf) buffers: Buffers,
    pub(crate) state: State,
    /// The I/O manager has been asked to cancel it (`Irp->Cancel`).
    pub(crate) canceled: bool,
    /// The framework counts it as cancelled (`m_Canceled`).
    pub(in crate::wdf) marked_canceled: bool,
    pub(crate) cancelable: Cancelable,
    pub(in crate::wdf) information: u64,
    /// The driver has seen it before (`m_Presented`).
    pub(in crate::wdf) presented: bool,
    /// The callback that got it, 0 where none did.
    pub(in crate::wdf) callback: u64,
    /// That callback has not returned.
    pub(in crate::wdf) in_callback: bool,
    /// `EvtIoStop` for it has not returned.
    pub(in crate::wdf) in_stop: bool,
    /// The driver has acknowledged that it has stopped work on it.
    pub(in crate::wdf) stop_acknowledged: Option<StopAcknowledged>,
}

impl Request {
    /// Whether the callback that got the request has not returned.
    pub(crate) const fn is_in_callback(&self) -> bool {
        self.in_callback
    }
}

/// How a driver acknowledges `EvtIoStop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wdf) enum StopAcknowledged {
    /// It keeps the request.
    Kept,
    /// The request goes back into its queue.
    WithRequeue,
}

/// A complete request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Completed {
    pub(crate) status: Status,
    pub(crate) information: u64,
    pub(crate) output: Vec<u8>,
}

impl Request {
    /// The report of a request that the driver keeps for ever.
    pub(crate) fn leak<A>(&self, kernel: &Kernel<A>) -> Failure {
        let what = format!(
            "request {} (code {:#010x}) was presented to the driver and never completed",
            self.number, self.code
        );
        let callback = Some(self.callback).filter(|callback| *callback != 0);
        Failure::new(Rule::RequestLeak, what).at(callback.and_then(|at| kernel.locate_function(at)))
    }
}

/// How a request transfers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Method {
    /// By copies of the I/O manager's.
    #[default]
    Buffered,
    /// Data in the program's pages, locked.
    Direct,
    /// The driver has the program's addresses.
    Neither,
}

impl Method {
    /// That of a control code.
    pub(in crate::wdf) const fn of_code(code: u32) -> Self {
        match code & 3 {
            0 => Self::Buffered,
            3 => Self::Neither,
            _ => Self::Direct,
        }
    }

    /// That of reads and writes, by `WDF_DEVICE_IO_TYPE`.
    pub(in crate::wdf) const fn of_io_type(value: u32) -> Option<Self> {
        match value {
            1 => Some(Self::Neither),
            2 => Some(Self::Buffered),
            3 => Some(Self::Direct),
            _ => None,
        }
    }
}

/// A request's buffers, by the transfer method of its control code; 0 where a length is 0.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Buffers {
    /// `METHOD_BUFFERED`: one system buffer for both.
    Shared(u64),
    /// `METHOD_IN_DIRECT` and `METHOD_OUT_DIRECT`: a system buffer for the input, and the caller's
    /// locked pages for the output.
    Direct { input: u64, output: u64 },
    /// `METHOD_NEITHER`: user addresses, which the retrieve functions refuse to give. What they lead to lies here.
    Neither { input: u64, output: u64 },
}

impl Buffers {
    pub(in crate::wdf) const fn input(self) -> Option<u64> {
        match self {
            Self::Shared(buffer) | Self::Direct { input: buffer, .. } => Some(buffer),
            Self::Neither { .. } => None,
        }
    }

    pub(in crate::wdf) const fn output(self) -> Option<u64> {
        match self {
            Self::Shared(buffer) | Self::Direct { output: buffer, .. } => Some(buffer),
            Self::Neither { .. } => None,
        }
    }

    /// What the program has in its output when the request is complete.
    pub(in crate::wdf) const fn result(self) -> u64 {
        match self {
            Self::Shared(buffer)
            | Self::Direct { output: buffer, .. }
            | Self::Neither { output: buffer, .. } => buffer,
        }
    }

    /// Every allocation.
    pub(in crate::wdf) fn all(self) -> impl Iterator<Item = u64> {
        let (first, second) = match self {
            Self::Shared(buffer) => (buffer, 0),
            Self::Direct { input, output } | Self::Neither { input, output } => (input, output),
        };
        [first, second].into_iter().filter(|buffer| *buffer != 0)
    }
}

/// Whether a request can be cancelled while the driver owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancelable {
    /// Not marked.
    No,
    /// Marked, with this callback.
    Marked(u64),
    /// The callback runs or will run: it completes the request.
    Taken(u64),
}
