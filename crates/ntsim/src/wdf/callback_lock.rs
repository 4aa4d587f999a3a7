//! Callback locks: which one the framework holds while it calls the driver, and who waits for it.
//!
//! A driver, a device and a queue have one each: a mutex where their callbacks are at PASSIVE, else a spin lock, under which
//! callbacks run at DISPATCH (`FxDriver::ConfigureConstraints`, `FxDeviceBase::ConfigureConstraints`,
//! `FxIoQueue::ConfigureConstraints`). A synchronization scope says whether the framework takes one by itself; the driver may
//! take it by `WdfObjectAcquireLock` in any case.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        race::Edge,
        state::{
            activation::Flow,
            frame::{Frame, Holds},
            spin_lock::Attempt,
            wait::{DispatcherObject, Wait},
        },
    },
    wdf::{
        Framework,
        attributes::{Constraints, Scope},
        state::{
            callback_lock::{CallbackLock, LockedCall},
            frame::WdfFrame,
            object::Kind,
        },
    },
};

/// A callback of the driver's.
pub(super) struct Callback {
    pub(super) what: &'static str,
    pub(super) target: u64,
    pub(super) arguments: Vec<u64>,
}

impl super::Wdf {
    /// What of a callback lock a report says: whose it is, and what it is.
    pub(crate) fn describe_callback_lock(&self, lock: u64) -> String {
        let whose = match self.objects.get(&lock).map(|object| object.kind) {
            Some(Kind::Queue) => "queue",
            Some(Kind::Device) => "device",
            _ => "driver",
        };
        let found = self.callback_locks.get(&lock);
        let what = if found.is_some_and(|lock| lock.mutex) {
            "mutex"
        } else {
            "spin lock"
        };
        format!("the {whose}'s callback lock is a {what}")
    }
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Gives an object a callback lock.
    pub(super) fn make_callback_lock(&mut self, of: u64, mutex: bool) {
        let lock = CallbackLock {
            mutex,
            owner: None,
            previous: irql::PASSIVE,
        };
        self.wdf.callback_locks.insert(of, lock);
    }

    /// Whether what runs holds the lock (`FxCallbackLock::IsOwner`).
    pub(super) fn owns_callback_lock(&self, lock: u64) -> bool {
        let (cpu, thread) = (self.kernel.cpu_index(), self.kernel.cpu().thread);
        match self.wdf.callback_locks.get(&lock) {
            Some(found) if found.mutex => found.owner.is_some() && found.owner == thread,
            Some(_) => self.kernel.spin_locks.held_by(cpu).any(|held| held == lock),
            None => false,
        }
    }

    /// Calls the driver, under `lock` where there is one.
    pub(super) fn call_under(
        &mut self,
        guest: &mut Guest,
        lock: Option<u64>,
        callback: Callback,
        then: WdfFrame,
    ) -> Result<Flow<A>, Failure> {
        let Callback {
            what,
            target,
            arguments,
        } = callback;
        let Some(lock) = lock else {
            return Ok(Flow::Call {
                what,
                target,
                arguments,
                frame: Frame::above(then),
            });
        };
        let call = LockedCall {
            lock,
            old: self.kernel.cpu().irql,
            what,
            target,
            arguments,
            then,
        };
        self.lock_and_call(guest, Box::new(call))
    }

    /// Calls the driver under a lock, or waits for it first.
    pub(super) fn lock_and_call(
        &mut self,
        guest: &mut Guest,
        call: Box<LockedCall<WdfFrame>>,
    ) -> Result<Flow<A>, Failure> {
        if !self.take_callback_lock(guest, call.lock)? {
            return Ok(self.await_callback_lock(call.lock, WdfFrame::Lock(call)));
        }
        let LockedCall {
            lock,
            old,
            what,
            target,
            arguments,
            then,
        } = *call;
        Ok(Flow::Call {
            what,
            target,
            arguments,
            frame: Frame::above(WdfFrame::Unlock {
                lock,
                old,
                then: Box::new(then),
            }),
        })
    }

