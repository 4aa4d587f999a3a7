//! The simulated NT kernel: processors, threads, interrupts, DPCs, locks, pool, time, waits, and what is checked of a
//! driver's use of them.
//!
//! What a floor above it was doing when it called the driver, the kernel keeps for it as a plain value of the type `A`
//! ([`state::frame`]). It knows nothing else of any floor above.

mod affinity;
mod bugcheck;
pub(crate) mod bus_interface;
mod calls;
mod calm;
mod dirql_time;
mod dma;
mod dpc;
mod driver_object;
mod fast_fail;
mod file_system;
mod flow;
mod format;
mod guard;
mod handle;
mod hang;
mod injected;
mod instruction;
mod io_connect;
mod io_disconnect;
mod io_space;
pub(crate) mod irql;
mod isr;
mod kdpc;
mod level;
mod lock_order;
mod memory_routines;
mod origin;
mod passive;
mod point;
mod pool;
mod pool_access;
mod pool_routines;
mod port;
mod posted;
pub(crate) mod race;
mod refusal;
mod remembered;
mod report;
mod rundown;
mod shared_data;
mod silence;
mod spin_lock;
mod split;
pub(crate) mod state;
mod steps;
mod strings;
mod switch;
mod synchronize;
mod thread;
mod time;
mod timeline;
mod uninitialized;
mod variable;
mod version;
mod wait;

