//! Who goes on: the legal next steps of the machine, and the choice among them.
//!
//! An interrupt is deliverable on a processor only where hardware could deliver it: connected and
//! active, asserted or pending, in the affinity, and above the processor's IRQL. A DPC runs as soon
//! as its processor's IRQL falls below DISPATCH. Threads are dispatched only below DISPATCH.

use crate::{
    activation::{Activation, Flow, Frame, FrameRecord, Origin, Then},
    config::Strategy,
    events::EventKind,
    failure::{Failure, rule},
    guest::Guest,
    kernel::{dpc::DpcFrame, interrupt::IsrFrame, thread::State},
    layout,
    processor::irql,
    sim::{Goal, Sim, Stop},
};
use unicorn_engine::RegisterX86;

/// A legal next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The processor's innermost activation goes on.
    Run(usize),
    /// The processor takes an interrupt.
    Interrupt(usize, u32),
    /// The processor drains its DPC queue.
    Dpc(usize),
    /// The processor goes on with the next ready thread.
    Switch(usize),
}

impl Step {
    const fn cpu(self) -> usize {
        match self {
            Self::Run(cpu) | Self::Interrupt(cpu, _) | Self::Dpc(cpu) | Self::Switch(cpu) => cpu,
        }
    }

    /// The order in which [`Strategy::RunUntilBlocked`] prefers the steps of one processor.
    const fn rank(self) -> u8 {
        match self {
            Self::Interrupt(..) => 0,
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
            Goal::Transition => self.wdf.transition_ended(),
        }
    }

    pub(crate) fn halt(&mut self, guest: &mut Guest, stop: Stop) -> Result<(), Failure> {
        self.suspend(guest)?;
        self.stop = Some(stop);
        guest.0.emu_stop().map_err(crate::guest::emulator)
    }

