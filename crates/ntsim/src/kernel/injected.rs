//! Injected failures: how a call fails that the host has named.
//!
//! A run is a function of the image, the configuration and what the host asks for, and an injected failure is something the
//! host asks for: the token needs no mention of it, and a report names what failed.

use nt_model::{InjectedFailure, Status};

use crate::kernel::{
    Kernel,
    state::{
        activation::{Flow, Origin},
        injections::{DPC_RUN, ISR_RUN, REGISTER_READ, REGISTER_WRITE},
        thread::ThreadId,
        time::CYCLES_PER_UNIT,
    },
};

/// How long a processor is away, in NT's units of 100 ns: a millisecond.
const STALLED_FOR: u64 = 10_000;
/// How long a starved thread waits for a processor, in NT's units of 100 ns: a minute.
const STARVED_FOR: u64 = 60 * 10_000_000;

/// What the call returns instead of what it would do; none where it does it, and something is wrong with
/// what comes of it.
fn answer_of<A>(failure: InjectedFailure) -> Option<Flow<A>> {
    match failure {
        // NULL, and FALSE.
        InjectedFailure::PoolExhausted
        | InjectedFailure::MappingRefused
        | InjectedFailure::NotSynchronized => Some(Flow::Return(0)),
        InjectedFailure::ConnectRefused | InjectedFailure::ThreadRefused => {
            Some(Flow::status(Status::INSUFFICIENT_RESOURCES))
        }
        InjectedFailure::ConnectedNothing => Some(Flow::status(Status::SUCCESS)),
        InjectedFailure::ThreadStarved
        | InjectedFailure::DpcLate
        | InjectedFailure::DpcStalled
        | InjectedFailure::DpcHeldUp
        | InjectedFailure::IsrHeldUp
        | InjectedFailure::SynchronizedTwice
        | InjectedFailure::ReadStalled
        | InjectedFailure::WriteHeldUp => None,
    }
}

impl<A> Kernel<A> {
    /// Answers a call of `export` that meets an injected failure, instead of its routine.
    pub(crate) fn fail_call(&mut self, export: &str) -> Option<Flow<A>> {
        let failure = self.injections.meet(export, self.cpu().in_dpc())?;
        self.note(format!("fault: {export} meets {failure:?}"));
        match failure {
            InjectedFailure::ThreadStarved => self.starve_next_thread = true,
            InjectedFailure::SynchronizedTwice => self.injections.calls_twice = true,
            InjectedFailure::NotSynchronized => self.interrupts.note_not_called(),
            InjectedFailure::DpcLate
            | InjectedFailure::DpcStalled
            | InjectedFailure::DpcHeldUp
            | InjectedFailure::IsrHeldUp
            | InjectedFailure::ReadStalled => {
                self.cpu_mut().stalled_until = self.cycles + STALLED_FOR * CYCLES_PER_UNIT;
                self.attention = true;
            }
            _ => {}
        }
        answer_of(failure)
    }

    /// Lets a read of a register meet an injected failure, where a service routine reads.
    pub(crate) fn stall_register_read(&mut self) {
        let top = self.cpu().nested.last();
        if top.is_some_and(|activation| activation.origin == Origin::Isr) {
            let answer = self.fail_call(REGISTER_READ);
            debug_assert!(answer.is_none(), "the device has answered");
        }
    }

    /// For how many cycles a write to a register is on its way.
    pub(super) fn delay_of_write(&mut self) -> u64 {
        let met = self.injections.meet(REGISTER_WRITE, false);
        match met {
            Some(failure) => {
                self.note(format!("fault: {REGISTER_WRITE} meets {failure:?}"));
                STALLED_FOR * CYCLES_PER_UNIT
            }
            None => 0,
        }
    }

    /// Lets a service routine meet an injected failure where NT is about to call it; whether it has to wait.
    pub(super) fn hold_isr_up(&mut self) -> bool {
        let answer = self.fail_call(ISR_RUN);
        debug_assert!(answer.is_none(), "NT has taken the interrupt");
        self.is_stalled(self.cpu_index())
    }

    /// Lets a DPC meet an injected failure where it is about to begin.
    pub(super) fn hold_dpc_up(&mut self) {
        let answer = self.fail_call(DPC_RUN);
        debug_assert!(answer.is_none(), "NT has taken the DPC out");
    }

    /// Keeps a thread that was just made from running, where the call that made it met that failure.
    pub(crate) fn starve(&mut self, thread: ThreadId) {
        if core::mem::take(&mut self.starve_next_thread) {
            let until = self.cycles + STARVED_FOR * CYCLES_PER_UNIT;
            self.sleep_until(thread, until);
        }
    }
}
