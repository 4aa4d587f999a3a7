//! Spin locks: who holds which, by the address of the lock.

use std::collections::BTreeMap;

use crate::{
    activation::{Flow, Frame},
    failure::{Failure, rule},
    guest::Guest,
    kernel::synchronize::SynchronizeFrame,
    layout,
    processor::irql,
    race::Edge,
    sim::Sim,
};

/// The spin locks that are held.
#[derive(Default)]
pub(crate) struct SpinLocks {
    held: BTreeMap<u64, usize>,
}

impl SpinLocks {
    pub(crate) fn is_held(&self, lock: u64) -> bool {
        self.held.contains_key(&lock)
    }

    /// The locks that `cpu` holds.
    pub(crate) fn held_by(&self, cpu: usize) -> impl Iterator<Item = u64> {
        self.held
            .iter()
            .filter(move |(_, holder)| **holder == cpu)
            .map(|(lock, _)| *lock)
    }
}

/// What became of an attempt to take a spin lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    Acquired,
    /// Another processor holds it.
    Busy,
}

/// An internal lock, of an interrupt object that was connected without one, has no memory.
fn has_memory(lock: u64) -> bool {
    !(layout::OBJECT_BASE..layout::OBJECT_BASE + (1 << 40)).contains(&lock)
}

impl Sim {
    /// Takes a spin lock for the current processor, if it is free.
    pub(crate) fn try_lock(&mut self, guest: &mut Guest, lock: u64) -> Result<Attempt, Failure> {
        let cpu = self.cpu_index();
        if self.kernel.spin_locks.held.get(&lock) != Some(&cpu) {
            self.check_lock_order(guest, lock)?;
        }
        match self.kernel.spin_locks.held.get(&lock) {
            Some(holder) if *holder == cpu => Err(Failure::new(
                rule::LOCK_RECURSION,
                format!(
                    "processor {cpu} holds the spin lock {lock:#x} already: on hardware it would now spin for ever"
                ),
            )),
            Some(_) => Ok(Attempt::Busy),
            None => {
                if has_memory(lock) {
                    let word = guest.read_u64(lock)?;
                    if word != 0 {
                        return Err(Failure::new(
                            rule::LOCK_MISUSE,
                            format!(
                                "the spin lock at {lock:#x} is free and holds {word:#x}: it was not initialised, or was overwritten"
                            ),
                        ));
                    }
                    guest.write_u64(lock, 1)?;
                }
                self.kernel.spin_locks.held.insert(lock, cpu);
                self.acquires(Edge::Lock(lock));
                self.locks_changed(cpu);
                Ok(Attempt::Acquired)
            }
        }
    }

    /// Releases a spin lock that the current processor holds.
    pub(crate) fn unlock(&mut self, guest: &mut Guest, lock: u64) -> Result<(), Failure> {
        let cpu = self.cpu_index();
        if self.kernel.spin_locks.held.get(&lock) != Some(&cpu) {
            return Err(Failure::new(
                rule::LOCK_MISUSE,
                format!("processor {cpu} releases the spin lock {lock:#x}, which it does not hold"),
            ));
        }
        if has_memory(lock) {
            if guest.read_u64(lock)? != 1 {
                return Err(Failure::new(
                    rule::LOCK_MISUSE,
                    format!("the spin lock at {lock:#x} was overwritten while it was held"),
                ));
            }
            guest.write_u64(lock, 0)?;
        }
        self.kernel.spin_locks.held.remove(&lock);
        self.releases(Edge::Lock(lock));
        self.locks_changed(cpu);
        self.attention = true;
        Ok(())
    }

    /// `KeInitializeSpinLock`.
    pub(crate) fn ke_initialize_spin_lock(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let lock = guest.argument(0)?;
        if self.kernel.spin_locks.is_held(lock) {
            return Err(Failure::new(
                rule::LOCK_MISUSE,
                format!("the spin lock at {lock:#x} is initialised while it is held"),
            ));
        }
        self.kernel.lock_order.forget(lock);
        guest.write_u64(lock, 0)?;
        Ok(Flow::Return(0))
    }

    /// `KeAcquireSpinLockRaiseToDpc`, which `KeAcquireSpinLock` is a macro over.
    pub(crate) fn ke_acquire_spin_lock_raise_to_dpc(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let lock = guest.argument(0)?;
        let old = self.cpu().irql;
        self.cpu_mut().irql = irql::DISPATCH;
        self.acquire_then_return(guest, lock, u64::from(old))
    }

    /// Takes a lock, spinning if need be, and then returns `value` from the export.
    pub(crate) fn acquire_then_return(
        &mut self,
        guest: &mut Guest,
        lock: u64,
        value: u64,
    ) -> Result<Flow, Failure> {
        Ok(match self.try_lock(guest, lock)? {
            Attempt::Acquired => Flow::Return(value),
            Attempt::Busy => Flow::Spin {
                lock,
                frame: Frame::Synchronize(SynchronizeFrame::AcquireOnly { lock, value }),
            },
        })
    }

    /// `KeReleaseSpinLock`.
    pub(crate) fn ke_release_spin_lock(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let (lock, old) = (guest.argument(0)?, guest.argument_u8(1)?);
        self.unlock(guest, lock)?;
        if old > irql::DISPATCH {
            return Err(Failure::new(
                rule::IRQL,
                format!("KeReleaseSpinLock was told to go back to IRQL {old}"),
            ));
        }
        self.cpu_mut().irql = old;
        Ok(self.return_or_move())
    }
}
