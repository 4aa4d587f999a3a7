//! Framework spin locks: as the kernel's, with the old IRQL kept by the framework.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        state::{activation::Flow, frame::Holds},
    },
    wdf::{
        Framework,
        attributes::Attributes,
        state::{frame::WdfFrame, object::Kind},
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfSpinLockCreate`.
    pub(crate) fn wdf_spin_lock_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (attributes, out) = (guest.argument(1)?, guest.argument(2)?);
        let attributes = Attributes::read(guest, attributes)?;
        let parent = if attributes.parent == 0 {
            self.wdf.driver.handle
        } else {
            attributes.parent
        };
        let handle = self.new_wdf_object(guest, Kind::SpinLock, parent, &attributes)?;
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// The spin lock in a function's first argument. That of an interrupt is taken and given up by the interrupt's
    /// functions alone: KMDF's verifier stops at any other call, and without it the call does nothing.
    fn spin_lock_argument(&self, guest: &Guest) -> Result<u64, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::SpinLock)?;
        if !self.wdf.interrupt_locks.contains(&handle) {
            return Ok(handle);
        }
        Err(Failure::new(
            Rule::WdfVerifier,
            format!(
                "the spin lock {handle:#x} is an interrupt's, and is taken or given up as any other"
            ),
        ))
    }

    /// `WdfSpinLockAcquire`.
    pub(crate) fn wdf_spin_lock_acquire(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.spin_lock_argument(guest)?;
        let (cpu, old) = (self.kernel.cpu_index(), self.kernel.cpu().irql);
        self.wdf.spin_lock_levels.insert((handle, cpu), old);
        self.kernel.cpu_mut().irql = irql::DISPATCH;
        self.kernel.acquire_then_return(guest, handle, 0)
    }

    /// `WdfSpinLockRelease`.
    pub(crate) fn wdf_spin_lock_release(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.spin_lock_argument(guest)?;
        self.kernel.unlock(guest, handle)?;
        let cpu = self.kernel.cpu_index();
        let Some(old) = self.wdf.spin_lock_levels.remove(&(handle, cpu)) else {
            return Err(Failure::new(
                Rule::LockMisuse,
                "WdfSpinLockRelease was called by a processor that did not acquire the lock",
            ));
        };
        self.kernel
            .check_lowering("WdfSpinLockRelease was called", old)?;
        self.kernel.cpu_mut().irql = old;
        Ok(self.kernel.return_or_move())
    }
}
