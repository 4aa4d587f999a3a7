//! Rundown protection: an `EX_RUNDOWN_REF` counts its holders and lets one waiter wait them out.
//!
//! The word lives in the driver's memory: bit 0 says that rundown has begun, the rest counts
//! twice the holders.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{
        Kernel, irql,
        race::Edge,
        state::{
            activation::Flow,
            frame::Frame,
            wait::{DispatcherObject, Wait},
        },
    },
};

/// Rundown has begun, or is over.
const ACTIVE: u64 = 1;
/// One holder.
const HOLDER: u64 = 2;

impl<A> Kernel<A> {
    /// `ExInitializeRundownProtection`.
    pub(crate) fn ex_initialize_rundown_protection(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let reference = guest.argument(0)?;
        guest.write_u64(reference, 0)?;
        self.releases(Edge::RundownBegin(reference));
        Ok(Flow::Return(0))
    }

    /// `ExReInitializeRundownProtection`: only after a rundown is over.
    pub(crate) fn ex_reinitialize_rundown_protection(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let reference = guest.argument(0)?;
        let word = guest.read_u64(reference)?;
        if word != ACTIVE {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "ExReInitializeRundownProtection was called where no rundown is over (the reference holds {word:#x})"
                ),
            ));
        }
        guest.write_u64(reference, 0)?;
        self.releases(Edge::RundownBegin(reference));
        Ok(Flow::Return(0))
    }

    /// `ExAcquireRundownProtection`.
    pub(crate) fn ex_acquire_rundown_protection(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let reference = guest.argument(0)?;
        let word = guest.read_u64(reference)?;
        if word & ACTIVE != 0 {
            return Ok(Flow::Return(0));
        }
        guest.write_u64(reference, word + HOLDER)?;
        self.acquires(Edge::RundownBegin(reference));
        Ok(Flow::Return(1))
    }

    /// `ExReleaseRundownProtection`.
    pub(crate) fn ex_release_rundown_protection(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let reference = guest.argument(0)?;
        let word = guest.read_u64(reference)?;
        let Some(left) = word.checked_sub(HOLDER) else {
            return Err(Failure::new(
                Rule::BadArgument,
                "ExReleaseRundownProtection was called more often than ExAcquireRundownProtection succeeded",
            ));
        };
        guest.write_u64(reference, left)?;
        self.releases(Edge::RundownEnd(reference));
        if left == ACTIVE {
            self.wake_waiters(DispatcherObject::Rundown(reference), 0, usize::MAX);
        }
        Ok(Flow::Return(0))
    }

    /// `ExRundownCompleted`.
    pub(crate) fn ex_rundown_completed(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let reference = guest.argument(0)?;
        guest.write_u64(reference, ACTIVE)?;
        Ok(Flow::Return(0))
    }

    /// `ExWaitForRundownProtectionRelease`.
    pub(crate) fn ex_wait_for_rundown_protection_release(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let reference = guest.argument(0)?;
        let word = guest.read_u64(reference)?;
        guest.write_u64(reference, word | ACTIVE)?;
        if word & !ACTIVE == 0 {
            self.acquires(Edge::RundownEnd(reference));
            return Ok(Flow::Return(0));
        }
        if self.cpu().irql >= irql::DISPATCH {
            return Err(Failure::new(
                Rule::Irql,
                "ExWaitForRundownProtectionRelease has to wait, at DISPATCH or above",
            ));
        }
        Ok(Flow::WaitThen {
            wait: Wait {
                object: Some(DispatcherObject::Rundown(reference)),
            },
            frame: Frame::ReturnAfter(0),
        })
    }
}
