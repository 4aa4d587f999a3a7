//! Handles and requests: what a program asks of the device.

use nt_model::{Failure, Rule, Status};

use crate::{
    kernel::race::Edge,
    machine::{
        Machine,
        handle::{Completion, FileId, OpenFile, RequestId, Sender},
    },
    system::Goal,
    wdf::state::request::Major,
};

impl Machine {
    /// Whether there is something to open: the driver has made an interface or a symbolic link, and the device is started.
    #[must_use]
    pub fn can_be_opened(&self) -> bool {
        self.system().wdf.device.can_be_opened()
    }

    /// Opens the device's interface.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the interface is not there: the driver made none, or is not started; or where the driver refuses
    /// to open it.
    pub fn open(&mut self, read: bool, write: bool) -> Result<FileId, Failure> {
        match self.try_open(read, write)? {
            Ok(file) => Ok(file),
            Err(status) => self.with(|_, _| {
                Err(Failure::new(
                    Rule::StartFailed,
                    format!("the driver refuses to be opened: {status}"),
                ))
            }),
        }
    }

    /// Opens the device's interface, or tells with which status the driver refuses that (`EvtDeviceFileCreate`).
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the interface is not there, or of the driver's.
    pub fn try_open(&mut self, read: bool, write: bool) -> Result<Result<FileId, Status>, Failure> {
        self.try_open_named("", read, write)
    }

    /// As [`Self::try_open`], with what stands behind the device's name in what the program opens: nothing, or a
    /// backslash and more.
    ///
    /// # Errors
    ///
    /// As for [`Self::try_open`].
    pub fn try_open_named(
        &mut self,
        name: &str,
        read: bool,
        write: bool,
    ) -> Result<Result<FileId, Status>, Failure> {
        if !self.can_be_opened() {
            return self.with(|_, _| {
                Err(Failure::new(
                    Rule::StartFailed,
                    "the device has no interface that could be opened",
                ))
            });
        }
        if self.system().wdf.device.exclusive && !self.files.is_empty() {
            return Ok(Err(Status::ACCESS_DENIED));
        }
        self.next_file += 1;
        let file = self.next_file;
        let request = self.with(|system, guest| system.framework().open_file(guest, file, name))?;
        if let Some(request) = request {
            let status = self.wait(RequestId(request))?.status;
            if !status.is_success() {
                return Ok(Err(status));
            }
        }
        self.files.insert(file, OpenFile { read, write });
        Ok(Ok(FileId(file)))
    }

    /// Closes a handle, the last of its file. The framework cancels what the file has sent and waits in queues; a
    /// request that the driver owns is the driver's, and the file is closed when the last of them is complete.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the driver's.
    pub fn close(&mut self, file: FileId) -> Result<(), Failure> {
        self.begin_close(file)?;
        self.run(Goal::Quiescence).map(drop)
    }

    /// Begins to close a handle, the last of its file. It goes on whenever the guests run.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the driver's.
    pub fn begin_close(&mut self, file: FileId) -> Result<(), Failure> {
        self.files.remove(&file.0);
        self.with(|system, guest| system.framework().begin_cleanup(guest, file.0))
    }

    /// A thread of the program begins to send by a handle. NT looks the handle up and keeps the file, and the request may
    /// reach the driver when another thread has closed the handle: [`Self::submit_late`].
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the handle is closed.
    pub fn begin_sending(&mut self, file: FileId) -> Result<Sender, Failure> {
        let open = self.open_file(file)?;
        self.with(|system, _| {
            system.framework().begin_sending(file.0);
            Ok(())
        })?;
        self.senders.push(file.0);
        Ok(Sender { file: file.0, open })
    }

    /// A thread that has begun to send does so, as [`Self::submit`] does, whether the handle is closed or not.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the simulator's own.
    #[expect(clippy::needless_pass_by_value, reason = "a thread sends once")]
    pub fn submit_late(
        &mut self,
        sender: Sender,
        code: u32,
        input: &[u8],
        output_length: usize,
    ) -> Result<RequestId, Failure> {
        let Sender { file, open } = sender;
        if let Some(at) = self.senders.iter().position(|other| *other == file) {
            self.senders.swap_remove(at);
        }
        self.with(|system, guest| {
            let mut framework = system.framework();
            framework.end_sending(file);
            if !open.may(code) {
                let refused = framework.refuse(Status::ACCESS_DENIED);
                framework.release_file(guest, file)?;
                return Ok(RequestId(refused));
            }
            let what = (Major::DeviceControl, code);
            let number = framework.submit(guest, file, what, input, output_length)?;
            Ok(RequestId(number))
        })
    }

    /// The threads that have begun to send exit without it.
    pub(super) fn forget_senders(&mut self) -> Result<(), Failure> {
        for file in core::mem::take(&mut self.senders) {
            self.with(|system, guest| {
                let mut framework = system.framework();
                framework.end_sending(file);
                framework.release_file(guest, file)
            })?;
        }
        Ok(())
    }

