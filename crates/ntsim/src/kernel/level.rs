//! Raising and lowering IRQL, and critical regions.

use crate::{
    activation::Flow,
    failure::{Failure, rule},
    guest::Guest,
    processor::irql,
    sim::Sim,
};

impl Sim {
    /// `KeGetCurrentIrql`.
    pub(crate) fn ke_get_current_irql(&mut self, _guest: &mut Guest) -> Result<Flow, Failure> {
        Ok(Flow::Return(u64::from(self.cpu().irql)))
    }

    /// `KfRaiseIrql`, which `KeRaiseIrql` is a macro over.
    pub(crate) fn kf_raise_irql(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let (new, old) = (guest.argument_u8(0)?, self.cpu().irql);
        if new < old || new > irql::HIGH {
            return Err(Failure::new(
                rule::IRQL,
                format!("KfRaiseIrql was called to go from IRQL {old} to {new}"),
            ));
        }
        self.cpu_mut().irql = new;
        Ok(Flow::Return(u64::from(old)))
    }

    /// `KeLowerIrql`.
    pub(crate) fn ke_lower_irql(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let (new, old) = (guest.argument_u8(0)?, self.cpu().irql);
        if new > old {
            return Err(Failure::new(
                rule::IRQL,
                format!("KeLowerIrql was called to go from IRQL {old} to {new}"),
            ));
        }
        let cpu = self.cpu_index();
        if new < irql::DISPATCH
            && let Some(lock) = self.kernel.spin_locks.held_by(cpu).next()
        {
            return Err(Failure::new(
                rule::LOCK_MISUSE,
                format!(
                    "KeLowerIrql was called to go to IRQL {new} with the spin lock {lock:#x} held"
                ),
            ));
        }
        self.cpu_mut().irql = new;
        self.attention = true;
        Ok(self.return_or_move())
    }

    /// `KeEnterCriticalRegion`.
    pub(crate) fn ke_enter_critical_region(&mut self, _guest: &mut Guest) -> Result<Flow, Failure> {
        if let Some(thread) = self.current_thread() {
            thread.critical_regions += 1;
        }
        Ok(Flow::Return(0))
    }

    /// `KeLeaveCriticalRegion`.
    pub(crate) fn ke_leave_critical_region(&mut self, _guest: &mut Guest) -> Result<Flow, Failure> {
        let Some(thread) = self.current_thread() else {
            return Ok(Flow::Return(0));
        };
        match thread.critical_regions.checked_sub(1) {
            Some(left) => {
                thread.critical_regions = left;
                Ok(Flow::Return(0))
            }
            None => Err(Failure::new(
                rule::BAD_ARGUMENT,
                "KeLeaveCriticalRegion was called by a thread that is in no critical region",
            )),
        }
    }
}
