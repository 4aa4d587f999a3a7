//! A program on the driver: its steps one after the other, and then rest.

use std::collections::BTreeSet;
use std::panic::Location;

use dirql_ioctl::ControlCode;

use super::behaviour::Behaviour;
use super::errors::{self, Errors};
use super::oracle::Oracle;
use super::pnp::Device;
use super::program::Step;
use crate::check::Verdict;
use crate::contract::{Documented, documented};
use crate::fixture::{Evidence, Fixture};
use crate::target::{Completion, Handle, OpenAccess, Target, Ticket, Variant};

/// Handles that a program may have open at a time.
const HANDLES_MAX: usize = 8;

/// What came of a program.
#[derive(Debug)]
pub struct Executed {
    /// Whether everything held.
    pub verdict: Verdict,
    /// What was asked and answered.
    pub evidence: Evidence,
    /// What it has shown.
    pub behaviours: BTreeSet<Behaviour>,
}

/// Runs a program in a session of its own.
#[must_use]
pub fn execute(target: &dyn Target, variant: Variant, seed: u64, program: &[Step]) -> Executed {
    execute_watched(target, variant, seed, program, &mut |_| {})
}

/// The same, and tells `watch` after each step how many have run.
#[must_use]
pub fn execute_watched(
    target: &dyn Target,
    variant: Variant,
    seed: u64,
    program: &[Step],
    watch: &mut dyn FnMut(usize),
) -> Executed {
    let mut behaviours = BTreeSet::new();
    let setup = errors::setup(program, seed, target.facts().policy.unwrap_or_default());
    let (verdict, evidence) = Fixture::with_on(target, variant, seed, setup.as_ref(), |fixture| {
        let errors = match &setup {
            Some(setup) if fixture.is_simulated() => Some(Errors::begin(fixture, setup)?),
            _ => None,
        };
        let mut execution = Execution {
            errors,
            handles: vec![fixture.main],
            pending: Vec::new(),
            oracle: Oracle::new(errors.is_some_and(|errors| errors.excluded)),
            device: fixture.is_simulated().then_some(Device::NEW),
            behaviours: &mut behaviours,
            fixture,
        };
        for (run, step) in (1..).zip(program) {
            execution.step(step)?;
            watch(run);
        }
        execution.rest()
    });
    Executed {
        verdict,
        evidence,
        behaviours,
    }
}

struct Execution<'e, 'b, 't> {
    fixture: &'e mut Fixture<'t>,
    handles: Vec<Handle>,
    pending: Vec<Submitted>,
    oracle: Oracle,
    /// None where the target changes nothing when asked.
    device: Option<Device>,
    /// None where the machine has no error sources to play with.
    errors: Option<Errors>,
    behaviours: &'b mut BTreeSet<Behaviour>,
}

/// A request whose end was not seen yet.
struct Submitted {
    ticket: Ticket,
    code: ControlCode,
    input: Vec<u8>,
    others: usize,
}

