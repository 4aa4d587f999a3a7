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
    /// The WDFWAITLOCK of the driver's that is an interrupt's lock; none where the lock is the framework's own. The framework
    /// keeps no reference to it.
    fn wait_lock_of_driver(&self, handle: u64) -> Result<Option<u64>, Failure> {
        let lock = self.interrupt(handle).lock;
        if lock == handle || self.wdf.wait_locks.contains_key(&lock) {
            return Ok(Some(lock).filter(|lock| *lock != handle));
        }
        Err(Failure::new(
            Rule::BadHandle,
            format!(
                "the interrupt {handle:#x} is used, whose wait lock {lock:#x} is deleted: the framework keeps no reference to it"
            ),
        ))
    }

    /// Takes the locks of a call that it does not have yet, the event first, and makes it.
    pub(super) fn call_passive(&mut self, mut call: PassiveCall) -> Result<Flow<A>, Failure> {
        while let Some(lock) = call.to_take.last().copied() {
            let of_driver = if self.wdf.interrupts.contains_key(&lock) {
                self.wait_lock_of_driver(lock)?
            } else {
                None
            };
            let (taken, object) = match of_driver {
                Some(lock) => (self.try_wait_lock(lock), DispatcherObject::Lock(lock)),
                None => (
                    self.kernel.take_event(lock),
                    DispatcherObject::InterruptEvent(lock),
                ),
            };
            if !taken {
                return Ok(Flow::WaitThen {
                    wait: Wait {
                        object: Some(object),
                    },
                    frame: Frame::above(WdfFrame::Interrupt(InterruptFrame::Passive(call))),
                });
            }
            call.to_take.pop();
            call.taken.push(lock);
        }
        Ok(Flow::Call {
            what: call.what,
            target: call.target,
            arguments: call.arguments.clone(),
            frame: Frame::above(WdfFrame::Interrupt(InterruptFrame::PassiveCalled(call))),
        })
    }

    /// The wait of a call for one of its locks has ended: a wait lock of the driver's was handed on to it, and an event is free.
    pub(super) fn passive_awaited(&mut self, mut call: PassiveCall) -> Result<Flow<A>, Failure> {
        let waited_for = call.to_take.last().copied();
        let interrupt = waited_for.filter(|lock| self.wdf.interrupts.contains_key(lock));
        if let Some(handle) = interrupt
            && let Some(lock) = self.wait_lock_of_driver(handle)?
        {
            self.wait_lock_taken(lock);
            call.to_take.pop();
            call.taken.push(handle);
        }
        self.call_passive(call)
    }

    /// A call has returned.
    pub(super) fn passive_called(
        &mut self,
        guest: &mut Guest,
        call: PassiveCall,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        for lock in call.taken.into_iter().rev() {
            let of_driver = if self.wdf.interrupts.contains_key(&lock) {
                self.wait_lock_of_driver(lock)?
            } else {
                None
            };
            match of_driver {
                Some(lock) => self.release_wait_lock(lock)?,
                None => {
                    self.kernel.release_event(lock);
                }
            }
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
    pub(super) fn acquire_interrupt_wait_lock(&mut self, handle: u64) -> Result<Flow<A>, Failure> {
        self.is_at_passive("WdfInterruptAcquireLock")?;
        if let Some(lock) = self.wait_lock_of_driver(handle)? {
            return Ok(self.take_wait_lock(lock, None));
        }
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
    pub(super) fn release_interrupt_wait_lock(&mut self, handle: u64) -> Result<Flow<A>, Failure> {
        self.is_at_passive("WdfInterruptReleaseLock")?;
        if let Some(lock) = self.wait_lock_of_driver(handle)? {
            self.release_wait_lock(lock)?;
            return Ok(Flow::Return(0));
        }
        if self.kernel.release_event(handle) {
            return Ok(Flow::Return(0));
        }
        Err(Failure::new(
            Rule::LockMisuse,
            "WdfInterruptReleaseLock was called for a wait lock that nothing holds",
        ))
    }

    /// Takes it if it is free.
    pub(super) fn try_interrupt_wait_lock(&mut self, handle: u64) -> Result<Flow<A>, Failure> {
        self.is_at_passive("WdfInterruptTryToAcquireLock")?;
        let taken = match self.wait_lock_of_driver(handle)? {
            Some(lock) => self.try_wait_lock(lock),
            None => self.kernel.take_event(handle),
        };
        Ok(Flow::Return(if taken { TRUE } else { FALSE }))
    }
}
