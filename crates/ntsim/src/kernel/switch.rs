//! Context switches: making an activation live, and putting one aside.

use nt_model::Failure;
use unicorn_engine::RegisterX86;

use crate::{
    guest::Guest,
    kernel::{
        Kernel,
        state::{
            activation::{Activation, Origin, Then},
            frame::Frame,
            log::EventKind,
        },
    },
};

impl<A> Kernel<A> {
    pub(crate) fn nest(
        &mut self,
        guest: &mut Guest,
        cpu: usize,
        origin: Origin,
        frame: Frame<A>,
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
        self.changed(cpu);
        Ok(())
    }

    /// Puts the processor's thread back among the ready ones and takes the first of them.
    pub(crate) fn switch_thread(&mut self, cpu: usize) {
        let next = self
            .threads
            .next_ready(cpu)
            .expect("a switch is legal only to a ready thread");
        let level = self.cpus[cpu].irql;
        if let Some(previous) = self.cpus[cpu].thread.take() {
            self.threads.make_ready(previous, level);
        }
        let thread = self.threads.run(next, cpu);
        self.cpus[cpu].irql = thread.irql;
        self.cpus[cpu].thread = Some(next);
        self.stands_nowhere(cpu);
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
        let last_pc = self.last_pc;
        let activation = self.top(cpu).expect("a live processor has an activation");
        activation.pc = pc;
        activation.last_pc = last_pc;
        activation.then = then;
        guest.save(&mut activation.registers)
    }

    /// Makes the processor's innermost activation live, and says how it goes on.
    pub(crate) fn load(&mut self, guest: &mut Guest, cpu: usize) -> Result<Then, Failure> {
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
        let last_pc = activation.last_pc;
        self.pristine = Some(pristine);
        self.live = Some(cpu);
        self.last = cpu;
        if last_pc != 0 {
            self.last_pc = last_pc;
        }
        self.strand_is_live(Some(strand));
        if then == Then::Run {
            guest.set_reg(RegisterX86::RIP, pc);
        }
        if !fresh {
            self.stands(guest);
        }
        Ok(then)
    }
}
