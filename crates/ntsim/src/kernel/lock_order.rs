//! The order of spin locks: two that are taken in both orders will deadlock some day, on some
//! machine, whether or not they did in this run.

use nt_model::{Failure, Rule};

use crate::kernel::Kernel;

impl<A> Kernel<A> {
    /// The current processor, which does not hold `lock`, asks for it.
    pub(crate) fn check_lock_order(&mut self, lock: u64) -> Result<(), Failure> {
        let cpu = self.cpu_index();
        let held: Vec<u64> = self.spin_locks.held_by(cpu).collect();
        let call = self.calling().unwrap_or(self.last_pc);
        for outer in held {
            if let Some((next, before)) = self.lock_order.way(lock, outer) {
                let place = self
                    .locate(before)
                    .map_or_else(String::new, |place| format!(" at {place}"));
                let failure = Failure::new(
                    Rule::LockOrder,
                    format!(
                        "the spin lock {lock:#x} is taken while {outer:#x} is held; in the opposite order {next:#x} was taken while {lock:#x} was held{place}"
                    ),
                );
                self.unless_off(failure)?;
            }
            let taken = self.lock_order.inner.entry(outer).or_default();
            taken.entry(lock).or_insert(call);
        }
        Ok(())
    }
}