impl Execution<'_, '_, '_> {
    fn step(&mut self, step: &Step) -> Verdict {
        match step {
            Step::Open { read, write } => {
                let opens = self.device.is_none_or(Device::opens);
                if opens && self.handles.len() < HANDLES_MAX {
                    let (read, write) = (*read, *write);
                    self.handles
                        .push(self.fixture.open(OpenAccess { read, write })?);
                }
            }
            Step::Close { handle } => {
                // The first handle is the fixture's own.
                if let Some(others) = self.handles.len().checked_sub(1).filter(|n| *n != 0) {
                    let handle = self.handles.remove(1 + handle % others);
                    self.fixture.close(handle)?;
                }
            }
            Step::Submit {
                handle,
                code,
                input,
                output_len,
            } => {
                let handle = self.handles[handle % self.handles.len()];
                let input = self.fixture.by_its_own_kind(*code, input);
                let ticket = self.fixture.submit(handle, *code, &input, *output_len)?;
                self.pending.push(Submitted {
                    ticket,
                    code: *code,
                    input,
                    others: self.pending.len(),
                });
            }
            Step::Repeat {
                handle,
                code,
                input,
                output_len,
                times,
            } => self.repeat(*handle, *code, input, *output_len, *times)?,
            Step::Cancel { request } => {
                let count = self.pending.len();
                if let Some(request) = request
                    .checked_rem(count)
                    .and_then(|at| self.pending.get(at))
                {
                    self.fixture
                        .cancel_ticket(request.ticket, Location::caller())?;
                }
            }
            Step::Advance { instructions } => self.fixture.advance(*instructions)?,
            Step::Settle => self.settle()?,
            Step::Change { which } => {
                if let Some(device) = &mut self.device {
                    device.step(self.fixture, *which)?;
                }
            }
            Step::Neighbour => {
                if self.device.is_some() {
                    self.fixture.neighbour_interrupts()?;
                }
            }
            Step::Cause { causes } => {
                if self.fixture.is_simulated() {
                    self.fixture.device_raises(*causes)?;
                }
            }
            Step::Error {
                source,
                count,
                recoverable,
            } => {
                if self.errors.is_some() {
                    Errors::report(self.fixture, *source, *count, *recoverable)?;
                }
            }
            Step::Order { which, source } => {
                if self.errors.is_some() {
                    Errors::order(self.fixture, *which, *source)?;
                }
            }
        }
        Ok(())
    }

    /// Has the driver refuse a request so often. One that it may serve is submitted once.
    fn repeat(
        &mut self,
        handle: usize,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
        times: u32,
    ) -> Verdict {
        let handle = self.handles[handle % self.handles.len()];
        let judged = documented(OpenAccess::BOTH, code, input, output_len);
        let times = match judged {
            Documented::Refused(_) | Documented::RefusedOrUnknown(_) => times,
            Documented::ServedOr(_) => 1,
        };
        for _ in 0..times {
            let ticket = self.fixture.submit(handle, code, input, output_len)?;
            self.pending.push(Submitted {
                ticket,
                code,
                input: input.to_vec(),
                others: self.pending.len(),
            });
        }
        self.settle()
    }

    /// Lets everything end that ends by itself, and looks at each end.
    fn settle(&mut self) -> Verdict {
        let mut still = Vec::new();
        for request in core::mem::take(&mut self.pending) {
            let asked = self.fixture.asked_to_cancel(request.ticket);
            match self
                .fixture
                .poll_ticket(request.ticket, Location::caller())?
            {
                None => still.push(request),
                Some(completion) => self.ended(&request, asked, &completion)?,
            }
        }
        self.pending = still;
        Ok(())
    }

    /// Cancels what is left, and looks at the driver when nothing is.
    fn rest(&mut self) -> Verdict {
        let serves = match &mut self.device {
            Some(device) => device.serve(self.fixture)?,
            None => true,
        };
        self.settle()?;
        for request in &self.pending {
            self.fixture
                .cancel_ticket(request.ticket, Location::caller())?;
        }
        for request in core::mem::take(&mut self.pending) {
            let completion = self
                .fixture
                .wait_ticket(request.ticket, Location::caller())?;
            self.ended(&request, true, &completion)?;
        }
        if !serves {
            // A device that is gone has nothing more to say.
            return Ok(());
        }
        if self.fixture.connection()?.active == 0 {
            self.fixture.set_active(true)?;
        }
        if self.errors.is_some() {
            Errors::at_rest(self.fixture)?;
        }
        self.oracle.at_rest(self.fixture)
    }

    fn ended(
        &mut self,
        request: &Submitted,
        asked_to_cancel: bool,
        completion: &Completion,
    ) -> Verdict {
        self.behaviours.insert(Behaviour::new(
            request.code,
            &completion.answer,
            asked_to_cancel,
            request.others,
        ));
        if completion.answer.is_success() {
            let Submitted { code, input, .. } = request;
            return self.oracle.served(*code, input, &completion.output);
        }
        Ok(())
    }
}
