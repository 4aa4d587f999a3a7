//! Carrying out what a kernel routine, or a frame of the kernel's, wants to happen next.

use nt_model::{Failure, Rule};
use unicorn_engine::RegisterX86;

use crate::{
    guest::{Guest, layout},
    kernel::{
        Kernel, irql,
        state::{
            activation::{Flow, Then},
            frame::{Frame, FrameRecord},
            log::EventKind,
            thread::State,
            wait::Wait,
        },
    },
};

/// What a frame says of the callback that it calls: what for, where, and at which level.
type Called = (&'static str, u64, Option<u8>);

/// What a frame says of itself that calls none.
const PAUSES: Called = ("", 0, None);

impl<A> Kernel<A> {
    /// Takes the innermost frame off the live activation: the driver has returned to it, or it was reached again.
    pub(crate) fn pop_frame(&mut self, guest: &mut Guest) -> Result<Frame<A>, Failure> {
        let cpu = self.cpu_index();
        let level = self.cpus[cpu].irql;
        let activation = self.top(cpu).expect("a live processor has an activation");
        let record = activation.frames.pop().ok_or_else(|| {
            Failure::new(
                Rule::Instruction,
                "the driver jumped to the return address of a callback that it is not in",
            )
        })?;
        activation.call = record.call;
        guest.set_reg(RegisterX86::RSP, record.rsp);
        if let Some(expected) = record.irql
            && expected != level
        {
            let failure = Failure::new(
                Rule::IrqlNotRestored,
                format!("a callback was entered at IRQL {expected} and returned at IRQL {level}"),
            );
            let place = self.locate(record.left_at);
            self.unless_off(failure.at(place))?;
            self.cpus[cpu].irql = expected;
        }
        self.changed_here();
        self.stands(guest);
        Ok(record.frame)
    }

    fn push_frame(&mut self, guest: &Guest, frame: Frame<A>, (what, target, level): Called) {
        let rsp = guest.reg(RegisterX86::RSP);
        let cpu = self.cpu_index();
        let activation = self.top(cpu).expect("a live processor has an activation");
        activation.frames.push(FrameRecord {
            frame,
            what,
            target,
            rsp,
            irql: level,
            left_at: 0,
            call: activation.call.take(),
        });
        self.changed_here();
    }

    /// Carries out `flow` for the live activation.
    pub(crate) fn apply(&mut self, guest: &mut Guest, flow: Flow<A>) -> Result<(), Failure> {
        match flow {
            Flow::Continue => Ok(()),
            Flow::Return(value) => {
                guest.pop_return(value)?;
                self.fill_below(guest, guest.reg(RegisterX86::RSP), false)?;
                self.end_call();
                self.event(EventKind::Return { value });
                Ok(())
            }
            Flow::Call {
                what,
                target,
                arguments,
                frame,
            } => {
                if target == 0 {
                    return Err(Failure::new(
                        Rule::BadArgument,
                        format!("{what} that the driver gave is NULL, and is to be called now"),
                    ));
                }
                let level = self.cpu().irql;
                self.event(EventKind::Callback { what, target });
                self.push_frame(guest, frame, (what, target, Some(level)));
                self.fill_below(guest, guest.reg(RegisterX86::RSP), true)?;
                guest.push_call(target, layout::TRAP_BASE, &arguments)
            }
            Flow::Spin { lock, frame } => {
                self.push_frame(guest, frame, PAUSES);
                self.leave(guest, Then::Spin(lock))
            }
            Flow::Pause { frame } => {
                self.push_frame(guest, frame, PAUSES);
                self.leave(guest, Then::Resume(0))
            }
            Flow::Wait(wait) => {
                let cpu = self.detach(guest, Then::Return(0))?;
                self.block(cpu, wait);
                Ok(())
            }
            Flow::WaitThen { wait, frame } => {
                self.push_frame(guest, frame, PAUSES);
                let cpu = self.detach(guest, Then::Resume(0))?;
                self.block(cpu, wait);
                Ok(())
            }
            Flow::Yield { frame } => {
                self.push_frame(guest, frame, PAUSES);
                let cpu = self.detach(guest, Then::Resume(0))?;
                let thread = self.cpus[cpu]
                    .thread
                    .take()
                    .expect("only a thread gives its processor away");
                let level = self.cpus[cpu].irql;
                self.threads.make_ready(thread, level);
                self.cpus[cpu].irql = irql::PASSIVE;
                self.changed(cpu);
                Ok(())
            }
            Flow::Finish => self.finish(guest),
        }
    }

    /// Saves the live activation, which does not go on by itself.
    fn leave(&mut self, guest: &mut Guest, then: Then) -> Result<(), Failure> {
        let cpu = self.live.expect("only a live activation leaves");
        self.strand_is_live(None);
        self.live = None;
        self.save_top(guest, cpu, then)
    }

    /// As [`Self::leave`], for a thread that is about to lose its processor.
    fn detach(&mut self, guest: &mut Guest, then: Then) -> Result<usize, Failure> {
        let cpu = self.cpu_index();
        if !self.cpus[cpu].nested.is_empty() || self.cpus[cpu].irql >= irql::DISPATCH {
            return Err(Failure::new(
                Rule::Irql,
                "a wait was asked for where no thread may wait, at DISPATCH or above",
            ));
        }
        self.leave(guest, then)?;
        Ok(cpu)
    }

    /// Blocks the thread of `cpu`.
    fn block(&mut self, cpu: usize, wait: Wait) {
        let thread = self.cpus[cpu].thread.take().expect("only a thread waits");
        let level = self.cpus[cpu].irql;
        self.cpus[cpu].irql = irql::PASSIVE;
        self.threads.set_state(thread, State::Waiting(wait), level);
        self.changed(cpu);
    }

    /// Ends the live activation.
    fn finish(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let cpu = self.live.expect("only a live activation ends");
        let strand = self.strand();
        self.end_strand(cpu, strand);
        self.strand_is_live(None);
        self.live = None;
        let processor = &mut self.cpus[cpu];
        if let Some(activation) = processor.nested.pop() {
            processor.irql = activation.interrupted_irql;
            processor.raised_for = activation.interrupted_for;
            // The next activation of that depth gets the same stack.
            let top = activation.stack_top;
            self.forget_stack_locks(top, top);
            self.changed(cpu);
            return Ok(());
        }
        let level = processor.irql;
        let thread = processor
            .thread
            .take()
            .expect("an activation that is not nested is a thread");
        if level != irql::PASSIVE {
            self.unless_off(Failure::new(
                Rule::IrqlNotRestored,
                format!("a thread ended at IRQL {level}"),
            ))?;
            self.cpus[cpu].irql = irql::PASSIVE;
        }
        self.changed(cpu);
        self.stands_nowhere(cpu);
        self.end_thread(guest, thread)
    }
}
