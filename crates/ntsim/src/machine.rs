//! A machine: the host's side of the simulator.
//!
//! The host starts the device, opens it, submits requests and lets the guests run until something
//! happens. Nothing runs in between, so a host that asks for the same things gets the same run.

use std::{fmt, sync::Arc};

use unicorn_engine::{Arch, HookType, Mode, Prot, RegisterX86, TlbType, Unicorn};

use crate::{
    config::{Config, InterruptResource},
    device::{InterruptDelivery, PciDevice},
    events::EventLog,
    failure::{Failure, rule},
    guest::{Guest, Slot, emulator},
    image::Image,
    layout,
    sim::{Goal, Sim, Stop},
    step,
    wdf::Major,
};

/// An open handle of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(u32);

/// A submitted request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(u32);

/// How a request was completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The NTSTATUS.
    pub status: u32,
    /// The number of bytes that the driver says it returned.
    pub information: usize,
    /// Those bytes.
    pub output: Vec<u8>,
}

/// What a run that ended well amounted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Instructions of the driver that were executed.
    pub instructions: u64,
    /// Events in the log, and the digest over them.
    pub events: u64,
    /// The digest over all events.
    pub digest: u64,
    /// Requests that were submitted.
    pub requests: u32,
}

/// Why a machine could not be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The image imports routines that the simulator does not have, `module!name` each.
    MissingImports(Vec<String>),
    /// The configuration asks for something impossible.
    Config(String),
    /// The processor emulator failed.
    Emulator(String),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingImports(names) => {
                write!(
                    f,
                    "the image imports what the simulator does not have: {}",
                    names.join(", ")
                )
            }
            Self::Config(what) => write!(f, "the machine cannot be configured so: {what}"),
            Self::Emulator(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for SetupError {}

#[derive(Clone, Copy, Debug)]
struct OpenFile {
    read: bool,
    write: bool,
}

/// A simulated machine with one driver and one device.
pub struct Machine {
    uc: Unicorn<'static, Slot>,
    files: std::collections::BTreeMap<u32, OpenFile>,
    next_file: u32,
    config: Config,
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// The access bits of a control code.
const READ_ACCESS: u32 = 1 << 14;
const WRITE_ACCESS: u32 = 2 << 14;
/// `MXCSR` as NT gives it to a kernel thread.
const MXCSR: u64 = 0x1F80;

impl Machine {
    /// Sets up a machine with the driver's image loaded and nothing run yet.
    ///
    /// # Errors
    ///
    /// [`SetupError`], which names every import that is missing.
    pub fn new(
        config: Config,
        image: &Image,
        mut device: Box<dyn PciDevice>,
    ) -> Result<Self, SetupError> {
        if config.cpus == 0 || config.cpus > crate::config::CPUS_MAX {
            return Err(SetupError::Config(format!(
                "{} processors; 1 to {} are possible",
                config.cpus,
                crate::config::CPUS_MAX
            )));
        }
        device.enable_interrupts(match config.interrupt {
            InterruptResource::Line => InterruptDelivery::Line,
            InterruptResource::Message => InterruptDelivery::Message,
        });
        let mut sim = Box::new(Sim::new(config.clone(), Arc::new(image.clone()), device));
        let mut uc = Unicorn::new_with_data(Arch::X86, Mode::MODE_64, Slot::default())
            .map_err(|error| SetupError::Emulator(emulator(error).message))?;
        Self::set_up(&mut uc, &mut sim, image)?;
        uc.get_data_mut().sim = Some(sim);
        Ok(Self {
            uc,
            files: std::collections::BTreeMap::new(),
            next_file: 0,
            config,
        })
    }

    fn set_up(
        uc: &mut Unicorn<'static, Slot>,
        sim: &mut Sim,
        image: &Image,
    ) -> Result<(), SetupError> {
        let failed = |failure: Failure| SetupError::Emulator(failure.message);
        let refused = |error| SetupError::Emulator(emulator(error).message);
        uc.ctl_set_tlb_type(TlbType::VIRTUAL).map_err(refused)?;
        let mut guest = Guest(uc);
        sim.map_system(&mut guest).map_err(failed)?;
        Self::map_image(&mut guest, sim, image)?;
        guest.set_reg(RegisterX86::MXCSR, MXCSR);
        sim.pristine = Some(guest.0.context_init().map_err(refused)?);
        uc.add_code_hook(1, 0, |uc, pc, _| step::on_instruction(uc, pc))
            .map_err(refused)?;
        uc.add_mem_hook(HookType::MEM_INVALID, 1, 0, |uc, kind, address, size, _| {
            step::on_bad_access(uc, kind, address, size)
        })
        .map_err(refused)?;
        Ok(())
    }

    fn map_image(guest: &mut Guest, sim: &mut Sim, image: &Image) -> Result<(), SetupError> {
        let failed = |failure: Failure| SetupError::Emulator(failure.message);
        let mut memory = image.relocated(layout::IMAGE_BASE);
        let mut missing = Vec::new();
        for import in image.imports() {
            match sim.export_address(&import.module, &import.name) {
                Some(address) => {
                    let at = import.iat_rva as usize;
                    memory[at..at + 8].copy_from_slice(&address.to_le_bytes());
                }
                None => missing.push(format!("{}!{}", import.module, import.name)),
            }
        }
        if !missing.is_empty() {
            return Err(SetupError::MissingImports(missing));
        }
        for section in image.sections() {
            let mut protection = Prot::NONE;
            for (on, bit) in [
                (section.protection.read, Prot::READ),
                (section.protection.write, Prot::WRITE),
                (section.protection.execute, Prot::EXEC),
            ] {
                if on {
                    protection |= bit;
                }
            }
            let base = layout::IMAGE_BASE + u64::from(section.rva);
            guest
                .map(base, u64::from(section.mapped_size()), protection)
                .map_err(failed)?;
            let from = section.rva as usize;
            let to = (from + section.mapped_size() as usize).min(memory.len());
            guest.write(base, &memory[from..to]).map_err(failed)?;
        }
        Ok(())
    }

    /// The kernel's state.
    ///
    /// # Panics
    ///
    /// Never: between two runs the state is where the machine left it.
    fn sim(&self) -> &Sim {
        self.uc
            .get_data()
            .sim
            .as_deref()
            .expect("the state is in its slot between runs")
    }

    /// Lets `body` work on the state.
    fn with<R>(
        &mut self,
        body: impl FnOnce(&mut Sim, &mut Guest) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let mut sim = self
            .uc
            .get_data_mut()
            .sim
            .take()
            .expect("the state is in its slot between runs");
        let mut guest = Guest(&mut self.uc);
        let result =
            body(&mut sim, &mut guest).map_err(|failure| sim.complete_report(&guest, failure));
        self.uc.get_data_mut().sim = Some(sim);
        result
    }

    /// Runs the guests until `goal` or until nothing can go on.
    fn run(&mut self, goal: Goal) -> Result<Stop, Failure> {
        self.with(|sim, guest| {
            sim.goal = goal;
            sim.stop = None;
            sim.instructions_of_run = 0;
            sim.drive(guest, crate::activation::Flow::Continue)
        })?;
        if self.sim().stop.is_none() {
            let pc = Guest(&mut self.uc).reg(RegisterX86::RIP);
            let result = self.uc.emu_start(pc, 0, 0, 0);
            if let (Err(error), None) = (result, &self.sim().stop) {
                return self.with(|_, _| Err(emulator(error)));
            }
        }
        let stop = self.with(|sim, _| Ok(sim.stop.take()))?;
        match stop {
            Some(Stop::Failed(failure)) if failure.token.is_empty() => {
                let failure = *failure;
                self.with(|_, _| Err(failure))
            }
            Some(Stop::Failed(failure)) => Err(*failure),
            Some(stop) => Ok(stop),
            None => self.with(|_, _| {
                Err(Failure::new(
                    rule::EMULATOR,
                    "the processor emulator stopped without a reason",
                ))
            }),
        }
    }

    fn hang(&mut self, what: &str) -> Failure {
        self.with::<()>(|sim, guest| Err(sim.hang(guest, what)))
            .expect_err("the body fails")
    }

    /// Loads the driver and starts its device, up to D0.
    ///
    /// # Errors
    ///
    /// A [`Failure`]; afterwards the machine is of no more use.
    pub fn start(&mut self) -> Result<(), Failure> {
        self.with(super::sim::Sim::begin_start)?;
        self.transition("the device does not start")
    }

    fn transition(&mut self, what: &str) -> Result<(), Failure> {
        match self.run(Goal::Transition)? {
            Stop::Reached => Ok(()),
            _ => Err(self.hang(what)),
        }
    }

    /// Opens the device's interface.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the interface is not there: the driver made none, or is not started.
    pub fn open(&mut self, read: bool, write: bool) -> Result<FileId, Failure> {
        if self.sim().wdf.device.interface.is_none() || !self.sim().wdf.device.interface_enabled {
            return self.with(|_, _| {
                Err(Failure::new(
                    rule::START_FAILED,
                    "the device has no interface that could be opened",
                ))
            });
        }
        self.next_file += 1;
        self.files.insert(self.next_file, OpenFile { read, write });
        Ok(FileId(self.next_file))
    }

    /// Closes a handle: its requests are cancelled, as NT does.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the driver's while it gives them back; if it does not, rule `hang` where the
    /// callback that got the request has not returned, rule `request-leak` where it has.
    pub fn close(&mut self, file: FileId) -> Result<(), Failure> {
        self.files.remove(&file.0);
        self.with(|sim, guest| {
            let numbers: Vec<u32> = sim
                .wdf
                .requests
                .values()
                .filter(|request| request.file == file.0)
                .map(|request| request.number)
                .collect();
            numbers
                .into_iter()
                .try_for_each(|number| sim.cancel_request(guest, number))
        })?;
        self.run(Goal::Quiescence)?;
        self.with(|sim, guest| match sim.unfinished_request(file.0) {
            None => Ok(()),
            Some(request) if sim.is_in_callback(request) => {
                Err(sim.hang(guest, "a request of a closed handle is not complete"))
            }
            Some(request) => Err(sim.request_leak(request)),
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
        let open = self.open_file(file)?;
        let refused =
            (code & READ_ACCESS != 0 && !open.read) || (code & WRITE_ACCESS != 0 && !open.write);
        self.with(|sim, guest| {
            if refused {
                return Ok(RequestId(
                    sim.refuse(crate::kernel::status::ACCESS_DENIED as u32),
                ));
            }
            let what = (Major::DeviceControl, code);
            sim.submit(guest, file.0, what, input, output_length)
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
        self.with(|sim, guest| {
            if may {
                sim.submit(guest, file.0, (major, 0), input, output_length)
            } else {
                Ok(sim.refuse(crate::kernel::status::ACCESS_DENIED as u32))
            }
        })
        .map(RequestId)
    }

    fn open_file(&mut self, file: FileId) -> Result<OpenFile, Failure> {
        match self.files.get(&file.0).copied() {
            Some(open) => Ok(open),
            None => self.with(|_, _| {
                Err(Failure::new(
                    rule::BAD_HANDLE,
                    "a request was submitted to a closed handle",
                ))
            }),
        }
    }

    fn take_completed(&mut self, request: RequestId) -> Result<Option<Completion>, Failure> {
        self.with(|sim, _| {
            Ok(sim.wdf.completed.remove(&request.0).map(|done| Completion {
                status: done.status,
                information: done.information as usize,
                output: done.output,
            }))
        })
    }

    /// Runs the guests until the request is complete.
    ///
    /// # Errors
    ///
    /// A [`Failure`]; rule `hang` where nothing can go on and the request is not complete.
    pub fn wait(&mut self, request: RequestId) -> Result<Completion, Failure> {
        if !self.sim().wdf.is_complete(request.0) {
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
        self.run(Goal::Quiescence)?;
        self.take_completed(request)
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
        self.with(|sim, guest| sim.cancel_request(guest, request.0))
    }

    /// Closes every handle, removes the device, unloads the driver, and checks that nothing of the
    /// driver's is left.
    ///
    /// # Errors
    ///
    /// A [`Failure`]: of the driver's while it is removed, or a leak.
    pub fn remove(mut self) -> Result<Summary, Failure> {
        let files: Vec<u32> = self.files.keys().copied().collect();
        for file in files {
            self.close(FileId(file))?;
        }
        self.with(super::sim::Sim::begin_remove)?;
        self.transition("the device is not removed")?;
        self.run(Goal::Quiescence)?;
        self.with(|sim, guest| sim.check_leaks(guest))?;
        let sim = self.sim();
        Ok(Summary {
            instructions: sim.instructions,
            events: sim.log.total(),
            digest: sim.log.digest(),
            requests: sim.wdf.next_request,
        })
    }

    /// The configuration that the machine runs by.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// What happened so far.
    #[must_use]
    pub fn events(&self) -> &EventLog {
        &self.sim().log
    }

    /// Instructions of the driver that were executed so far.
    #[must_use]
    pub fn instructions(&self) -> u64 {
        self.sim().instructions
    }
}
