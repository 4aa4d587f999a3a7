//! The points of a plan: where what runs may lose its processor.

use nt_model::Failure;

use crate::{
    guest::{
        Guest,
        code::{Found, Instructions, Treatment},
        layout,
    },
    kernel::{
        Kernel,
        state::{
            plan::{Plan, Points, Record},
            priorities::{Candidate, Context, Priorities},
            scheduler::Step,
        },
    },
};

impl<A> Kernel<A> {
    /// Schedules by a plan from here on, with actors of the host's, some of them behind another.
    pub(crate) fn direct(&mut self, plan: Plan, actors: Vec<Option<usize>>) {
        self.watch_conflicts(Some(plan.conflicts.clone()));
        self.scheduler.direct(plan, actors);
        self.attention = true;
    }

    /// Draws what comes from here on from another seed, which the replay token names from then on.
    pub(crate) fn draw_from(&mut self, seed: u64) {
        self.config.behind = Some(seed);
        self.scheduler.seed(seed);
        // It was counted up to the preemption that was drawn before.
        self.end_calm();
    }

    /// Takes the turns of the plan by priorities.
    pub(crate) fn prioritize(&mut self, priorities: Priorities) {
        self.scheduler.prioritize(priorities);
    }

    /// Says which contexts would go on by the steps that are chosen among, where that is by priorities.
    pub(crate) fn tell_contexts(&mut self, steps: &[Step]) {
        if !self.scheduler.has_priorities() {
            return;
        }
        let candidates = steps.iter().filter_map(|step| self.candidate(*step));
        let candidates = candidates.collect();
        self.scheduler.tell_contexts(candidates);
    }

    fn candidate(&self, step: Step) -> Option<Candidate> {
        let nested =
            |cpu: usize, begun: usize| Context::Nested(cpu, self.cpus[cpu].nested.len() + begun);
        let begins = |context, cpu| (context, nested(cpu, 1));
        let (context, becomes) = match step {
            Step::Run(cpu) if !self.cpus[cpu].nested.is_empty() => (nested(cpu, 0), nested(cpu, 0)),
            Step::Run(cpu) => {
                let thread = Context::Thread(self.cpus[cpu].thread?.0);
                (thread, thread)
            }
            Step::Switch(cpu) => {
                let thread = Context::Thread(self.threads.next_ready(cpu)?.0);
                (thread, thread)
            }
            Step::Interrupt(cpu, vector) => begins(Context::Delivery(vector), cpu),
            Step::Error(cpu, source) => begins(Context::Error(source), cpu),
            Step::Dpc(cpu) => begins(Context::Dpc(cpu), cpu),
            Step::Host(_) => return None,
        };
        Some(Candidate {
            step,
            context,
            becomes,
        })
    }

    /// Schedules by itself again, and says what the plan was offered.
    pub(crate) fn end_plan(&mut self) -> Record {
        self.watch_conflicts(None);
        self.attention = true;
        self.scheduler.end_plan()
    }

    /// Whether the live activation, which is about to execute the instruction at `pc`, is at a point of a plan.
    #[inline]
    pub(crate) fn is_at_point(&mut self, guest: &Guest, pc: u64) -> Result<bool, Failure> {
        match self.scheduler.points() {
            None => Ok(false),
            Some(Points::Instruction) => Ok(true),
            Some(Points::Api) => Ok(self.leaves(guest, pc)?),
            Some(Points::Access) => Ok(self.leaves(guest, pc)? || self.meets_others(guest, pc)),
        }
    }

    /// Leaves out the steps of a plan that differ from others by nothing but the number of an idle processor: what is idle on
    /// each of two is the same.
    pub(crate) fn leave_out_alike(&self, steps: &mut Vec<Step>) {
        if !self.scheduler.is_planned() || steps.len() < 2 {
            return;
        }
        let Some(first) = self.first_idle() else {
            return;
        };
        steps.retain(|step| match *step {
            Step::Switch(cpu) => {
                !self.is_as_idle_as(cpu, first)
                    || self.threads.next_ready(cpu) != self.threads.next_ready(first)
            }
            Step::Interrupt(cpu, _) => !self.is_as_idle_as(cpu, first),
            _ => true,
        });
    }

    /// The same of the processors that a message may go to.
    pub(super) fn leave_out_idle(&self, targets: &mut Vec<usize>) {
        if !self.scheduler.is_planned() {
            return;
        }
        if let Some(first) = self.first_idle()
            && targets.contains(&first)
        {
            targets.retain(|cpu| !self.is_as_idle_as(*cpu, first));
        }
    }

    /// The idle processor that stands for all others.
    fn first_idle(&self) -> Option<usize> {
        let all = 0..self.cpus.len();
        core::iter::once(self.last)
            .chain(all)
            .find(|cpu| self.is_idle(*cpu))
    }

    fn is_idle(&self, cpu: usize) -> bool {
        let processor = &self.cpus[cpu];
        processor.nested.is_empty()
            && processor.thread.is_none()
            && processor.dpcs.is_empty()
            && !self.is_stalled(cpu)
    }

    /// Whether a processor is idle like the one that stands for it, and could be interrupted by the same.
    fn is_as_idle_as(&self, cpu: usize, first: usize) -> bool {
        cpu != first && self.is_idle(cpu) && self.deliverable(cpu).eq(self.deliverable(first))
    }

    /// Whether it loses its processor there: a random one, or one that the plan has a turn at.
    #[inline]
    pub(crate) fn is_preempted(&mut self, at_point: bool) -> bool {
        self.scheduler.count(at_point)
    }

    /// Whether the instruction goes to what is not the driver's, or changes what may interrupt it.
    fn leaves(&mut self, guest: &Guest, pc: u64) -> Result<bool, Failure> {
        // What is none ends the run.
        let Some(known) = self.known_at(guest, pc)? else {
            return Ok(false);
        };
        Ok(known.indirect
            || matches!(
                known.treatment,
                Treatment::Special(_) | Treatment::Port(_) | Treatment::WriteIrql(_)
            ))
    }

    /// Whether the instruction accesses what others do.
    fn meets_others(&self, guest: &Guest, pc: u64) -> bool {
        let code = self.code.borrow();
        let Found::Known(known) = code.at(pc) else {
            return false;
        };
        Instructions::operands_of(known).any(|place| {
            let operand = code.operand(place);
            operand.address(guest).is_some_and(|address| {
                layout::is_io_space(address) || self.is_in_conflict(address, operand.length.into())
            })
        })
    }
}