    /// Fails where a request that was cancelled is not complete.
    pub(super) fn expect_complete(&mut self, request: RequestId) -> Result<(), Failure> {
        self.with(|system, guest| {
            let mut all = system.wdf.requests.values();
            match all.find(|found| found.number == request.0) {
                None => Ok(()),
                Some(request) if request.is_in_callback() => Err(system
                    .kernel
                    .hang(guest, "a request of a thread that exits is not complete")),
                Some(request) => {
                    let leak = request.leak(&system.kernel);
                    system.kernel.unless_off(leak)
                }
            }
        })
    }

    /// Submits a device control request. Access bits that the handle lacks are refused by the I/O
    /// manager: that is a completion too.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the handle is closed.
    pub fn submit(
        &mut self,
        file: FileId,
        code: u32,
        input: &[u8],
        output_length: usize,
    ) -> Result<RequestId, Failure> {
        let refused = !self.open_file(file)?.may(code);
        self.with(|system, guest| {
            if refused {
                return Ok(RequestId(system.framework().refuse(Status::ACCESS_DENIED)));
            }
            let what = (Major::DeviceControl, code);
            system
                .framework()
                .submit(guest, file.0, what, input, output_length)
                .map(RequestId)
        })
    }

    /// Submits a read of `length` bytes.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the handle is closed.
    pub fn read(&mut self, file: FileId, length: usize) -> Result<RequestId, Failure> {
        let may = self.open_file(file)?.read;
        self.transfer(file, may, Major::Read, &[], length)
    }

    /// Submits a write.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the handle is closed.
    pub fn write(&mut self, file: FileId, bytes: &[u8]) -> Result<RequestId, Failure> {
        let may = self.open_file(file)?.write;
        self.transfer(file, may, Major::Write, bytes, 0)
    }

    fn transfer(
        &mut self,
        file: FileId,
        may: bool,
        major: Major,
        input: &[u8],
        output_length: usize,
    ) -> Result<RequestId, Failure> {
        self.with(|system, guest| {
            if may {
                system
                    .framework()
                    .submit(guest, file.0, (major, 0), input, output_length)
            } else {
                Ok(system.framework().refuse(Status::ACCESS_DENIED))
            }
        })
        .map(RequestId)
    }

    fn open_file(&mut self, file: FileId) -> Result<OpenFile, Failure> {
        match self.files.get(&file.0).copied() {
            Some(open) => Ok(open),
            None => self.with(|_, _| {
                Err(Failure::new(
                    Rule::BadHandle,
                    "a request was submitted to a closed handle",
                ))
            }),
        }
    }

    fn take_completed(&mut self, request: RequestId) -> Result<Option<Completion>, Failure> {
        // To take what is there changes nothing for the guests.
        let at_rest = self.at_rest;
        let taken = self.with(|system, _| {
            let done = system.wdf.completed.remove(&request.0);
            if done.is_some() {
                system.kernel.host_acquires(Edge::Completion(request.0));
            }
            Ok(done.map(|done| Completion {
                status: done.status,
                information: done.information as usize,
                output: done.output,
            }))
        });
        self.at_rest = at_rest;
        taken
    }

    /// Runs the guests until the request is complete.
    ///
    /// # Errors
    ///
    /// A [`Failure`]; rule `hang` where nothing can go on and the request is not complete.
    pub fn wait(&mut self, request: RequestId) -> Result<Completion, Failure> {
        if !self.system().wdf.is_complete(request.0) {
            self.run(Goal::Request(request.0))?;
        }
        match self.take_completed(request)? {
            Some(completion) => Ok(completion),
            None => Err(self.hang("the request that is waited for is not complete")),
        }
    }

    /// Runs the guests until nothing can go on, and looks whether the request is complete.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the driver's.
    pub fn poll(&mut self, request: RequestId) -> Result<Option<Completion>, Failure> {
        if !self.at_rest {
            self.run(Goal::Quiescence)?;
        }
        self.take_completed(request)
    }

    /// Puts into a failure where the driver completed the request, as far as it is known; none where the system did.
    #[must_use]
    pub fn completed_at(&self, request: RequestId, failure: Failure) -> Failure {
        let system = self.system();
        let mut ended = system.wdf.ended_requests.iter();
        match ended.find(|(_, number)| **number == request.0) {
            Some((handle, _)) => system.kernel.blame(failure, *handle),
            None => failure,
        }
    }

    /// Runs the guests for `instructions` instructions of the driver, or until nothing can go on,
    /// whichever is first: what the host does next then meets the driver in the middle of its work.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the driver's.
    pub fn advance(&mut self, instructions: u32) -> Result<(), Failure> {
        self.run(Goal::Instructions(instructions.into())).map(drop)
    }

    /// Asks for a request to be cancelled; [`Self::wait`] then says how it ended.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the driver's.
    pub fn cancel(&mut self, request: RequestId) -> Result<(), Failure> {
        self.with(|system, guest| system.framework().cancel_request(guest, request.0))
    }
}
