//! Spin locks: who holds which, by the address of the lock.

use nt_model::{Failure, Rule};
use unicorn_engine::RegisterX86;

use crate::{
    guest::{Guest, layout},
    kernel::{
        Kernel, irql,
        race::Edge,
        state::{
            activation::Flow,
            frame::{Frame, SynchronizeFrame},
            spin_lock::{Attempt, Held},
        },
    },
};

/// An internal lock, of an interrupt object that was connected without one, has no memory.
fn has_memory(lock: u64) -> bool {
    !(layout::OBJECT_BASE..layout::OBJECT_BASE + (1 << 40)).contains(&lock)
}

impl<A> Kernel<A> {
    /// Takes a spin lock for the current processor, if it is free.
    pub(crate) fn try_lock(&mut self, guest: &mut Guest, lock: u64) -> Result<Attempt, Failure> {
        let cpu = self.cpu_index();
        if !self.spin_locks.is_held_by(lock, cpu) {
            self.check_lock_order(lock)?;
        }
        match self.spin_locks.held.get(&lock) {
            Some(held) if held.cpu == cpu => Err(Failure::new(
                Rule::LockRecursion,
                format!(
                    "processor {cpu} holds the spin lock {lock:#x} already{}: on hardware it would now spin for ever",
                    self.since(", since it was taken at", held.taken_at)
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
                                "the spin lock at {lock:#x} is free and holds {word:#x}: it was overwritten{}",
                                self.initialised_at(lock)
                            ),
                        ));
                    }
                    guest.write_u64(lock, 1)?;
                }
                let level = self.cpu().irql;
                let taken_at = self.calling();
                let held = Held {
                    cpu,
                    level,
                    taken_at,
                };
                self.spin_locks.held.insert(lock, held);
                self.acquires(Edge::Lock(lock));
                self.locks_changed(cpu);
                self.changed(cpu);
                Ok(Attempt::Acquired)
            }
        }
    }

    /// Releases a spin lock that the current processor holds.
    pub(crate) fn unlock(&mut self, guest: &mut Guest, lock: u64) -> Result<(), Failure> {
        let cpu = self.cpu_index();
        if !self.spin_locks.is_held_by(lock, cpu) {
            return Err(Failure::new(
                Rule::LockMisuse,
                format!("processor {cpu} releases the spin lock {lock:#x}, which it does not hold"),
            ));
        }
        if has_memory(lock) {
            if guest.read_u64(lock)? != 1 {
                return Err(Failure::new(
                    Rule::LockMisuse,
                    format!(
                        "the spin lock at {lock:#x} was overwritten while it was held{}",
                        self.initialised_at(lock)
                    ),
                ));
            }
            guest.write_u64(lock, 0)?;
        }
        self.spin_locks.held.remove(&lock);
        self.releases(Edge::Lock(lock));
        self.locks_changed(cpu);
        self.changed(cpu);
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
        self.spin_locks.forget_memory(memory);
    }

    /// A lock is asked for: something has to have initialised it since its memory is its memory. That
    /// the word is zero is not enough: what it looks like is `KeInitializeSpinLock`'s to know.
    fn check_initialised(&mut self, guest: &Guest, lock: u64) -> Result<(), Failure> {
        self.forget_ended_frames(guest);
        if self.spin_locks.initialised.contains_key(&lock) {
            return Ok(());
        }
        self.unless_off(Failure::new(
            Rule::LockMisuse,
            format!("the spin lock at {lock:#x} is taken and was not initialised"),
        ))
    }

    fn initialised_at(&self, lock: u64) -> String {
        let call = self.spin_locks.initialised.get(&lock).copied().flatten();
        self.since(" since it was initialised at", call)
    }

    /// A clause with the place of a call, where it is known.
    fn since(&self, what: &str, call: Option<u64>) -> String {
        let place = call.and_then(|call| self.locate(call));
        place.map_or_else(String::new, |place| format!("{what} {place}"))
    }

    /// A failure of the lock under which the kernel calls the ISR of `object`: none of the driver's calls is at work, and
    /// the report names where the ISR was connected.
    pub(crate) fn in_dispatch_of(&self, failure: Failure, lock: u64, object: u64) -> Failure {
        let connected = self.origin(object);
        let to_call = match &connected {
            Some(place) => format!("to call the ISR that was connected at {place}"),
            None => "to call a connected ISR".to_owned(),
        };
        let taken = self.spin_locks.held.get(&lock);
        // The line that holds it is to blame, below the level of the interrupt.
        let taken = taken.filter(|_| failure.cause == Rule::LockRecursion);
        let holder = taken.and_then(|held| self.locate(held.taken_at?));
        Failure {
            message: format!("{}; it is taken {to_call}", failure.message),
            ..self.blame(failure, object)
        }
        .at(holder.or(connected))
    }

    /// `KeInitializeSpinLock`.
    pub(crate) fn ke_initialize_spin_lock(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let lock = guest.argument(0)?;
        if self.spin_locks.is_held(lock) {
            return Err(Failure::new(
                Rule::LockMisuse,
                format!("the spin lock at {lock:#x} is initialised while it is held"),
            ));
        }
        self.forget_ended_frames(guest);
        let call = self.calling();
        self.spin_locks.initialised.insert(lock, call);
        self.lock_order.forget(lock);
        guest.write_u64(lock, 0)?;
        Ok(Flow::Return(0))
    }

    /// `KeAcquireSpinLockRaiseToDpc`, which `KeAcquireSpinLock` is a macro over.
    pub(crate) fn ke_acquire_spin_lock_raise_to_dpc(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
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
    ) -> Result<Flow<A>, Failure> {
        Ok(match self.try_lock(guest, lock)? {
            Attempt::Acquired => Flow::Return(value),
            Attempt::Busy => Flow::Spin {
                lock,
                frame: Frame::Synchronize(SynchronizeFrame::AcquireOnly { lock, value }),
            },
        })
    }

    /// `KeReleaseSpinLock`.
    pub(crate) fn ke_release_spin_lock(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (lock, old) = (guest.argument(0)?, guest.argument_u8(1)?);
        self.unlock(guest, lock)?;
        if old > irql::DISPATCH {
            return Err(Failure::new(
                Rule::Irql,
                format!("KeReleaseSpinLock was told to go back to IRQL {old}"),
            ));
        }
        self.check_lowering("KeReleaseSpinLock was called", old)?;
        self.cpu_mut().irql = old;
        Ok(self.return_or_move())
    }
}