    /// A callback under a lock has returned. What had to wait for a lower IRQL comes before what goes on.
    pub(super) fn call_returned(
        &mut self,
        guest: &mut Guest,
        (lock, old): (u64, u8),
        then: Box<WdfFrame>,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        self.leave_callback_lock(guest, lock, old)?;
        if self.wdf.callback_locks[&lock].mutex || old >= irql::DISPATCH {
            return self.resume_wdf(guest, *then, value);
        }
        Ok(Flow::Pause {
            frame: Frame::above(WdfFrame::Unlocked { then, value }),
        })
    }

    /// Takes a callback lock; false where it is another's. A spin lock raises to DISPATCH in any case.
    fn take_callback_lock(&mut self, guest: &mut Guest, lock: u64) -> Result<bool, Failure> {
        if self.owns_callback_lock(lock) {
            // `FxVerifierBugCheck`: with and without the verifier.
            return Err(Failure::new(
                Rule::LockRecursion,
                format!(
                    "the callback lock of {lock:#x} is taken by who holds it already, and {}: the framework stops the machine (WDF_VIOLATION, WDF_RECURSIVE_LOCK)",
                    self.wdf.describe_callback_lock(lock)
                ),
            ));
        }
        if !self.wdf.callback_locks[&lock].mutex {
            let level = self.kernel.cpu().irql;
            self.kernel.cpu_mut().irql = level.max(irql::DISPATCH);
            return Ok(self.kernel.try_lock(guest, lock)? == Attempt::Acquired);
        }
        if self.kernel.cpu().irql > irql::APC {
            return Err(Failure::new(
                Rule::Irql,
                format!(
                    "the callback lock of {lock:#x} is taken at IRQL {}, and {}",
                    self.kernel.cpu().irql,
                    self.wdf.describe_callback_lock(lock)
                ),
            ));
        }
        let thread = self.kernel.cpu().thread;
        let Some(found) = self
            .wdf
            .callback_locks
            .get_mut(&lock)
            .filter(|found| found.owner.is_none())
        else {
            return Ok(false);
        };
        found.owner = thread;
        self.kernel.acquires(Edge::Lock(lock));
        // `FxCallbackMutexLock::Lock`: a fast mutex in a critical region.
        if let Some(thread) = self.kernel.current_thread() {
            thread.critical_regions.push(Box::default());
        }
        Ok(true)
    }

    fn await_callback_lock(&self, lock: u64, frame: WdfFrame) -> Flow<A> {
        let frame = Frame::above(frame);
        if self.wdf.callback_locks[&lock].mutex {
            let wait = Wait {
                object: Some(DispatcherObject::Lock(lock)),
            };
            Flow::WaitThen { wait, frame }
        } else {
            Flow::Spin { lock, frame }
        }
    }

    fn leave_callback_lock(
        &mut self,
        guest: &mut Guest,
        lock: u64,
        old: u8,
    ) -> Result<(), Failure> {
        if !self.wdf.callback_locks[&lock].mutex {
            self.kernel.unlock(guest, lock)?;
            self.kernel.cpu_mut().irql = old;
            return Ok(());
        }
        if !self.owns_callback_lock(lock) {
            return Err(Failure::new(
                Rule::LockMisuse,
                format!("the callback lock of {lock:#x} is released by who does not hold it"),
            ));
        }
        if let Some(found) = self.wdf.callback_locks.get_mut(&lock) {
            found.owner = None;
        }
        if let Some(thread) = self.kernel.current_thread() {
            thread.critical_regions.pop();
        }
        self.kernel.releases(Edge::Lock(lock));
        self.kernel.wake_waiters(DispatcherObject::Lock(lock), 0, 1);
        Ok(())
    }

    /// The object whose callback lock is that of `object`: the device's for what has none of its own.
    fn callback_lock_of(&self, object: u64) -> Option<u64> {
        if let Some(queue) = self.wdf.queues.get(&object) {
            return Some(queue.lock);
        }
        let found = self.wdf.objects.get(&object)?;
        match found.kind {
            Kind::Device | Kind::Driver => Some(object),
            // `FxFileObject::GetCallbackLockPtr`.
            Kind::File => self.file_callback_lock(),
            _ => None,
        }
    }

