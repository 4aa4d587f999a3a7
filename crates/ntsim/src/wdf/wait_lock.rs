//! Wait locks: a thread holds one in a critical region, and what comes meanwhile waits, for as long as it says.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        race::Edge,
        state::{
            activation::Flow,
            frame::{Frame, Holds},
            wait::{DispatcherObject, Wait},
        },
    },
    wdf::{
        Framework,
        attributes::{Allowed, Attributes},
        state::{frame::WdfFrame, object::Kind, wait_lock::WaitLock},
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfWaitLockCreate`.
    pub(crate) fn wdf_wait_lock_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (attributes, out) = (guest.argument(1)?, guest.argument(2)?);
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        let parent = self.parent_of(&attributes, self.wdf.driver.handle)?;
        let handle = self.new_wdf_object(guest, Kind::WaitLock, parent, &attributes)?;
        self.wdf.wait_locks.insert(handle, WaitLock::default());
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfWaitLockAcquire`: without a timeout it waits for ever, with one of 0 it only looks.
    pub(crate) fn wdf_wait_lock_acquire(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let lock = self.wdf_handle(guest, 1, Kind::WaitLock)?;
        let timeout = guest.argument(2)?;
        let deadline = self.kernel.wait_deadline(guest, timeout)?;
        let looks_only = deadline.is_some_and(|deadline| deadline <= self.kernel.cycles);
        if !looks_only && self.kernel.cpu().irql > irql::PASSIVE {
            return Err(Failure::new(
                Rule::Irql,
                "WdfWaitLockAcquire was called above PASSIVE, and may wait",
            ));
        }
        let owner = self.wdf.wait_locks[&lock].owner;
        if deadline.is_none() && owner.is_some() && owner == self.kernel.cpu().thread {
            return Err(Failure::new(
                Rule::LockRecursion,
                format!(
                    "the wait lock {lock:#x} is acquired by the thread that holds it: it would now wait for ever"
                ),
            ));
        }
        Ok(self.take_wait_lock(lock, deadline))
    }

    /// Takes a wait lock if it is free.
    pub(super) fn try_wait_lock(&mut self, lock: u64) -> bool {
        let thread = self.kernel.cpu().thread;
        let found = self.wdf.wait_locks.get_mut(&lock);
        let found = found.expect("a wait lock's handle names it");
        if found.owner.is_some() {
            return false;
        }
        found.owner = thread;
        self.wait_lock_taken(lock);
        true
    }

    /// Takes a wait lock, or waits for it until the deadline.
    pub(super) fn take_wait_lock(&mut self, lock: u64, deadline: Option<u64>) -> Flow<A> {
        if self.try_wait_lock(lock) {
            return Flow::status(Status::SUCCESS);
        }
        if deadline.is_some_and(|deadline| deadline <= self.kernel.cycles) {
            return Flow::status(Status::TIMEOUT);
        }
        self.kernel.arm_wait(deadline);
        Flow::WaitThen {
            wait: Wait {
                object: Some(DispatcherObject::Lock(lock)),
            },
            frame: Frame::above(WdfFrame::WaitLock { lock }),
        }
    }

    /// The thread has the lock.
    pub(super) fn wait_lock_taken(&mut self, lock: u64) {
        self.kernel.acquires(Edge::Lock(lock));
        if let Some(thread) = self.kernel.current_thread() {
            thread.critical_regions.push(Box::default());
        }
    }

    /// The wait for a lock has ended: the thread was given it, or the time is over.
    pub(super) fn wait_lock_awaited(&mut self, lock: u64, value: u64) -> Flow<A> {
        if value == u64::from(Status::TIMEOUT) {
            return Flow::status(Status::TIMEOUT);
        }
        self.wait_lock_taken(lock);
        Flow::status(Status::SUCCESS)
    }

    /// `WdfWaitLockRelease`.
    pub(crate) fn wdf_wait_lock_release(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let lock = self.wdf_handle(guest, 1, Kind::WaitLock)?;
        self.release_wait_lock(lock)?;
        Ok(Flow::Return(0))
    }

    /// Gives a wait lock back.
    pub(super) fn release_wait_lock(&mut self, lock: u64) -> Result<(), Failure> {
        let thread = self.kernel.cpu().thread;
        let found = self.wdf.wait_locks.get_mut(&lock);
        let found = found.expect("a wait lock's handle names it");
        if found.owner.is_none() || found.owner != thread {
            return Err(Failure::new(
                Rule::LockMisuse,
                format!("the wait lock {lock:#x} is released by who does not hold it"),
            ));
        }
        // A synchronization event that is set goes to who has waited longest, and to nothing else.
        let object = DispatcherObject::Lock(lock);
        found.owner = self.kernel.waiters(object).first().copied();
        self.kernel.releases(Edge::Lock(lock));
        self.kernel.wake_waiters(object, 0, 1);
        if let Some(thread) = self.kernel.current_thread() {
            thread.critical_regions.pop();
        }
        Ok(())
    }
}
