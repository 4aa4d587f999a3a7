//! The loop between two instructions: carrying out what was wanted, and deciding who goes on.

use nt_model::Failure;
use unicorn_engine::RegisterX86;

use crate::{
    guest::{Guest, emulator},
    kernel::{
        irql,
        state::{
            activation::{Origin, Then},
            frame::{DpcFrame, IsrFrame},
            half::Part,
            log::EventKind,
            plan::Place,
            scheduler::Step,
            traps::Trap,
        },
    },
    system::{Flow, Frame, Goal, Stop, System},
    whea::state::frame::{HandlerFrame, WheaFrame},
};

/// Where what is live stands before an instruction, or inside of it.
const fn place_of(at_point: bool) -> Place {
    if at_point {
        Place::Point
    } else {
        Place::Instruction
    }
}

impl System {
    /// The guest is about to execute the instruction at `pc`.
    pub(crate) fn before_instruction(&mut self, guest: &mut Guest, pc: u64) -> Result<(), Failure> {
        if let Some(known) = self.kernel.pass_calmly(pc) {
            return self.kernel.access_operands(guest, known, Part::Whole);
        }
        self.kernel.end_calm();
        self.kernel.check_parting()?;
        self.kernel.level_changed();
        if let Some(trap) = self.kernel.traps.at(pc) {
            if !matches!(trap, Trap::Return) {
                self.kernel.stands(guest);
            }
            let flow = match trap {
                Trap::Return => {
                    let value = guest.reg(RegisterX86::RAX);
                    self.resume(guest, value)?
                }
                Trap::Call(number) => self.call(guest, number)?,
                Trap::Guard(guard) => self.kernel.guard_call(guest, guard)?,
            };
            return self.drive(guest, flow);
        }
        if matches!(self.goal, Goal::Instructions(_)) && self.goal_reached() {
            self.kernel.decided = false;
            return self.halt(guest, Stop::Reached);
        }
        if self.video_port.is_armed() {
            self.port_driver().look_for_stimulus()?;
        }
        if self.kernel.decided {
            self.kernel.decided = false;
        } else if !self.kernel.is_half_done() {
            let due = self.kernel.attention || self.kernel.deadline <= self.kernel.cycles;
            let at_point = self.kernel.is_at_point(guest, pc)?;
            if (due || self.kernel.is_preempted(at_point)) && !self.at_boundary(guest, at_point)? {
                return Ok(());
            }
        }
        if !self.inside_instruction(guest, pc)? {
            return Ok(());
        }
        self.kernel.count_instruction()?;
        self.kernel.last_pc = pc;
        self.kernel.look_at_instruction(guest, pc)?;
        if !self.video_port.is_armed() && !matches!(self.goal, Goal::Instructions(_)) {
            self.kernel.find_calm();
        }
        Ok(())
    }

    /// Stops the run for a broken rule.
    pub(crate) fn fail(&mut self, guest: &mut Guest, failure: Failure) {
        self.kernel.stands(guest);
        let failure = self.kernel.complete_report(guest, failure);
        let failure = self.with_level(failure);
        self.kernel.note(format!(
            "failed: {}: {}",
            failure.cause.heading(),
            failure.message
        ));
        self.stop = Some(Stop::Failed(Box::new(failure)));
        // The emulator is inside a hook and always takes a stop there.
        let _ = guest.0.emu_stop();
    }

    /// Carries out `flow` for the live activation and decides who goes on, until guest code is to
    /// run or nothing can.
    pub(crate) fn drive(&mut self, guest: &mut Guest, flow: Flow) -> Result<(), Failure> {
        self.kernel.end_calm();
        let mut flow = flow;
        loop {
            self.kernel.apply(guest, flow)?;
            self.kernel.fire_due_timers(guest)?;
            self.kernel.serve_passive_lines(guest)?;
            if self.goal_reached() {
                return self.halt(guest, Stop::Reached);
            }
            // What is live goes on: at the next instruction it may lose its processor.
            let Some(step) = self.decide(guest, Place::Inside) else {
                let quiet = self.goal == Goal::Quiescence && self.kernel.only_timers_go_on();
                if !quiet && self.kernel.skip_to_next_timer(guest)? {
                    flow = Flow::Continue;
                    continue;
                }
                return self.halt(guest, Stop::Quiescent);
            };
            if step == Step::Run(self.kernel.last) && self.kernel.live == Some(self.kernel.last) {
                return Ok(());
            }
            if let Step::Host(actor) = step {
                return self.halt(guest, Stop::Host(actor));
            }
            let runs = matches!(step, Step::Run(_));
            flow = self.take(guest, step)?;
            if runs && matches!(flow, Flow::Continue) {
                self.kernel.decided = true;
                return Ok(());
            }
        }
    }

    /// At an instruction boundary of the live activation: lets something else go on, perhaps.
    /// Returns whether the live activation still executes the instruction.
    pub(crate) fn at_boundary(
        &mut self,
        guest: &mut Guest,
        at_point: bool,
    ) -> Result<bool, Failure> {
        self.kernel.fire_due_timers(guest)?;
        self.kernel.serve_passive_lines(guest)?;
        match self.decide(guest, place_of(at_point)) {
            Some(step) if step != Step::Run(self.kernel.cpu_index()) => {
                self.leave(guest, step)?;
                Ok(false)
            }
            _ => Ok(true),
        }
    }

