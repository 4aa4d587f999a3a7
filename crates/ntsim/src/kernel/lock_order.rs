//! The order of spin locks: two that are taken in both orders will deadlock some day, on some
//! machine, whether or not they did in this run.

use std::collections::BTreeMap;

use crate::{Failure, Rule, guest::Guest, sim::Sim};

/// For each lock, those that were taken while it was held, and the call that took them first.
#[derive(Debug, Default)]
pub(crate) struct LockOrder {
    inner: BTreeMap<u64, BTreeMap<u64, u64>>,
}

impl LockOrder {
    /// The first step of a way from `outer` to `inner`: a lock taken under `outer`, and where.
    fn way(&self, outer: u64, inner: u64) -> Option<(u64, u64)> {
        let direct = self.inner.get(&outer)?;
        if let Some(call) = direct.get(&inner) {
            return Some((inner, *call));
        }
        let mut seen = vec![outer];
        let mut open: Vec<(u64, (u64, u64))> = direct
            .iter()
            .map(|(next, call)| (*next, (*next, *call)))
            .collect();
        while let Some((lock, first)) = open.pop() {
            if lock == inner {
                return Some(first);
            }
            if !seen.contains(&lock) {
                seen.push(lock);
                let next = self.inner.get(&lock).into_iter().flatten();
                open.extend(next.map(|(next, _)| (*next, first)));
            }
        }
        None
    }

    /// A lock is another one from here on.
    pub(crate) fn forget(&mut self, lock: u64) {
        self.inner.remove(&lock);
        for taken in self.inner.values_mut() {
            taken.remove(&lock);
        }
    }
}

impl Sim {
    /// The current processor, which does not hold `lock`, asks for it.
    pub(crate) fn check_lock_order(&mut self, guest: &Guest, lock: u64) -> Result<(), Failure> {
        let cpu = self.cpu_index();
        let held: Vec<u64> = self.kernel.spin_locks.held_by(cpu).collect();
        let call = self.calling(guest).unwrap_or(self.last_pc);
        for outer in held {
            if let Some((next, before)) = self.kernel.lock_order.way(lock, outer) {
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
            let taken = self.kernel.lock_order.inner.entry(outer).or_default();
            taken.entry(lock).or_insert(call);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_found_over_other_locks_and_through_no_forgotten_one() {
        let mut order = LockOrder::default();
        for (outer, inner, call) in [(1, 2, 12), (2, 3, 23), (3, 1, 31), (3, 4, 34)] {
            order.inner.entry(outer).or_default().insert(inner, call);
        }
        assert_eq!(order.way(1, 2), Some((2, 12)));
        assert_eq!(order.way(1, 4), Some((2, 12)));
        assert_eq!(order.way(4, 1), None);
        order.forget(2);
        assert_eq!(order.way(1, 4), None);
    }
}
