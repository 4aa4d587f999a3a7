//! Spin locks: who holds which, by the address of the lock.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use unicorn_engine::RegisterX86;

use crate::{
    Failure, Rule,
    activation::{Flow, Frame},
    guest::Guest,
    kernel::synchronize::SynchronizeFrame,
    layout,
    processor::irql,
    race::Edge,
    sim::Sim,
};

/// Who holds a lock.
#[derive(Clone, Copy)]
struct Held {
    cpu: usize,
    /// The IRQL at which the lock is held.
    level: u8,
}

/// The spin locks that are held, and those in the driver's memory that are initialised.
#[derive(Default)]
pub(crate) struct SpinLocks {
    held: BTreeMap<u64, Held>,
    initialised: BTreeSet<u64>,
}

impl SpinLocks {
    pub(crate) fn is_held(&self, lock: u64) -> bool {
        self.held.contains_key(&lock)
    }

    /// The locks that `cpu` holds.
    pub(crate) fn held_by(&self, cpu: usize) -> impl Iterator<Item = u64> {
        self.held
            .iter()
            .filter(move |(_, held)| held.cpu == cpu)
            .map(|(lock, _)| *lock)
    }

    /// The locks that `cpu` holds, with the IRQL of each.
    pub(crate) fn levels_held_by(&self, cpu: usize) -> impl Iterator<Item = (u64, u8)> {
        self.held
            .iter()
            .filter(move |(_, held)| held.cpu == cpu)
            .map(|(lock, held)| (*lock, held.level))
    }

    fn is_held_by(&self, lock: u64, cpu: usize) -> bool {
        self.held.get(&lock).is_some_and(|held| held.cpu == cpu)
    }

    /// What was memory of locks is memory of something else, or of nothing.
    pub(crate) fn forget_memory(&mut self, memory: Range<u64>) {
        if memory.is_empty() {
            return;
        }
        let gone: Vec<u64> = self.initialised.range(memory).copied().collect();
        for lock in gone {
            self.initialised.remove(&lock);
        }
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
        if !self.kernel.spin_locks.is_held_by(lock, cpu) {
            self.check_lock_order(guest, lock)?;
        }
        match self.kernel.spin_locks.held.get(&lock) {
            Some(held) if held.cpu == cpu => Err(Failure::new(
                Rule::LockRecursion,
                format!(
                    "processor {cpu} holds the spin lock {lock:#x} already: on hardware it would now spin for ever"
                ),
            )),
            Some(_) => Ok(Attempt::Busy),
            None => {
                if has_memory(lock) {
                    self.check_initialised(guest, lock)?;
                    let word = guest.read_u64(lock)?;
                    if word != 0 {
                        return Err(Failure::new(
                            Rule::LockMisuse,
                            format!(
                                "the spin lock at {lock:#x} is free and holds {word:#x}: it was overwritten"
                            ),
                        ));
                    }
                    guest.write_u64(lock, 1)?;
                }
                let level = self.cpu().irql;
                self.kernel
                    .spin_locks
                    .held
                    .insert(lock, Held { cpu, level });
                self.acquires(Edge::Lock(lock));
                self.locks_changed(cpu);
                Ok(Attempt::Acquired)
            }
        }
    }

    /// Releases a spin lock that the current processor holds.
    pub(crate) fn unlock(&mut self, guest: &mut Guest, lock: u64) -> Result<(), Failure> {
        let cpu = self.cpu_index();
        if !self.kernel.spin_locks.is_held_by(lock, cpu) {
            return Err(Failure::new(
                Rule::LockMisuse,
                format!("processor {cpu} releases the spin lock {lock:#x}, which it does not hold"),
            ));
        }
        if has_memory(lock) {
            if guest.read_u64(lock)? != 1 {
                return Err(Failure::new(
                    Rule::LockMisuse,
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

    /// Locks on the live stack below its pointer were those of frames that have ended.
    fn forget_ended_frames(&mut self, guest: &Guest) {
        let pointer = guest.reg(RegisterX86::RSP);
        let cpu = self.cpu_index();
        if let Some(top) = self.top(cpu).map(|activation| activation.stack_top) {
            self.forget_stack_locks(top, pointer.min(top));
        }
    }

    /// Locks of the stack with that top are none any more, as far up as `end`.
    pub(crate) fn forget_stack_locks(&mut self, top: u64, end: u64) {
        let base = top - layout::STACK_SIZE;
        let memory = base..end.max(base);
        self.kernel.spin_locks.forget_memory(memory);
    }

    /// A lock is asked for: somebody has to have initialised it since its memory is its memory. That
    /// the word is zero is not enough: what it looks like is `KeInitializeSpinLock`'s to know.
    fn check_initialised(&mut self, guest: &Guest, lock: u64) -> Result<(), Failure> {
        self.forget_ended_frames(guest);
        if self.kernel.spin_locks.initialised.contains(&lock) {
            return Ok(());
        }
        self.unless_off(Failure::new(
            Rule::LockMisuse,
            format!("the spin lock at {lock:#x} is taken and was not initialised"),
        ))
    }

    /// `KeInitializeSpinLock`.
    pub(crate) fn ke_initialize_spin_lock(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let lock = guest.argument(0)?;
        if self.kernel.spin_locks.is_held(lock) {
            return Err(Failure::new(
                Rule::LockMisuse,
                format!("the spin lock at {lock:#x} is initialised while it is held"),
            ));
        }
        self.forget_ended_frames(guest);
        self.kernel.spin_locks.initialised.insert(lock);
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
                Rule::Irql,
                format!("KeReleaseSpinLock was told to go back to IRQL {old}"),
            ));
        }
        self.check_lowering("KeReleaseSpinLock", old)?;
        self.cpu_mut().irql = old;
        Ok(self.return_or_move())
    }
}