    /// Between what the instruction at `pc` reads of memory and what it writes there: lets another processor go on, perhaps.
    /// Returns whether the live activation still executes the instruction.
    #[inline]
    fn inside_instruction(&mut self, guest: &mut Guest, pc: u64) -> Result<bool, Failure> {
        let Some(half) = self.kernel.half_at(guest, pc)? else {
            return Ok(true);
        };
        let at_point = self.kernel.is_point_inside(&half);
        if !self.kernel.attention && !self.kernel.scheduler.count_inside(at_point) {
            return Ok(true);
        }
        let cpu = self.kernel.cpu_index();
        self.kernel.cpus[cpu].half = Some(half);
        let step = self.decide(guest, place_of(at_point));
        // What was looked at leaves out what this processor could do.
        self.kernel.attention = true;
        match step {
            Some(step) if step != Step::Run(cpu) => {
                self.kernel.read_first(guest, pc)?;
                self.leave(guest, step)?;
                Ok(false)
            }
            _ => {
                self.kernel.cpus[cpu].half = None;
                Ok(true)
            }
        }
    }

    /// Puts the live activation aside, and takes a step.
    fn leave(&mut self, guest: &mut Guest, step: Step) -> Result<(), Failure> {
        if let Step::Host(actor) = step {
            return self.halt(guest, Stop::Host(actor));
        }
        let runs = matches!(step, Step::Run(_));
        let flow = self.take(guest, step)?;
        if runs && matches!(flow, Flow::Continue) {
            self.kernel.decided = true;
            return Ok(());
        }
        self.drive(guest, flow)
    }

    /// The next step: one of those that are legal, in a fixed order. `place` is where what is live stands.
    fn decide(&mut self, guest: &Guest, place: Place) -> Option<Step> {
        self.kernel.begin_decision();
        let mut steps = core::mem::take(&mut self.kernel.steps);
        steps.clear();
        for cpu in 0..self.kernel.cpus.len() {
            if self.kernel.is_stalled(cpu) {
                continue;
            }
            if self.kernel.is_inside_instruction(cpu) {
                steps.push(Step::Run(cpu));
            } else {
                self.kernel.find_interrupts(cpu, &mut steps);
                self.hardware_errors().find_errors(cpu, &mut steps);
                self.kernel.find_work(cpu, &mut steps);
            }
        }
        self.kernel.leave_out_alike(&mut steps);
        let place = match self.kernel.live {
            Some(_) => place,
            None => Place::Point,
        };
        let last = self.kernel.last;
        let before = self.kernel.scheduler.turns();
        self.kernel.tell_contexts(&steps);
        let step = self.kernel.scheduler.choose(&steps, last, place);
        if let Some(step) = step {
            let chosen = (before, step);
            self.kernel.record_choice(guest, &steps, place, chosen);
        }
        self.kernel.steps = steps;
        step
    }

    pub(crate) fn goal_reached(&self) -> bool {
        match self.goal {
            Goal::Quiescence => false,
            Goal::Instructions(bound) => self.kernel.instructions_of_run >= bound,
            Goal::Request(request) => self.wdf.is_complete(request),
            Goal::Order(order) => self.whea.order_is_done(order),
            Goal::Transition => self.wdf.transition_ended(),
        }
    }

    pub(crate) fn halt(&mut self, guest: &mut Guest, stop: Stop) -> Result<(), Failure> {
        self.kernel.suspend(guest)?;
        self.stop = Some(stop);
        guest.0.emu_stop().map_err(emulator)
    }
}

impl System {
    /// Makes the step's activation live and returns how it goes on.
    pub(super) fn take(&mut self, guest: &mut Guest, step: Step) -> Result<Flow, Failure> {
        self.kernel.stands(guest);
        self.kernel.suspend(guest)?;
        let cpu = step.cpu();
        self.kernel.last = cpu;
        match step {
            // What the host does, it does between two runs.
            Step::Run(_) | Step::Host(_) => {}
            Step::Interrupt(_, vector) => {
                self.kernel.accept(cpu, vector)?;
                let level = self.kernel.interrupts.vector(vector).irql;
                self.kernel.nest(
                    guest,
                    cpu,
                    Origin::Isr,
                    Frame::Isr(IsrFrame::new(vector)),
                    level,
                )?;
                self.kernel.event(EventKind::Interrupt { vector });
            }
            Step::Error(_, source) => {
                let severity = self.hardware_errors().severity_of(source);
                self.hardware_errors().accept_error(cpu, source);
                let (level, id) = (self.whea.sources[source].irql, self.whea.sources[source].id);
                // A handler that nothing masks arrives above the level that it would have.
                let level = level.max(self.kernel.cpus[cpu].irql);
                let frame = WheaFrame::Handler(HandlerFrame::new(source, severity));
                self.kernel
                    .nest(guest, cpu, Origin::Isr, Frame::above(frame), level)?;
                self.kernel
                    .event(EventKind::Note(format!("error of source {id}")));
            }
            Step::Dpc(_) => self.kernel.nest(
                guest,
                cpu,
                Origin::Dpc,
                Frame::Dpc(DpcFrame::default()),
                irql::DISPATCH,
            )?,
            Step::Switch(_) => self.kernel.switch_thread(cpu),
        }
        match self.kernel.load(guest, cpu)? {
            Then::Run => Ok(Flow::Continue),
            Then::Return(value) => Ok(Flow::Return(value)),
            Then::Resume(value) => self.resume(guest, value),
            Then::Spin(_) => self.resume(guest, 0),
        }
    }
}
