//! A machine: the host's side of the simulator.
//!
//! The host starts the device, opens it, submits requests and lets the guests run until something
//! happens. Nothing runs in between, so a host that asks for the same things gets the same run.

mod client;
mod coverage;
mod device;
mod emulator;
mod handle;
mod hook;
mod plan;
mod pnp;
mod refusal;
mod remembered;
mod request;
pub(crate) mod setup;
pub(crate) mod sites;
pub(crate) mod snapshot;
pub(crate) mod started;
mod video;
mod whea;

use std::{
    fmt,
    rc::Rc,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use image::Image;
use nt_model::{Config, Failure, Limit};
use unicorn_engine::RegisterX86;

use crate::{
    etw::TraceSession,
    guest::{self, Guest, layout},
    kernel::state::{
        log::{Event, EventLog},
        thread::State,
        timeline::Timeline,
        uses::Uses,
    },
    machine::{
        handle::{Clients, OpenFile},
        hook::Slot,
    },
    system::{Flow, Goal, Stop, System},
};

pub use handle::{ClientThread, Completion, FileId, OrderId, RequestId, Sender};

/// What a run that ended well amounted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Instructions of the driver that were executed.
    pub instructions: u64,
    /// Events that were logged, those that the log keeps no longer included.
    pub events: u64,
    /// The digest over all of them.
    pub digest: u64,
    /// Requests that were submitted.
    pub requests: u32,
}

/// A simulated machine with one driver and one device.
pub struct Machine {
    uc: guest::Emulator<'static>,
    /// Where the state is while the emulator runs.
    slot: Rc<Slot>,
    /// The state between two runs; none once the machine is removed.
    system: Option<Box<System>>,
    image: Image,
    files: std::collections::BTreeMap<u32, OpenFile>,
    /// The files of threads that have begun to send.
    senders: Vec<u32>,
    next_file: u32,
    clients: Clients,
    config: Config,
    /// Nothing could go on when the guests last ran, and nothing was done to them since.
    at_rest: bool,
    /// The start has ended, and nothing was asked for since.
    just_started: bool,
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Machine {
    /// The machine's state.
    ///
    /// # Panics
    ///
    /// Never: between two runs the state is here.
    fn system(&self) -> &System {
        self.system
            .as_deref()
            .expect("the state is here between runs")
    }

    /// The machine's state, to change it.
    ///
    /// # Panics
    ///
    /// Never, as [`Self::system`].
    fn system_mut(&mut self) -> &mut System {
        self.system
            .as_deref_mut()
            .expect("the state is here between runs")
    }

    /// Lets `body` work on the state.
    fn with<R>(
        &mut self,
        body: impl FnOnce(&mut System, &mut Guest) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        self.at_rest = false;
        self.just_started = false;
        let system = self
            .system
            .as_deref_mut()
            .expect("the state is here between runs");
        let mut guest = Guest(&mut self.uc);
        body(system, &mut guest).map_err(|failure| system.kernel.complete_report(&guest, failure))
    }

    /// Runs the guests until `goal` or until nothing can go on.
    fn run(&mut self, goal: Goal) -> Result<Stop, Failure> {
        self.with(|system, guest| {
            system.goal = goal;
            system.stop = None;
            system.kernel.instructions_of_run = 0;
            system.kernel.timers.expired_of_run = 0;
            system.drive(guest, Flow::Continue)
        })?;
        if self.system().stop.is_none() {
            let mut guest = Guest(&mut self.uc);
            let pc = guest.reg(RegisterX86::RIP);
            // The emulator begins with the flags register as it was when it last stopped. An
            // activation that was preempted in the middle of its work has its flags in the form in
            // which translated code keeps them; what is read is put together from that.
            let flags = guest.reg(RegisterX86::EFLAGS);
            guest.set_reg(RegisterX86::EFLAGS, flags);
            self.slot.put(self.system.take());
            let result = self.uc.emu_start(pc, layout::NOWHERE, 0, 0);
            self.system = self.slot.take();
            if let (Err(error), None) = (result, &self.system().stop) {
                return self.with(|_, _| Err(guest::emulator(error)));
            }
        }
        let stop = self.with(|system, _| Ok(system.stop.take()))?;
        match stop {
            Some(Stop::Failed(failure)) if failure.token.is_none() => {
                let failure = *failure;
                self.with(|_, _| Err(failure))
            }
            Some(Stop::Failed(failure)) => Err(*failure),
            Some(stop) => {
                self.at_rest = matches!(stop, Stop::Quiescent);
                Ok(stop)
            }
            None => self.with(|_, guest| {
                Err(match guest.reg(RegisterX86::RIP) {
                    layout::NOWHERE => hook::went_astray(layout::NOWHERE, "no address at all"),
                    _ => Failure::new(
                        Limit::Emulator,
                        "the processor emulator stopped without a reason",
                    ),
                })
            }),
        }
    }

    fn hang(&mut self, what: &str) -> Failure {
        self.with::<()>(|system, guest| Err(system.kernel.hang(guest, what)))
            .expect_err("the body fails")
    }

    /// The configuration that the machine runs by.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// What happened so far.
    #[must_use]
    pub fn events(&self) -> &EventLog {
        &self.system().kernel.log
    }

    /// Records the timeline from here on ([`Self::timeline`]).
    pub fn record_timeline(&mut self) {
        self.system_mut().kernel.record_timeline();
    }

    /// The events with what each processor has begun and ended, its level between them, and the choices of the schedule;
    /// none unless it was asked for ([`Self::record_timeline`]).
    #[must_use]
    pub fn timeline(&self) -> Option<Timeline> {
        self.system().kernel.recorded_timeline()
    }

    /// Has the timeline say what the host does next.
    pub fn name_act(&mut self, name: &str) {
        self.system_mut().kernel.record_act(name);
    }

    /// Instructions of the driver that were executed so far.
    #[must_use]
    pub fn instructions(&self) -> u64 {
        self.system().kernel.instructions
    }

    /// How many DPCs are queued or running.
    #[must_use]
    pub fn dpcs(&self) -> usize {
        self.system().kernel.dpcs.count()
    }

    /// How many threads there are, those of the system included.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.system().kernel.threads.iter().count()
    }