use std::{
    cell::RefCell,
    ops::Range,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use image::Image;
use nt_model::{Cause, Config, Failure, Limit, Policy, Rule};
use unicorn_engine::{Context, unicorn_const::Permission as Prot};

use crate::{
    device::PciDevice,
    guest::{
        Guest,
        code::{Instructions, pageable},
        layout,
    },
    kernel::state::{driver_object::DriverObject, shared::Shared},
};

use race::Races;

pub(crate) use report::IN_POOL;
use state::scheduler::{Scheduler, Step};
use state::{
    activation::Activation,
    bus_interface::BusInterface,
    dma::Dma,
    dpc::Dpcs,
    file_system::FileSystem,
    handle::Handles,
    injections::Injections,
    interrupt::Interrupts,
    io_space::IoSpace,
    lock_order::LockOrder,
    log::{Event, EventKind, EventLog},
    origins::Origins,
    pool::{Outputs, Pool},
    processor::Cpu,
    refused::Refused,
    sought::Sought,
    spin_lock::SpinLocks,
    thread::Threads,
    time::Timers,
    timeline::Timeline,
    traps::Traps,
    uses::Watch,
};

/// How many instructions one request of the host may take before the run counts as endless, unless the host says so.
const INSTRUCTIONS_MAX: u64 = 2_000_000_000;

/// After how many instructions a run looks whether the user has ended it: a few milliseconds of the host's.
const LOOK_EVERY: u64 = 1 << 16;

/// The kernel's state.
#[derive(Clone)]
pub(crate) struct Kernel<A> {
    pub(crate) config: Config,
    pub(crate) policy: Policy,
    pub(crate) log: EventLog,
    /// The log in detail, where something has asked for it.
    pub(crate) timeline: Option<Box<Timeline>>,
    /// Virtual time: one instruction is one cycle, and a wait for time skips.
    pub(crate) cycles: u64,
    /// Instructions since the host last asked for something.
    pub(crate) instructions_of_run: u64,
    /// How many those may be.
    pub(crate) instructions_max: u64,
    /// Set from outside where the user ends the run.
    pub(crate) interrupt: Option<Arc<AtomicBool>>,
    /// All instructions of the run.
    pub(crate) instructions: u64,
    /// The driver's instruction that was executed last.
    pub(crate) last_pc: u64,
    pub(crate) image: Image,
    pub(crate) code: Rc<RefCell<Instructions>>,
    /// The sections of the image that NT may page out.
    pub(crate) pageable: Shared<Vec<Range<u32>>>,
    pub(crate) traps: Traps,
    pub(crate) cpus: Vec<Cpu<A>>,
    /// The processor whose innermost activation is live.
    pub(crate) live: Option<usize>,
    /// The processor that was live last.
    pub(crate) last: usize,
    /// The hook is about to be called again for an instruction that has been decided on.
    pub(crate) decided: bool,
    /// Something happened that the next instruction boundary has to look at.
    pub(crate) attention: bool,
    /// How many instructions of what is live may pass before anything but they themselves is looked at.
    calm: u64,
    pub(crate) scheduler: Scheduler,
    /// The legal next steps, while the scheduler chooses; kept for its memory.
    pub(crate) steps: Vec<Step>,
    /// When the guests have to be looked at, at the latest, as it was at the last decision.
    pub(crate) deadline: u64,
    pub(crate) threads: Threads<A>,
    pub(crate) spin_locks: SpinLocks,
    pub(crate) lock_order: LockOrder,
    pub(crate) outputs: Outputs,
    pub(crate) interrupts: Interrupts,
    pub(crate) dpcs: Dpcs,
    pub(crate) timers: Timers,
    pub(crate) pool: Pool,
    pub(crate) io_space: IoSpace,
    pub(crate) dma: Dma,
    pub(crate) bus_interface: BusInterface,
    pub(crate) handles: Handles,
    pub(crate) file_system: Shared<FileSystem>,
    pub(crate) origins: Origins,
    /// None while races are not looked for.
    pub(crate) races: Option<Box<Races>>,
    pub(crate) device: Box<dyn PciDevice>,
    pub(crate) driver_object: DriverObject,
    /// The device object of the bus driver for the device, once there is one.
    pub(crate) physical_device: Option<u64>,
    /// What comes out of the driver, where something wants to know.
    pub(crate) watch: Watch,
    /// The calls that are to fail.
    pub(crate) injections: Injections,
    /// The calls that may be refused, and the one that is to be.
    pub(crate) refused: Refused,
    /// A moment whose calls are wanted.
    sought: Sought,
    /// The thread that the running call makes gets no processor for a while.
    starve_next_thread: bool,
    /// The registers with which every activation begins.
    pub(crate) pristine: Option<Rc<Context>>,
    next_stack: u64,
    /// Stacks below this address are mapped from the beginning.
    pub(crate) mapped_stacks: u64,
    /// The next free address of the data that the kernel shows to the driver.
    next_system: u64,
    next_object: u64,
}

impl<A> Kernel<A> {
    /// The kernel of a machine that has not run yet.
    pub(crate) fn new(
        config: Config,
        image: Image,
        code: Rc<RefCell<Instructions>>,
        device: Box<dyn PciDevice>,
    ) -> Self {
        Self {
            policy: config.policy,
            log: EventLog::default(),
            timeline: None,
            cycles: 1_000_000,
            instructions_of_run: 0,
            instructions_max: INSTRUCTIONS_MAX,
            interrupt: None,
            instructions: 0,
            last_pc: 0,
            pageable: pageable(&image).into(),
            image,
            code,
            traps: Traps::default(),
            cpus: (0..config.cpus).map(|_| Cpu::default()).collect(),
            live: None,
            last: 0,
            decided: false,
            attention: false,
            calm: 0,
            scheduler: Scheduler::new(&config),
            steps: Vec::new(),
            deadline: 0,
            threads: Threads::default(),
            spin_locks: SpinLocks::default(),
            lock_order: LockOrder::default(),
            outputs: Outputs::default(),
            interrupts: Interrupts::new(&config, device.interrupts().messages),
            dpcs: Dpcs::default(),
            timers: Timers::default(),
            pool: Pool::default(),
            io_space: IoSpace::default(),
            dma: Dma::default(),
            bus_interface: BusInterface::default(),
            handles: Handles::default(),
            file_system: Shared::default(),
            origins: Origins::default(),
            races: config
                .rules
                .checks(Rule::Race)
                .then(|| Box::new(Races::new(config.cpus.into()))),
            device,
            driver_object: DriverObject::default(),
            physical_device: None,
            watch: Watch::default(),
            injections: Injections::default(),
            refused: Refused::default(),
            sought: Sought::default(),
            starve_next_thread: false,
            pristine: None,
            next_stack: layout::STACK_BASE,
            mapped_stacks: layout::STACK_BASE,
            next_system: layout::SYSTEM_BASE,
            next_object: layout::OBJECT_BASE,
            config,
        }
    }

    /// The address of a new object that the driver may name and not look into.
    pub(crate) fn new_object(&mut self) -> u64 {
        self.next_object += layout::OBJECT_STRIDE;
        self.next_object
    }
}

impl<A> Kernel<A> {
    /// Whether a cause ends a run: a rule where it is checked, a limit always.
    pub(crate) fn checks(&self, cause: Cause) -> bool {
        match cause {
            Cause::Rule(rule) => self.config.rules.checks(rule),
            Cause::Limit(_) | Cause::Finding(_) => true,
        }
    }

    /// A rule is broken: none of its checks ends the run where it is off. A limit ends it in any case.
    pub(crate) fn unless_off(&mut self, failure: Failure) -> Result<(), Failure> {
        if self.checks(failure.cause) {
            return Err(failure);
        }
        self.note(format!(
            "not checked: rule {}: {}",
            failure.cause, failure.message
        ));
        Ok(())
    }

    /// Counts one instruction, and stops a run that will not end.
    pub(crate) fn count_instruction(&mut self) -> Result<(), Failure> {
        self.pass_time(1)?;
        self.instructions_of_run += 1;
        self.instructions += 1;
        if self.instructions_of_run > self.instructions_max
            && self.config.rules.checks(Rule::Endless)
        {
            return Err(Failure::new(
                Rule::Endless,
                format!(
                    "the driver executed {} instructions and what was asked of it has not ended",
                    self.instructions_max
                ),
            ));
        }
        if self.instructions.is_multiple_of(LOOK_EVERY)
            && let Some(interrupt) = &self.interrupt
            && interrupt.load(Ordering::Relaxed)
        {
            return Err(Failure::new(
                Limit::Interrupted,
                "the user ended the run while the driver was at work",
            ));
        }
        Ok(())
    }

    /// The processor that is executing a routine or a callback right now.
    ///
    /// # Panics
    ///
    /// Where nothing is live; kernel routines only run on behalf of a live activation.
    pub(crate) fn cpu_index(&self) -> usize {
        self.live.unwrap_or(self.last)
    }

    /// The current processor.
    pub(crate) fn cpu(&self) -> &Cpu<A> {
        &self.cpus[self.cpu_index()]
    }

    /// The current processor.
    pub(crate) fn cpu_mut(&mut self) -> &mut Cpu<A> {
        let index = self.cpu_index();
        &mut self.cpus[index]
    }

    /// The innermost activation of a processor.
    pub(crate) fn top(&mut self, cpu: usize) -> Option<&mut Activation<A>> {
        let processor = &mut self.cpus[cpu];
        match processor.nested.last_mut() {
            Some(activation) => Some(activation),
            None => self
                .threads
                .get_mut(processor.thread?)
                .map(|thread| &mut thread.activation),
        }
    }

    /// The innermost activation of a processor, to look at.
    pub(crate) fn innermost(&self, cpu: usize) -> Option<&Activation<A>> {
        let processor = &self.cpus[cpu];
        match processor.nested.last() {
            Some(activation) => Some(activation),
            None => Some(&self.threads.get(processor.thread?)?.activation),
        }
    }

    /// Logs what happened on the current processor.
    pub(crate) fn event(&mut self, kind: EventKind) {
        let cpu = self.cpu_index();
        let event = Event {
            cycles: self.cycles,
            cpu: cpu as u8,
            irql: self.cpus[cpu].irql,
            kind,
        };
        self.watch_event(&event);
        self.record_event(&event);
        self.log.push(event);
    }

    /// Logs a sentence.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.event(EventKind::Note(text.into()));
    }

    /// The first address that no stack has been at.
    pub(crate) const fn stacks_end(&self) -> u64 {
        self.next_stack
    }

    /// Takes a new stack, zeroed unless the run is one that has other bytes there, and returns the first address above it.
    pub(crate) fn new_stack(&mut self, guest: &mut Guest) -> Result<u64, Failure> {
        let base = self.next_stack;
        self.next_stack += layout::STACK_STRIDE;
        if base >= self.mapped_stacks {
            guest.map(base, layout::STACK_SIZE, Prot::READ | Prot::WRITE)?;
        }
        self.fill_new_stack(guest, base)?;
        Ok(base + layout::STACK_SIZE)
    }

    /// Takes room for data that the kernel shows to the driver.
    ///
    /// # Panics
    ///
    /// Where the region is full; what is put there is a few structures a machine.
    pub(crate) fn system_data(&mut self, size: u64) -> u64 {
        let address = self.next_system;
        self.next_system += size.next_multiple_of(16);
        assert!(
            self.next_system <= layout::DRIVER_DATA,
            "system data is full"
        );
        address
    }
}
