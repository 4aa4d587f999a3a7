//! Context switches: making an activation live, and putting one aside.

use unicorn_engine::RegisterX86;

use super::Step;
use crate::{
    Failure,
    activation::{Activation, Flow, Frame, Origin, Then},
    events::EventKind,
    guest::Guest,
    kernel::{dpc::DpcFrame, isr::IsrFrame},
    processor::irql,
    sim::Sim,
    whea::{WheaFrame, handler::HandlerFrame},
};

impl Sim {
    /// Makes the step's activation live and returns how it goes on.
    pub(super) fn take(&mut self, guest: &mut Guest, step: Step) -> Result<Flow, Failure> {
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
            Step::Error(_, source) => {
                let severity = self.severity_of(source);
                self.accept_error(cpu, source);
                let (level, id) = (self.whea.sources[source].irql, self.whea.sources[source].id);
                // A handler that nothing masks arrives above the level that it would have.
                let level = level.max(self.cpus[cpu].irql);
                let frame = WheaFrame::Handler(HandlerFrame::new(source, severity));
                self.nest(guest, cpu, Origin::Isr, Frame::Whea(frame), level)?;
                self.event(EventKind::Note(format!("error of source {id}")));
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
        let stack = self.cpus[cpu].nested_stacks[depth];
        let strand = self.begin_nested_strand(cpu, origin, level, stack);
        let processor = &mut self.cpus[cpu];
        let activation = Activation {
            interrupted_for: core::mem::take(&mut processor.raised_for),
            ..Activation::new(origin, frame, stack, processor.irql, strand)
        };
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
        let Some(cpu) = self.live else {
            return Ok(());
        };
        self.strand_is_live(None);
        self.live = None;
        self.save_top(guest, cpu, Then::Run)
    }

    pub(super) fn save_top(
        &mut self,
        guest: &mut Guest,
        cpu: usize,
        then: Then,
    ) -> Result<(), Failure> {
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
        let strand = (activation.strand, activation.stack_top);
        self.pristine = Some(pristine);
        self.live = Some(cpu);
        self.last = cpu;
        self.strand_is_live(Some(strand));
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
}
