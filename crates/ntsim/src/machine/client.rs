//! The threads of the program that has the device open: when one exits, NT cancels what it sent.

use nt_model::Failure;

use crate::{
    machine::{
        Machine,
        handle::{ClientThread, FileId, RequestId},
    },
    system::Goal,
};

impl Machine {
    /// Begins a thread of the program.
    pub fn begin_thread(&mut self) -> ClientThread {
        self.clients.threads += 1;
        ClientThread(self.clients.threads)
    }

    /// As [`Self::submit`], by a thread.
    ///
    /// # Errors
    ///
    /// As for [`Self::submit`].
    pub fn submit_by(
        &mut self,
        thread: ClientThread,
        file: FileId,
        code: u32,
        input: &[u8],
        output_length: usize,
    ) -> Result<RequestId, Failure> {
        let request = self.submit(file, code, input, output_length)?;
        self.clients.requests.insert(request, thread);
        Ok(request)
    }

    /// Ends a thread: its requests are cancelled, and NT waits until they are complete. The handles
    /// stay open.
    ///
    /// # Errors
    ///
    /// As for [`Self::close`].
    pub fn exit_thread(&mut self, thread: ClientThread) -> Result<(), Failure> {
        let sent = &self.clients.requests;
        let own: Vec<RequestId> = sent
            .iter()
            .filter(|(_, owner)| **owner == thread)
            .map(|(request, _)| *request)
            .collect();
        for request in &own {
            self.clients.requests.remove(request);
        }
        self.cancel_and_await(own)
    }

    /// Ends the program, and with it every thread.
    pub(super) fn exit_program(&mut self) -> Result<(), Failure> {
        self.clients.requests.clear();
        let requests = self.system().wdf.requests.values();
        let all = requests
            .map(|request| RequestId::of(request.number))
            .collect();
        self.cancel_and_await(all)
    }

    fn cancel_and_await(&mut self, requests: Vec<RequestId>) -> Result<(), Failure> {
        for request in &requests {
            self.cancel(*request)?;
        }
        if requests.is_empty() {
            return Ok(());
        }
        self.run(Goal::Quiescence)?;
        requests
            .into_iter()
            .try_for_each(|request| self.expect_complete(request))
    }
}
