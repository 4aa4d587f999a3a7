//! A session with a booted machine, until the driver is unloaded.

use std::time::Duration;

use dirql_ioctl::ControlCode;
use nt_model::{Failure, Finding};
use ntsim::{FileId, RequestId};

use super::recorder::Booted;
use crate::target::{Answer, Completion, Handle, OpenAccess, Session, Simulated, Ticket};

impl From<ntsim::Completion> for Completion {
    fn from(completion: ntsim::Completion) -> Self {
        let mut output = completion.output;
        output.truncate(completion.information);
        Self {
            answer: Answer::Exact(completion.status),
            information: completion.information,
            output,
        }
    }
}

/// A booted machine. Handles and tickets are indices; what is spent is `None`.
pub(super) struct SimSession {
    pub(super) machine: Booted,
    files: Vec<Option<FileId>>,
    requests: Vec<Option<RequestId>>,
    /// All that were ever submitted, by their tickets.
    pub(super) submitted: Vec<RequestId>,
}

impl SimSession {
    /// A session with a machine whose driver has started.
    pub(super) fn new(machine: Booted) -> Self {
        Self {
            machine,
            files: Vec::new(),
            requests: Vec::new(),
            submitted: Vec::new(),
        }
    }

    pub(super) fn file(&self, handle: Handle) -> Result<FileId, Failure> {
        self.files
            .get(handle.0)
            .copied()
            .flatten()
            .ok_or_else(|| misuse("a handle was used that is not open"))
    }

    /// Gives a request its ticket.
    pub(super) fn keep(&mut self, request: RequestId) -> Ticket {
        self.requests.push(Some(request));
        self.submitted.push(request);
        Ticket(self.requests.len() - 1)
    }

    /// Closes what is open, removes the device, unloads the driver, and checks that nothing of it is left.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        for file in core::mem::take(&mut self.files).into_iter().flatten() {
            self.machine.close(file)?;
        }
        self.machine.unload().map(drop)
    }

    fn request(&self, ticket: Ticket) -> Result<RequestId, Failure> {
        self.requests
            .get(ticket.0)
            .copied()
            .flatten()
            .ok_or_else(|| misuse("a request was used after its completion was taken"))
    }
}

/// The suite, not the driver, is wrong.
pub(super) fn misuse(message: &str) -> Failure {
    Failure::new(Finding::Suite, message)
}

impl Session for SimSession {
    fn open(&mut self, access: OpenAccess) -> Result<Handle, Failure> {
        let file = self.machine.open(access.read, access.write)?;
        self.files.push(Some(file));
        Ok(Handle(self.files.len() - 1))
    }

    fn close(&mut self, handle: Handle) -> Result<(), Failure> {
        let file = self.file(handle)?;
        self.files[handle.0] = None;
        self.machine.close(file)
    }

    fn submit(
        &mut self,
        handle: Handle,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
    ) -> Result<Ticket, Failure> {
        let file = self.file(handle)?;
        let request = self.machine.submit(file, code.0, input, output_len)?;
        Ok(self.keep(request))
    }

    fn wait(&mut self, ticket: Ticket, _bound: Duration) -> Result<Completion, Failure> {
        let request = self.request(ticket)?;
        self.requests[ticket.0] = None;
        Ok(self.machine.wait(request)?.into())
    }

    fn poll(&mut self, ticket: Ticket) -> Result<Option<Completion>, Failure> {
        let request = self.request(ticket)?;
        let completion = self.machine.poll(request)?.map(Completion::from);
        if completion.is_some() {
            self.requests[ticket.0] = None;
        }
        Ok(completion)
    }

    fn advance(&mut self, instructions: u32) -> Result<(), Failure> {
        self.machine.advance(instructions)
    }

    fn cancel(&mut self, ticket: Ticket) -> Result<(), Failure> {
        let request = self.request(ticket)?;
        self.machine.cancel(request)
    }

    fn simulated(&mut self) -> Option<&mut dyn Simulated> {
        Some(self)
    }

    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        self.end()?;
        self.machine.recycle();
        Ok(())
    }
}
