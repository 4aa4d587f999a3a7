//! A session with a booted machine, until the driver is unloaded.

use std::time::Duration;

use dirql_ioctl::{ControlCode, Status};
use ntsim::{FileId, Machine, RequestId};

use crate::target::{
    Answer, Completion, Fault, Handle, Life, OpenAccess, Platform, Session, Simulated, Ticket,
};

impl From<ntsim::Failure> for Fault {
    fn from(failure: ntsim::Failure) -> Self {
        Self {
            rule: failure.rule.to_owned(),
            message: failure.message,
            location: failure.location,
            backtrace: failure.backtrace,
        }
    }
}

impl From<ntsim::Completion> for Completion {
    fn from(completion: ntsim::Completion) -> Self {
        let mut output = completion.output;
        output.truncate(completion.information);
        Self {
            answer: Answer::Exact(Status(completion.status)),
            information: completion.information,
            output,
        }
    }
}

/// A booted machine. Handles and tickets are indices; what is spent is `None`.
pub(in crate::target) struct SimSession {
    pub(in crate::target) machine: Machine,
    files: Vec<Option<FileId>>,
    requests: Vec<Option<RequestId>>,
}

impl SimSession {
    /// A session with a machine whose driver has started.
    pub(super) fn new(machine: Machine) -> Self {
        Self {
            machine,
            files: Vec::new(),
            requests: Vec::new(),
        }
    }

    fn file(&self, handle: Handle) -> Result<FileId, Fault> {
        self.files
            .get(handle.0)
            .copied()
            .flatten()
            .ok_or_else(|| misuse("a handle was used that is not open"))
    }

    fn request(&self, ticket: Ticket) -> Result<RequestId, Fault> {
        self.requests
            .get(ticket.0)
            .copied()
            .flatten()
            .ok_or_else(|| misuse("a request was used after its completion was taken"))
    }
}

/// The suite, not the driver, is wrong.
pub(super) fn misuse(message: &str) -> Fault {
    Fault::new("suite", message)
}

impl Session for SimSession {
    fn open(&mut self, access: OpenAccess) -> Result<Handle, Fault> {
        let file = self.machine.open(access.read, access.write)?;
        self.files.push(Some(file));
        Ok(Handle(self.files.len() - 1))
    }

    fn close(&mut self, handle: Handle) -> Result<(), Fault> {
        let file = self.file(handle)?;
        self.files[handle.0] = None;
        Ok(self.machine.close(file)?)
    }

    fn submit(
        &mut self,
        handle: Handle,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
    ) -> Result<Ticket, Fault> {
        let file = self.file(handle)?;
        let request = self.machine.submit(file, code.0, input, output_len)?;
        self.requests.push(Some(request));
        Ok(Ticket(self.requests.len() - 1))
    }

    fn wait(&mut self, ticket: Ticket, _bound: Duration) -> Result<Completion, Fault> {
        let request = self.request(ticket)?;
        self.requests[ticket.0] = None;
        Ok(self.machine.wait(request)?.into())
    }

    fn poll(&mut self, ticket: Ticket) -> Result<Option<Completion>, Fault> {
        let request = self.request(ticket)?;
        let completion = self.machine.poll(request)?.map(Completion::from);
        if completion.is_some() {
            self.requests[ticket.0] = None;
        }
        Ok(completion)
    }

    fn platform(&mut self) -> Option<&mut dyn Platform> {
        Some(self)
    }

    fn advance(&mut self, instructions: u32) -> Result<(), Fault> {
        Ok(self.machine.advance(instructions)?)
    }

    fn cancel(&mut self, ticket: Ticket) -> Result<(), Fault> {
        let request = self.request(ticket)?;
        Ok(self.machine.cancel(request)?)
    }

    fn simulated(&mut self) -> Option<&mut dyn Simulated> {
        Some(self)
    }

    fn life(&mut self) -> Option<&mut dyn Life> {
        Some(self)
    }

    fn finish(mut self: Box<Self>) -> Result<(), Fault> {
        for file in core::mem::take(&mut self.files).into_iter().flatten() {
            self.machine.close(file)?;
        }
        self.machine.remove()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_rule_keeps_its_place_and_its_calls() {
        let calls = ["driver!service+0x12 (driver/isr.rs:12)", "driver!entry+0x4"];
        let fault = Fault::from(ntsim::Failure {
            rule: "bad-access",
            message: "the driver read 8 bytes".to_owned(),
            location: Some("driver/isr.rs:12".to_owned()),
            backtrace: calls.map(str::to_owned).into(),
            token: "1-r-2-l-0000000000000001".to_owned(),
        });
        assert_eq!(fault.rule, "bad-access");
        assert_eq!(fault.location.as_deref(), Some("driver/isr.rs:12"));
        assert_eq!(fault.backtrace, calls);
    }
}
