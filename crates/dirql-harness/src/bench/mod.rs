//! The bench: what a test holds while it drives the driver.
//!
//! It speaks in the contract's types, has the judge look at every completion, keeps the ledger,
//! and opens and ends the session, so that a test says only what it is about.

mod exchange;
mod kinds;
mod pnp;
mod reported_state;
mod requests;
mod shorthand;
mod trouble;
mod whea;

use std::collections::BTreeMap;
use std::panic::Location;
use std::time::Duration;

use dirql_ioctl::connection::QueryReply;
use dirql_ioctl::interrupt::SetActiveRequest;
use dirql_ioctl::synchronize::ACCOUNTS_TOTAL;
use dirql_ioctl::{CONTRACT_VERSION, ControlCode};

use crate::check::{self, Stop, Verdict};
use crate::contract::Documented;
use crate::ledger::Ledger;
use crate::seed::Sequence;
use crate::target::{
    Facts, Handle, OpenAccess, Session, Setup, Simulated, Target, Ticket, Variant,
};

pub use reported_state::ReportedState;
pub use requests::{Pending, synchronize};

/// How long a request may take on a real machine.
const BOUND: Duration = Duration::from_mins(1);

/// A session with the driver, in the contract's terms.
pub struct Bench<'t> {
    /// What is true of the target.
    pub facts: &'t Facts,
    /// The way in which this test is run.
    pub variant: Variant,
    /// Choices of this test, reproducible.
    pub choices: Sequence,
    /// A handle with both rights, open from the beginning.
    pub main: Handle,
    session: Box<dyn Session>,
    handles: BTreeMap<Handle, OpenAccess>,
    in_flight: BTreeMap<Ticket, InFlight>,
    evidence: Evidence,
    kind_at_first: u32,
    /// What was done to the system or the device, for the report of a failure.
    troubles: Vec<String>,
    /// The driver has no interrupt any more, as the test expected.
    lost: bool,
    target: &'t dyn Target,
    seed: u64,
    /// How many machines this test has booted besides the first.
    boots: u64,
    /// The device is not, or not for sure, in D0.
    changing: bool,
    /// When the last transition began.
    transition_began: Duration,
    /// It is gone, or given up.
    gone: bool,
}

/// What a session leaves behind for the reports, however it ended.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// What was asked and answered.
    pub ledger: Ledger,
    /// The driver's first reply to a query.
    pub driver: Option<QueryReply>,
    first_sequence: Option<u64>,
    last_sequence: u64,
}

impl Evidence {
    /// How many interrupts the driver claimed between the first and the last reply that told.
    #[must_use]
    pub fn interrupts(&self) -> u64 {
        let first = self.first_sequence.unwrap_or(self.last_sequence);
        self.last_sequence.saturating_sub(first)
    }

    fn saw_sequence(&mut self, sequence: u64) {
        self.first_sequence.get_or_insert(sequence);
        self.last_sequence = self.last_sequence.max(sequence);
    }
}

/// A request whose completion was not seen yet.
struct InFlight {
    handle: Handle,
    code: ControlCode,
    documented: Documented,
    asked_to_cancel: bool,
    /// The device was not in D0 all the time.
    meets_change: bool,
}

