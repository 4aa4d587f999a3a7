//! The legal next steps of the machine.
//!
//! An interrupt is deliverable on a processor only where hardware could deliver it: connected and
//! active, asserted or pending, in the affinity, and above the processor's IRQL. A DPC runs as soon
//! as its processor's IRQL falls below DISPATCH. Threads are dispatched only below DISPATCH.

use crate::kernel::{
    Kernel, irql,
    state::{activation::Then, scheduler::Step},
};

impl<A> Kernel<A> {
    /// The interrupts that the processor could take.
    pub(crate) fn find_interrupts(&self, cpu: usize, steps: &mut Vec<Step>) {
        steps.extend(
            self.deliverable(cpu)
                .map(|vector| Step::Interrupt(cpu, vector)),
        );
    }

    /// Whether the processor is in the middle of an instruction: it goes on with that, and does nothing else.
    pub(crate) fn is_inside_instruction(&self, cpu: usize) -> bool {
        self.cpus[cpu].half.is_some()
    }

    /// Whether the processor does anything at present.
    pub(crate) fn is_stalled(&self, cpu: usize) -> bool {
        self.cpus[cpu].stalled_until > self.cycles
    }

    /// What the processor could do where nothing interrupts it.
    pub(crate) fn find_work(&self, cpu: usize, steps: &mut Vec<Step>) {
        let processor = &self.cpus[cpu];
        if processor.irql < irql::DISPATCH && !processor.dpcs.is_empty() && !processor.in_dpc() {
            steps.push(Step::Dpc(cpu));
            return;
        }
        let top = match processor.nested.last() {
            Some(activation) => Some(activation),
            None => processor
                .thread
                .and_then(|thread| self.threads.get(thread))
                .map(|thread| &thread.activation),
        };
        let can_switch = processor.nested.is_empty()
            && processor.irql < irql::DISPATCH
            && self.threads.next_ready(cpu).is_some();
        match top {
            Some(activation) => {
                let free = match activation.then {
                    Then::Spin(lock) => !self.spin_locks.is_held(lock),
                    _ => true,
                };
                if free {
                    steps.push(Step::Run(cpu));
                }
                if can_switch && self.scheduler.preempts_threads() {
                    steps.push(Step::Switch(cpu));
                }
            }
            None if can_switch => steps.push(Step::Switch(cpu)),
            None => {}
        }
    }

    /// A decision is due: nothing of an earlier one holds any more.
    pub(crate) fn begin_decision(&mut self) {
        self.attention = false;
        self.find_deadline();
        self.scheduler.draw_gap();
    }
}
