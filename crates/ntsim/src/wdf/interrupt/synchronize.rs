//! `WdfInterruptSynchronize` and the interrupt's lock as the driver takes it.

use nt_model::{Failure, Rule};

use crate::{
    guest::{Guest, given},
    kernel::state::{
        activation::Flow,
        frame::{Frame, Holds},
    },
    wdf::{
        Framework,
        state::{
            frame::WdfFrame,
            interrupt::{AfterPassive, InterruptFrame, PassiveCall},
        },
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfInterruptSynchronize`: reads NT's interrupt object, and hands it to `KeSynchronizeExecution`. Nothing keeps the
    /// object between the two, and nothing looks whether there is one.
    pub(crate) fn wdf_interrupt_synchronize(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        let (callback, context) = (guest.argument(2)?, guest.argument(3)?);
        given("WdfInterruptSynchronize", "Callback", callback)?;
        let (object, passive) = (
            self.interrupt(handle).object_or_captured(),
            self.interrupt(handle).passive,
        );
        if passive {
            self.is_at_passive("WdfInterruptSynchronize")?;
        }
        if object == 0 {
            return Err(Failure::new(
                Rule::BadArgument,
                "WdfInterruptSynchronize was called for an interrupt that is not connected: KMDF passes NULL to KeSynchronizeExecution",
            ));
        }
        Ok(Flow::Pause {
            frame: Frame::above(WdfFrame::Interrupt(InterruptFrame::Synchronize {
                object,
                handle,
                callback,
                context,
            })),
        })
    }

    /// Goes on with what an interrupt led to.
    pub(crate) fn resume_interrupt(
        &mut self,
        guest: &mut Guest,
        frame: InterruptFrame,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        match frame {
            InterruptFrame::Way(on) => self.resume_way(guest, on, value),
            InterruptFrame::Synchronize {
                object,
                handle,
                callback,
                context,
            } if self.interrupt(handle).passive => {
                if let Some(failed) = self.kernel.fail_call("KeSynchronizeExecution") {
                    return Ok(failed);
                }
                self.kernel.lock_to_take(object, "KeSynchronizeExecution")?;
                self.call_passive(PassiveCall {
                    what: "synchronize routine",
                    target: callback,
                    arguments: vec![handle, context],
                    to_take: vec![handle, object],
                    taken: Vec::new(),
                    after: AfterPassive::Return,
                })
            }
            InterruptFrame::Synchronize {
                object,
                handle,
                callback,
                context,
            } => {
                if let Some(failed) = self.kernel.fail_call("KeSynchronizeExecution") {
                    return Ok(failed);
                }
                let arguments = vec![handle, context];
                self.kernel
                    .synchronize_on(guest, object, callback, arguments)
            }
            InterruptFrame::Passive(call) => self.passive_awaited(call),
            InterruptFrame::PassiveCalled(call) => self.passive_called(guest, call, value),
            InterruptFrame::WaitLock(handle) => self.acquire_interrupt_wait_lock(handle),
            InterruptFrame::WorkItem(handle) => self.run_interrupt_work_item(guest, handle),
            InterruptFrame::WorkItemEnded(handle) => Ok(self.interrupt_work_item_ended(handle)),
        }
    }

    /// NT's interrupt object for a function that takes or gives up its lock; a broken rule of KMDF's verifier where the
    /// interrupt is not connected, and without the rule the function does nothing.
    fn object_for_lock(&self, handle: u64, function: &str) -> Result<u64, Failure> {
        match self.interrupt(handle).object_or_captured() {
            0 => Err(Failure::new(
                Rule::WdfVerifier,
                format!(
                    "{function} was called for an interrupt that is not connected: KMDF neither takes the lock nor gives it up"
                ),
            )),
            object => Ok(object),
        }
    }

    /// `WdfInterruptAcquireLock`: `KeAcquireInterruptSpinLock`, with the IRQL to go back to in the framework's object.
    pub(crate) fn wdf_interrupt_acquire_lock(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        if self.interrupt(handle).passive {
            return self.acquire_interrupt_wait_lock(handle);
        }
        let object = self.object_for_lock(handle, "WdfInterruptAcquireLock")?;
        let (level, lock) = self
            .kernel
            .lock_to_take(object, "KeAcquireInterruptSpinLock")?;
        let (cpu, old) = (self.kernel.cpu_index(), self.kernel.cpu().irql);
        self.wdf.spin_lock_levels.insert((handle, cpu), old);
        self.kernel.cpu_mut().irql = level;
        self.kernel.acquire_then_return(guest, lock, 0)
    }

    /// `WdfInterruptReleaseLock`.
    pub(crate) fn wdf_interrupt_release_lock(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        if self.interrupt(handle).passive {
            return self.release_interrupt_wait_lock(handle);
        }
        let object = self.object_for_lock(handle, "WdfInterruptReleaseLock")?;
        let (_, lock) = self
            .kernel
            .lock_to_take(object, "KeReleaseInterruptSpinLock")?;
        self.kernel.unlock(guest, lock)?;
        let cpu = self.kernel.cpu_index();
        let Some(old) = self.wdf.spin_lock_levels.remove(&(handle, cpu)) else {
            return Err(Failure::new(
                Rule::LockMisuse,
                "WdfInterruptReleaseLock was called by a processor that did not acquire the lock by WdfInterruptAcquireLock",
            ));
        };
        self.kernel
            .check_lowering("WdfInterruptReleaseLock was called", old)?;
        self.kernel.cpu_mut().irql = old;
        Ok(self.kernel.return_or_move())
    }

    /// `WdfInterruptTryToAcquireLock`, which is for interrupts that are handled at `PASSIVE_LEVEL`.
    pub(crate) fn wdf_interrupt_try_to_acquire_lock(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        if self.interrupt(handle).passive {
            return self.try_interrupt_wait_lock(handle);
        }
        Err(Failure::new(
            Rule::WdfVerifier,
            "WdfInterruptTryToAcquireLock was called for an interrupt that is handled at DIRQL",
        ))
    }
}
