//! Interrupts that are handled at `PASSIVE_LEVEL`: NT's event around each call, and inside of it the framework's wait lock.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        state::{
            activation::Flow,
            frame::{Frame, Holds},
            wait::{DispatcherObject, Wait},
        },
    },
    wdf::{
        Framework,
        state::{
            frame::WdfFrame,
            interrupt::{AfterPassive, InterruptFrame, PassiveCall},
        },
    },
};

const FALSE: u64 = 0;
const TRUE: u64 = 1;

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Takes the locks of a call that it does not have yet, the event first, and makes it.
    pub(super) fn call_passive(&mut self, mut call: PassiveCall) -> Flow<A> {
        while let Some(lock) = call.to_take.last().copied() {
            if !self.kernel.take_event(lock) {
                return Flow::WaitThen {
                    wait: Wait {
                        object: Some(DispatcherObject::InterruptEvent(lock)),
                    },
                    frame: Frame::above(WdfFrame::Interrupt(InterruptFrame::Passive(call))),
                };
            }
            call.to_take.pop();
            call.taken.push(lock);
        }
        Flow::Call {
            what: call.what,
            target: call.target,
            arguments: call.arguments.clone(),
            frame: Frame::above(WdfFrame::Interrupt(InterruptFrame::PassiveCalled(call))),
        }
    }

    /// A call has returned.
    pub(super) fn passive_called(
        &mut self,
        guest: &mut Guest,
        call: PassiveCall,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        for lock in call.taken.into_iter().rev() {
            self.kernel.release_event(lock);
        }
        match call.after {
            AfterPassive::Return => Ok(Flow::Return(value & 0xFF)),
            AfterPassive::Way(on) => self.enabled_or_disabled(guest, on, value),
        }
    }

    /// Whether a call on an interrupt that is handled at `PASSIVE_LEVEL` is made there: KMDF's verifier stops at any other,
    /// and without it the call does nothing.
    pub(super) fn is_at_passive(&self, function: &str) -> Result<(), Failure> {
        let level = self.kernel.cpu().irql;
        if level == irql::PASSIVE {
            return Ok(());
        }
        Err(Failure::new(
            Rule::WdfVerifier,
            format!(
                "{function} was called at IRQL {level} for an interrupt that is handled at PASSIVE"
            ),
        ))
    }

    /// Takes the wait lock of an interrupt, for the driver.
    pub(super) fn acquire_wait_lock(&mut self, handle: u64) -> Result<Flow<A>, Failure> {
        self.is_at_passive("WdfInterruptAcquireLock")?;
        if self.kernel.take_event(handle) {
            return Ok(Flow::Return(0));
        }
        Ok(Flow::WaitThen {
            wait: Wait {
                object: Some(DispatcherObject::InterruptEvent(handle)),
            },
            frame: Frame::above(WdfFrame::Interrupt(InterruptFrame::WaitLock(handle))),
        })
    }

    /// Gives it back.
    pub(super) fn release_wait_lock(&mut self, handle: u64) -> Result<Flow<A>, Failure> {
        self.is_at_passive("WdfInterruptReleaseLock")?;
        if self.kernel.release_event(handle) {
            return Ok(Flow::Return(0));
        }
        Err(Failure::new(
            Rule::LockMisuse,
            "WdfInterruptReleaseLock was called for a wait lock that nothing holds",
        ))
    }

    /// Takes it if it is free.
    pub(super) fn try_wait_lock(&mut self, handle: u64) -> Result<Flow<A>, Failure> {
        self.is_at_passive("WdfInterruptTryToAcquireLock")?;
        let taken = self.kernel.take_event(handle);
        Ok(Flow::Return(if taken { TRUE } else { FALSE }))
    }
}