    fn callback_lock_argument(&self, guest: &Guest) -> Result<u64, Failure> {
        let object = guest.argument(1)?;
        if !self.wdf.objects.contains_key(&object) {
            return Err(Failure::new(
                Rule::BadHandle,
                format!(
                    "the lock of {object:#x} is asked for, which names nothing, or nothing any more"
                ),
            ));
        }
        self.callback_lock_of(object).ok_or_else(|| {
            Failure::new(
                Rule::Bugcheck,
                format!("WDF_VIOLATION: {object:#x} is an object without a callback lock (WDF_INVALID_LOCK_OPERATION)"),
            )
        })
    }

    /// `WdfObjectAcquireLock`.
    pub(crate) fn wdf_object_acquire_lock(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let lock = self.callback_lock_argument(guest)?;
        let old = self.kernel.cpu().irql;
        self.acquire_object_lock(guest, lock, old)
    }

    /// Takes the callback lock at the driver's request, or waits for it first.
    pub(super) fn acquire_object_lock(
        &mut self,
        guest: &mut Guest,
        lock: u64,
        old: u8,
    ) -> Result<Flow<A>, Failure> {
        if !self.take_callback_lock(guest, lock)? {
            return Ok(self.await_callback_lock(lock, WdfFrame::AcquireLock { lock, old }));
        }
        if let Some(found) = self.wdf.callback_locks.get_mut(&lock) {
            found.previous = old;
        }
        Ok(Flow::Return(0))
    }

    /// `WdfObjectReleaseLock`.
    pub(crate) fn wdf_object_release_lock(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let lock = self.callback_lock_argument(guest)?;
        let found = self.wdf.callback_locks[&lock];
        if found.mutex {
            self.leave_callback_lock(guest, lock, found.previous)?;
            return Ok(Flow::Return(0));
        }
        self.kernel.unlock(guest, lock)?;
        self.kernel
            .check_lowering("WdfObjectReleaseLock was called", found.previous)?;
        self.kernel.cpu_mut().irql = found.previous;
        Ok(self.kernel.return_or_move())
    }

    /// The constraints and the lock of the nearest ancestor that has callbacks, `object` itself to begin with, and whether
    /// `object` is one whose callbacks are at PASSIVE; none where no device is among them (`_SearchForDevice`).
    fn serializes_with(&self, object: u64) -> Option<(Constraints, u64)> {
        let mut found = None;
        let mut at = object;
        loop {
            let kind = self.wdf.objects.get(&at)?.kind;
            let constraints = match kind {
                Kind::Queue => Some(self.wdf.queues.get(&at)?.constraints),
                Kind::Device => Some(self.wdf.device.constraints),
                // A file has those of the package that calls its callbacks.
                Kind::File => Some(self.file_constraints()),
                _ => None,
            };
            if found.is_none()
                && let Some(constraints) = constraints
            {
                found = Some((constraints, self.callback_lock_of(at)?));
            }
            if kind == Kind::Device {
                return found;
            }
            at = self.wdf.objects[&at].parent;
        }
    }

    /// The callback lock of a DPC, a timer or a work item that is a child of `parent` (`FxObject::_GetEffectiveLock`).
    ///
    /// # Errors
    ///
    /// The status of the creation: there is no device above the parent, or it runs at another level.
    pub(super) fn effective_lock(
        &mut self,
        parent: u64,
        automatic: bool,
        passive: bool,
    ) -> Result<Result<Option<u64>, Status>, Failure> {
        let Some((constraints, lock)) = self.serializes_with(parent) else {
            return Ok(Err(Status::INVALID_DEVICE_REQUEST));
        };
        if !automatic || constraints.scope == Scope::None {
            return Ok(Ok(None));
        }
        if passive != self.has_passive_callbacks(parent) {
            self.kernel.unless_off(Failure::new(
                Rule::WdfVerifier,
                format!(
                    "AutomaticSerialization is asked for with a parent whose callbacks run {}: the framework refuses it (STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL)",
                    if passive { "at DISPATCH" } else { "at PASSIVE" }
                ),
            ))?;
            return Ok(Err(Status::WDF_INCOMPATIBLE_EXECUTION_LEVEL));
        }
        Ok(Ok(Some(lock)))
    }
}
