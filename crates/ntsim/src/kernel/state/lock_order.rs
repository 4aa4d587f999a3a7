//! The order of spin locks: which was taken while which was held.

use std::collections::BTreeMap;

use super::shared::Shared;

/// For each lock, those that were taken while it was held, and the call that took them first.
#[derive(Clone, Debug, Default)]
pub(crate) struct LockOrder {
    pub(in crate::kernel) inner: Shared<BTreeMap<u64, BTreeMap<u64, u64>>>,
}

impl LockOrder {
    /// The first step of a way from `outer` to `inner`: a lock taken under `outer`, and where.
    pub(in crate::kernel) fn way(&self, outer: u64, inner: u64) -> Option<(u64, u64)> {
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