    /// Every legal next step, in a fixed order.
    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::with_capacity(8);
        for cpu in 0..self.cpus.len() {
            let processor = &self.cpus[cpu];
            steps.extend(
                self.deliverable(cpu)
                    .map(|vector| Step::Interrupt(cpu, vector)),
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
        steps
    }

    fn decide(&mut self) -> Option<Step> {
        self.attention = false;
        self.draw_gap();
        let mut steps = self.steps();
        match self.config.strategy {
            Strategy::RunUntilBlocked => {
                let last = self.last;
                steps
                    .into_iter()
                    .min_by_key(|step| (step.cpu() != last, step.rank()))
            }
            Strategy::Random => {
                if steps.is_empty() {
                    return None;
                }
                let index = self.random(steps.len());
                Some(steps.swap_remove(index))
            }
        }
    }

    /// Makes the step's activation live and returns how it goes on.
    fn take(&mut self, guest: &mut Guest, step: Step) -> Result<Flow, Failure> {
        self.suspend(guest)?;
        let cpu = step.cpu();
        self.last = cpu;
        match step {
            Step::Run(_) => {}
            Step::Interrupt(_, vector) => {
                self.accept(cpu, vector)?;
                let level = self.kernel.interrupts.vector(vector).irql;
                self.nest(
                    guest,
                    cpu,
                    Origin::Isr,
                    Frame::Isr(IsrFrame::new(vector)),
                    level,
                )?;
                self.event(EventKind::Interrupt { vector });
            }
            Step::Dpc(_) => self.nest(
                guest,
                cpu,
                Origin::Dpc,
                Frame::Dpc(DpcFrame::default()),
                irql::DISPATCH,
            )?,
            Step::Switch(_) => self.switch_thread(cpu),
        }
        self.load(guest, cpu)
    }

    fn nest(
        &mut self,
        guest: &mut Guest,
        cpu: usize,
        origin: Origin,
        frame: Frame,
        level: u8,
    ) -> Result<(), Failure> {
        let depth = self.cpus[cpu].nested.len();
        if self.cpus[cpu].nested_stacks.len() == depth {
            let stack = self.new_stack(guest)?;
            self.cpus[cpu].nested_stacks.push(stack);
        }
        let processor = &mut self.cpus[cpu];
        let activation = Activation::new(
            origin,
            frame,
            processor.nested_stacks[depth],
            processor.irql,
        );
        processor.nested.push(activation);
        processor.irql = level;
        Ok(())
    }

    /// Puts the processor's thread back among the ready ones and takes the first of them.
    fn switch_thread(&mut self, cpu: usize) {
        let next = self
            .kernel
            .threads
            .next_ready(cpu)
            .expect("a switch is legal only to a ready thread");
        let level = self.cpus[cpu].irql;
        if let Some(previous) = self.cpus[cpu].thread.take() {
            self.kernel.threads.make_ready(previous, level);
        }
        let thread = self.kernel.threads.run(next, cpu);
        self.cpus[cpu].irql = thread.irql;
        self.cpus[cpu].thread = Some(next);
        self.event(EventKind::Thread { thread: next.0 });
    }

    /// Saves the live activation's registers where it stands.
    pub(crate) fn suspend(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let Some(cpu) = self.live.take() else {
            return Ok(());
        };
        self.save_top(guest, cpu, Then::Run)
    }

    fn save_top(&mut self, guest: &mut Guest, cpu: usize, then: Then) -> Result<(), Failure> {
        let pc = guest.reg(RegisterX86::RIP);
        let activation = self.top(cpu).expect("a live processor has an activation");
        activation.pc = pc;
        activation.then = then;
        guest.save(&mut activation.registers)
    }

    /// Makes the processor's innermost activation live.
    fn load(&mut self, guest: &mut Guest, cpu: usize) -> Result<Flow, Failure> {
        let pristine = self.pristine.take().expect("the machine was set up");
        let activation = self
            .top(cpu)
            .expect("only a processor with an activation is loaded");
        let fresh = activation.registers.is_none();
        guest.restore(activation.registers.as_ref().unwrap_or(&pristine))?;
        if fresh {
            guest.set_reg(RegisterX86::RSP, activation.stack_top - 0x40);
        }
        let (pc, then) = (
            activation.pc,
            core::mem::replace(&mut activation.then, Then::Run),
        );
        self.pristine = Some(pristine);
        self.live = Some(cpu);
        self.last = cpu;
        match then {
            Then::Run => {
                guest.set_reg(RegisterX86::RIP, pc);
                Ok(Flow::Continue)
            }
            Then::Return(value) => Ok(Flow::Return(value)),
            Then::Resume(value) => self.resume(guest, value),
            Then::Spin(_) => self.resume(guest, 0),
        }
    }

    /// Goes on with the innermost frame of the live activation.
    pub(crate) fn resume(&mut self, guest: &mut Guest, value: u64) -> Result<Flow, Failure> {
        let cpu = self.cpu_index();
        let level = self.cpus[cpu].irql;
        let activation = self.top(cpu).expect("a live processor has an activation");
        let record = activation.frames.pop().ok_or_else(|| {
            Failure::new(
                rule::INSTRUCTION,
                "the driver jumped to the return address of a callback that it is not in",
            )
        })?;
        guest.set_reg(RegisterX86::RSP, record.rsp);
        if let Some(expected) = record.irql
            && expected != level
        {
            let failure = Failure::new(
                rule::IRQL_NOT_RESTORED,
                format!("a callback was entered at IRQL {expected} and returned at IRQL {level}"),
            );
            return Err(failure.at(self.locate(record.left_at)));
        }
        match record.frame {
            Frame::ThreadStart | Frame::ReturnAfter(_) => Ok(match record.frame {
                Frame::ReturnAfter(result) => Flow::Return(result),
                _ => Flow::Finish,
            }),
            Frame::Isr(frame) => self.resume_isr(guest, frame, value),
            Frame::Dpc(frame) => self.resume_dpc(guest, frame),
            Frame::Synchronize(frame) => self.resume_synchronize(guest, frame, value),
            Frame::Connect(frame) => self.resume_connect(guest, &frame),
            Frame::Wdf(frame) => self.resume_wdf(guest, frame, value),
        }
    }

    fn push_frame(&mut self, guest: &Guest, frame: Frame, level: Option<u8>) {
        let rsp = guest.reg(RegisterX86::RSP);
        let cpu = self.cpu_index();
        let activation = self.top(cpu).expect("a live processor has an activation");
        activation.frames.push(FrameRecord {
            frame,
            rsp,
            irql: level,
            left_at: 0,
        });
    }

    /// Carries out `flow` for the live activation.
    fn apply(&mut self, guest: &mut Guest, flow: Flow) -> Result<(), Failure> {
        match flow {
            Flow::Continue => Ok(()),
            Flow::Return(value) => {
                guest.pop_return(value)?;
                self.event(EventKind::Return { value });
                Ok(())
            }
            Flow::Call {
                what,
                target,
                arguments,
                frame,
            } => {
                let level = self.cpu().irql;
                self.event(EventKind::Callback { what, target });
                self.push_frame(guest, frame, Some(level));
                guest.push_call(target, layout::TRAP_BASE, &arguments)
            }
            Flow::Spin { lock, frame } => {
                self.push_frame(guest, frame, None);
                self.leave(guest, Then::Spin(lock))
            }
            Flow::Pause { frame } => {
                self.push_frame(guest, frame, None);
                self.leave(guest, Then::Resume(0))
            }
            Flow::Wait(wait) => {
                let cpu = self.detach(guest, Then::Return(0))?;
                self.block(cpu, wait);
                Ok(())
            }
            Flow::WaitThen { wait, frame } => {
                self.push_frame(guest, frame, None);
                let cpu = self.detach(guest, Then::Resume(0))?;
                self.block(cpu, wait);
                Ok(())
            }
            Flow::Yield { frame } => {
                self.push_frame(guest, frame, None);
                let cpu = self.detach(guest, Then::Resume(0))?;
                let thread = self.cpus[cpu]
                    .thread
                    .take()
                    .expect("only a thread gives its processor away");
                let level = self.cpus[cpu].irql;
                self.kernel.threads.make_ready(thread, level);
                self.cpus[cpu].irql = irql::PASSIVE;
                Ok(())
            }
            Flow::Finish => self.finish(guest),
        }
    }

    /// Saves the live activation, which does not go on by itself.
    fn leave(&mut self, guest: &mut Guest, then: Then) -> Result<(), Failure> {
        let cpu = self.live.take().expect("only a live activation leaves");
        self.save_top(guest, cpu, then)
    }

    /// As [`Self::leave`], for a thread that is about to lose its processor.
    fn detach(&mut self, guest: &mut Guest, then: Then) -> Result<usize, Failure> {
        let cpu = self.cpu_index();
        if !self.cpus[cpu].nested.is_empty() || self.cpus[cpu].irql >= irql::DISPATCH {
            return Err(Failure::new(
                rule::IRQL,
                "a wait was asked for where no thread may wait, at DISPATCH or above",
            ));
        }
        self.leave(guest, then)?;
        Ok(cpu)
    }

    /// Blocks the thread of `cpu`.
    fn block(&mut self, cpu: usize, wait: crate::activation::Wait) {
        let thread = self.cpus[cpu].thread.take().expect("only a thread waits");
        let level = self.cpus[cpu].irql;
        self.cpus[cpu].irql = irql::PASSIVE;
        self.kernel
            .threads
            .set_state(thread, State::Waiting(wait), level);
    }

    /// Ends the live activation.
    fn finish(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let cpu = self.live.take().expect("only a live activation ends");
        let processor = &mut self.cpus[cpu];
        if let Some(activation) = processor.nested.pop() {
            processor.irql = activation.interrupted_irql;
            return Ok(());
        }
        let level = processor.irql;
        let thread = processor
            .thread
            .take()
            .expect("an activation that is not nested is a thread");
        if level != irql::PASSIVE {
            return Err(Failure::new(
                rule::IRQL_NOT_RESTORED,
                format!("a thread ended at IRQL {level}"),
            ));
        }
        self.end_thread(guest, thread)
    }
}