    /// How many threads of the driver's making have not ended.
    #[must_use]
    pub fn system_threads(&self) -> usize {
        let threads = self.system().kernel.threads.iter();
        threads
            .filter(|(_, thread)| thread.of_driver && !matches!(thread.state, State::Terminated))
            .count()
    }

    /// Virtual time since the machine was switched on.
    #[must_use]
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.system().kernel.device_time().as_nanos())
    }

    /// Keeps what comes out of the driver: where it goes on, what it passes and stores, what it answers. To be asked for before
    /// the guests run.
    pub fn record(&mut self) -> Uses {
        let uses = Uses::default();
        self.system_mut().kernel.watch.record(&uses);
        uses
    }

    /// Has stacks and uninitialized pool hold other bytes than in the run that kept `uses`, and compares what comes out of the
    /// driver with it: the rule `uninitialized`. To be asked for before the guests run; the configuration and what the
    /// host asks for are those of that run.
    pub fn compare(&mut self, uses: &Uses) {
        self.system_mut().kernel.watch.compare(uses);
    }

    /// Lets what the host asks for take so many instructions of the driver at most, instead of two thousand million, before
    /// the rule `endless` is broken.
    pub fn limit_instructions(&mut self, most: u64) {
        self.system_mut().kernel.instructions_max = most;
    }

    /// Ends the run, as `interrupted`, once `interrupt` is set: within 65,536 instructions of the driver.
    pub fn end_on(&mut self, interrupt: Arc<AtomicBool>) {
        self.system_mut().kernel.interrupt = Some(interrupt);
    }

    /// Listens to every provider, those of a driver that is not loaded yet included; or stops. A driver that is
    /// loaded is told while the guests run.
    ///
    /// What is heard is in the log ([`Self::events`]), as [`EventKind::Trace`](crate::EventKind::Trace).
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    pub fn listen(&mut self, session: Option<TraceSession>) -> Result<(), Failure> {
        self.with(|system, guest| system.tracing().listen(guest, session))
    }

    /// Has `listener` told of each event as it is heard, for a host that does not wait for the end of a run.
    pub fn tell(&mut self, listener: fn(&Event)) {
        self.system_mut().etw.tells = true;
        self.slot.listen(listener);
    }
}