impl<'t> Bench<'t> {
    /// Begins the session of one test, runs `body`, and ends the session in good order. A test
    /// passes only where all three went well.
    ///
    /// # Errors
    ///
    /// [`Stop`] of whichever failed first; the evidence is good in any case.
    pub fn with(
        target: &'t dyn Target,
        variant: Variant,
        seed: u64,
        body: impl FnOnce(&mut Bench<'t>) -> Verdict,
    ) -> (Verdict, Evidence) {
        Self::with_on(target, variant, seed, None, body)
    }

    /// The same on a machine that is set up otherwise, where the target is one that can be.
    ///
    /// # Errors
    ///
    /// As for [`Self::with`].
    pub fn with_on(
        target: &'t dyn Target,
        variant: Variant,
        seed: u64,
        setup: Option<&Setup>,
        body: impl FnOnce(&mut Bench<'t>) -> Verdict,
    ) -> (Verdict, Evidence) {
        let set_up = setup.map_or(Ok(None), |setup| target.begin_on(variant, seed, setup));
        let begun = match set_up {
            Ok(None) => target.begin(variant, seed),
            Ok(Some(session)) => Ok(session),
            Err(failure) => Err(failure),
        };
        let session = match begun {
            Ok(session) => session,
            Err(failure) => return (Err(Stop::Failed(failure)), Evidence::default()),
        };
        let mut bench = Self {
            facts: target.facts(),
            variant,
            choices: Sequence::new(seed),
            main: Handle(usize::MAX),
            session,
            handles: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            evidence: Evidence::default(),
            kind_at_first: 0,
            troubles: Vec::new(),
            lost: false,
            target,
            seed,
            boots: 0,
            changing: false,
            transition_began: Duration::ZERO,
            gone: false,
        };
        let verdict = bench.begin().and_then(|()| body(&mut bench));
        let restored = match &verdict {
            // After a failure in the simulator the machine is dead; a device must go on.
            Err(Stop::Failed(_)) if bench.facts.fresh_per_test => Ok(()),
            _ => bench.restore(),
        };
        let closed = match &verdict {
            Err(Stop::Failed(_)) => Ok(()),
            _ => restored.and_then(|()| bench.closing_checks()),
        };
        let Self {
            session,
            evidence,
            troubles,
            ..
        } = bench;
        let verdict = match (verdict, closed) {
            (Err(failed @ Stop::Failed(_)), _) | (_, Err(failed)) => Err(failed),
            (verdict, Ok(())) => match session.finish() {
                Ok(()) => verdict,
                Err(failure) => Err(Stop::Failed(failure)),
            },
        };
        let verdict = verdict.map_err(|stop| {
            if troubles.is_empty() {
                stop
            } else {
                stop.about(&format!("[{}]", troubles.join("; ")))
            }
        });
        (verdict, evidence)
    }

    /// Opens the main handle and makes sure that both sides speak of the same contract.
    fn begin(&mut self) -> Verdict {
        self.main = self.open(OpenAccess::BOTH)?;
        let query = self.query()?;
        check::equal(
            "the driver's contract version (driver and dirql must be built from the same sources)",
            query.contract_version,
            CONTRACT_VERSION,
        )?;
        self.kind_at_first = query.connection.kind_asked;
        self.statistics().map(drop)
    }

    /// Puts a driver that outlives this test back as the test found it.
    fn restore(&mut self) -> Verdict {
        let pending: Vec<Ticket> = self.in_flight.keys().copied().collect();
        for ticket in pending {
            self.cancel_ticket(ticket, Location::caller())?;
            self.wait_ticket(ticket, Location::caller())?;
        }
        if self.lost || self.gone {
            return Ok(());
        }
        if self.query()?.connection.active == 0 {
            self.ask(
                self.main,
                &SetActiveRequest {
                    active: 1,
                    reserved: 0,
                },
            )?;
        }
        if !self.facts.fresh_per_test && self.query()?.connection.kind_asked != self.kind_at_first {
            self.reconnect_number(self.kind_at_first)?;
        }
        Ok(())
    }

    /// What holds at the end of every test, whatever it did.
    fn closing_checks(&mut self) -> Verdict {
        if self.lost {
            return self.interrupt_is_lost();
        }
        if self.gone {
            return Ok(());
        }
        let snapshot = self.snapshot()?;
        check::equal(
            "the sum of the accounts at the end of the test",
            snapshot.left.wrapping_add(snapshot.right),
            ACCOUNTS_TOTAL,
        )?;
        self.statistics().map(drop)
    }

    /// The video miniport of this target, and the machine that it runs in.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where there is none.
    #[cfg(feature = "sim")]
    pub fn video(&self) -> Result<crate::target::VideoPlace<'t>, Stop> {
        self.target
            .video(self.variant, self.seed)
            .map_err(Stop::Skipped)
    }

    /// Whether system and device are simulated, so that a test can do to them what it can do to no real ones.
    #[must_use]
    pub fn is_simulated(&mut self) -> bool {
        self.session.simulated().is_some()
    }

    fn simulated(&mut self) -> Result<&mut dyn Simulated, Stop> {
        self.session.simulated().ok_or_else(not_simulated)
    }

    /// Whether this variant leaves the order of threads and interrupts to chance.
    #[must_use]
    pub fn interleaves(&self) -> bool {
        self.variant.schedule != Some(nt_model::Strategy::RunUntilBlocked)
    }

    /// Opens another handle.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the open is refused.
    #[track_caller]
    pub fn open(&mut self, access: OpenAccess) -> Result<Handle, Stop> {
        let at = Location::caller();
        let handle = self
            .session
            .open(access)
            .map_err(|failure| Stop::failed(failure, at))?;
        self.handles.insert(handle, access);
        Ok(handle)
    }

    /// Closes a handle. What is pending on it must then complete as cancelled, or as served.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the driver breaks a rule meanwhile.
    #[track_caller]
    pub fn close(&mut self, handle: Handle) -> Verdict {
        let at = Location::caller();
        for request in self.in_flight.values_mut() {
            request.asked_to_cancel |= request.handle == handle;
        }
        self.handles.remove(&handle);
        self.session
            .close(handle)
            .map_err(|failure| Stop::failed(failure, at))
    }
}

fn not_simulated() -> Stop {
    Stop::Skipped("only a simulated system and device can be told to do this".to_owned())
}
