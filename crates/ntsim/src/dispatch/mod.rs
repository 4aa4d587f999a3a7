//! Who goes on: the legal next steps of the machine, and the choice among them.
//!
//! An interrupt is deliverable on a processor only where hardware could deliver it: connected and
//! active, asserted or pending, in the affinity, and above the processor's IRQL. A DPC runs as soon
//! as its processor's IRQL falls below DISPATCH. Threads are dispatched only below DISPATCH.

mod flow;
mod switch;

use crate::{
    Failure, Strategy,
    activation::{Flow, Then},
    guest::Guest,
    processor::irql,
    sim::{Goal, Sim, Stop},
};

/// A legal next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The processor's innermost activation goes on.
    Run(usize),
    /// The processor takes an interrupt.
    Interrupt(usize, u32),
    /// The processor takes an error of a source.
    Error(usize, usize),
    /// The processor drains its DPC queue.
    Dpc(usize),
    /// The processor goes on with the next ready thread.
    Switch(usize),
}

impl Step {
    const fn cpu(self) -> usize {
        match self {
            Self::Run(cpu)
            | Self::Interrupt(cpu, _)
            | Self::Error(cpu, _)
            | Self::Dpc(cpu)
            | Self::Switch(cpu) => cpu,
        }
    }

    /// The order in which [`Strategy::RunUntilBlocked`] prefers the steps of one processor.
    const fn rank(self) -> u8 {
        match self {
            Self::Interrupt(..) | Self::Error(..) => 0,
            Self::Dpc(_) => 1,
            Self::Run(_) => 2,
            Self::Switch(_) => 3,
        }
    }
}

impl Sim {
    /// Carries out `flow` for the live activation and decides who goes on, until guest code is to
    /// run or nothing can.
    pub(crate) fn drive(&mut self, guest: &mut Guest, flow: Flow) -> Result<(), Failure> {
        let mut flow = flow;
        loop {
            self.apply(guest, flow)?;
            self.fire_due_timers()?;
            if self.goal_reached() {
                return self.halt(guest, Stop::Reached);
            }
            let Some(step) = self.decide() else {
                if self.skip_to_next_timer()? {
                    flow = Flow::Continue;
                    continue;
                }
                return self.halt(guest, Stop::Quiescent);
            };
            if step == Step::Run(self.last) && self.live == Some(self.last) {
                return Ok(());
            }
            let runs = matches!(step, Step::Run(_));
            flow = self.take(guest, step)?;
            if runs && matches!(flow, Flow::Continue) {
                self.decided = true;
                return Ok(());
            }
        }
    }

    /// At an instruction boundary of the live activation: lets somebody else go on, perhaps.
    /// Returns whether the live activation still executes the instruction.
    pub(crate) fn at_boundary(&mut self, guest: &mut Guest) -> Result<bool, Failure> {
        self.fire_due_timers()?;
        let Some(step) = self.decide() else {
            return Ok(true);
        };
        if self.live == Some(step.cpu()) && matches!(step, Step::Run(_)) {
            return Ok(true);
        }
        let runs = matches!(step, Step::Run(_));
        let flow = self.take(guest, step)?;
        if runs && matches!(flow, Flow::Continue) {
            self.decided = true;
        } else {
            self.drive(guest, flow)?;
        }
        Ok(false)
    }

    pub(crate) fn goal_reached(&self) -> bool {
        match self.goal {
            Goal::Quiescence => false,
            Goal::Instructions(bound) => self.instructions_of_run >= bound,
            Goal::Request(request) => self.wdf.is_complete(request),
            Goal::Order(order) => self.order_is_done(order),
            Goal::Transition => self.wdf.transition_ended(),
        }
    }

    pub(crate) fn halt(&mut self, guest: &mut Guest, stop: Stop) -> Result<(), Failure> {
        self.suspend(guest)?;
        self.stop = Some(stop);
        guest.0.emu_stop().map_err(crate::guest::emulator)
    }

    /// Every legal next step, in a fixed order.
    fn find_steps(&self, steps: &mut Vec<Step>) {
        steps.clear();
        for cpu in 0..self.cpus.len() {
            let processor = &self.cpus[cpu];
            if processor.stalled_until > self.cycles {
                continue;
            }
            steps.extend(
                self.deliverable(cpu)
                    .map(|vector| Step::Interrupt(cpu, vector)),
            );
            steps.extend(
                self.deliverable_errors(cpu)
                    .map(|source| Step::Error(cpu, source)),
            );
            if processor.irql < irql::DISPATCH && !processor.dpcs.is_empty() && !processor.in_dpc()
            {
                steps.push(Step::Dpc(cpu));
                continue;
            }
            let top = match processor.nested.last() {
                Some(activation) => Some(activation),
                None => processor
                    .thread
                    .and_then(|thread| self.kernel.threads.get(thread))
                    .map(|thread| &thread.activation),
            };
            let can_switch = processor.nested.is_empty()
                && processor.irql < irql::DISPATCH
                && self.kernel.threads.next_ready(cpu).is_some();
            match top {
                Some(activation) => {
                    let free = match activation.then {
                        Then::Spin(lock) => !self.kernel.spin_locks.is_held(lock),
                        _ => true,
                    };
                    if free {
                        steps.push(Step::Run(cpu));
                    }
                    if can_switch && self.config.strategy == Strategy::Random {
                        steps.push(Step::Switch(cpu));
                    }
                }
                None if can_switch => steps.push(Step::Switch(cpu)),
                None => {}
            }
        }
    }

    fn decide(&mut self) -> Option<Step> {
        self.attention = false;
        self.find_deadline();
        self.draw_gap();
        let mut steps = core::mem::take(&mut self.steps);
        self.find_steps(&mut steps);
        let step = match self.config.strategy {
            Strategy::RunUntilBlocked => {
                let last = self.last;
                let steps = steps.iter().copied();
                steps.min_by_key(|step| (step.cpu() != last, step.rank()))
            }
            Strategy::Random if steps.is_empty() => None,
            Strategy::Random => Some(steps[self.random(steps.len())]),
        };
        self.steps = steps;
        step
    }
}
