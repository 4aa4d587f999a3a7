//! Waiting: events, threads and delays, with timeouts in virtual time.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        Kernel, irql,
        race::Edge,
        state::{
            activation::Flow,
            frame::Frame,
            handle::Object,
            thread::{State, ThreadId},
            time::{CYCLES_PER_UNIT, Deadline},
            wait::{DispatcherObject, Wait},
        },
    },
};

/// `DISPATCHER_HEADER.Type` of the two kinds of events.
const NOTIFICATION_EVENT: u8 = 0;
const SYNCHRONIZATION_EVENT: u8 = 1;
/// The offset of `SignalState` in a dispatcher header.
const SIGNAL_STATE: u64 = 4;
/// Marks a `KEVENT` that `KeInitializeEvent` has initialised, in the header's third byte, which
/// holds the size of the event in words.
const EVENT_WORDS: u8 = 6;

impl<A> Kernel<A> {
    /// Virtual time at which a wait with the `LARGE_INTEGER` at `pointer` ends; none waits for ever.
    pub(crate) fn wait_deadline(
        &self,
        guest: &Guest,
        pointer: u64,
    ) -> Result<Option<u64>, Failure> {
        if pointer == 0 {
            return Ok(None);
        }
        let units = guest.read_u64(pointer)?.cast_signed();
        match units {
            0 => Ok(Some(self.cycles)),
            relative if relative < 0 => {
                let cycles = relative.unsigned_abs().saturating_mul(CYCLES_PER_UNIT);
                Ok(Some(self.cycles.saturating_add(cycles)))
            }
            _ => Err(Failure::not_modelled("a wait until an absolute time")),
        }
    }

    /// Waits at the driver's request: `KeWaitForSingleObject` and its like.
    pub(crate) fn wait_on(
        &mut self,
        guest: &mut Guest,
        object: DispatcherObject,
        timeout: u64,
    ) -> Result<Flow<A>, Failure> {
        let deadline = self.wait_deadline(guest, timeout)?;
        let looks_only = deadline.is_some_and(|deadline| deadline <= self.cycles);
        // Whether it would block this time does not matter: the page forbids it.
        if !looks_only && self.cpu().irql >= irql::DISPATCH {
            return Err(Failure::new(
                Rule::Irql,
                "a wait that may block was begun at DISPATCH or above",
            ));
        }
        if self.try_wait(guest, object)? {
            return Ok(Flow::status(Status::SUCCESS));
        }
        if looks_only {
            return Ok(Flow::status(Status::TIMEOUT));
        }
        self.arm_wait(deadline);
        Ok(Flow::Wait(Wait {
            object: Some(object),
        }))
    }

    /// Arms the current thread's timeout.
    pub(crate) fn arm_wait(&mut self, deadline: Option<u64>) {
        if let (Some(deadline), Some(thread)) = (deadline, self.cpu().thread) {
            self.timers.arm(deadline, Deadline::Wait(thread));
        }
    }

    /// Satisfies a wait that need not block.
    fn try_wait(&mut self, guest: &mut Guest, object: DispatcherObject) -> Result<bool, Failure> {
        match object {
            DispatcherObject::Event(address) => {
                let kind = self.event_kind(guest, address)?;
                let signalled = guest.read_u32(address + SIGNAL_STATE)? != 0;
                if signalled && kind == SYNCHRONIZATION_EVENT {
                    guest.write_u32(address + SIGNAL_STATE, 0)?;
                }
                if signalled {
                    self.acquires(Edge::Event(address));
                }
                Ok(signalled)
            }
            DispatcherObject::Thread(object) => {
                let ended = self.threads.has_ended(object).unwrap_or(true);
                if ended {
                    self.acquires(Edge::ThreadEnd(object));
                }
                Ok(ended)
            }
            DispatcherObject::Rundown(_)
            | DispatcherObject::Isr(_)
            | DispatcherObject::Dpc(_)
            | DispatcherObject::DpcsQueuedBefore(_)
            | DispatcherObject::InterruptEvent(_)
            | DispatcherObject::QueueIdle(_)
            | DispatcherObject::Lock(_)
            | DispatcherObject::WorkItem(_)
            | DispatcherObject::PowerChange => Ok(false),
        }
    }

    fn event_kind(&self, guest: &Guest, address: u64) -> Result<u8, Failure> {
        let (kind, words) = (guest.read_u8(address)?, guest.read_u8(address + 2)?);
        if words != EVENT_WORDS || !matches!(kind, NOTIFICATION_EVENT | SYNCHRONIZATION_EVENT) {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("the object at {address:#x} is no initialised event"),
            ));
        }
        Ok(kind)
    }

    /// Ends the waits for `object` with `value`, `most` of them at most, in the order in which they
    /// began.
    pub(crate) fn wake_waiters(
        &mut self,
        object: DispatcherObject,
        value: u64,
        most: usize,
    ) -> usize {
        let mut waiting = self.waiters(object);
        waiting.truncate(most);
        for id in &waiting {
            if let Some(thread) = self.threads.get(*id) {
                let strand = thread.activation.strand;
                self.acquires_wait(strand, object);
            }
            self.threads.wake(*id, value);
            self.timers.disarm(Deadline::Wait(*id));
        }
        self.attention = true;
        waiting.len()
    }

    /// The threads that wait for an object, the one that has waited longest first.
    pub(crate) fn waiters(&self, object: DispatcherObject) -> Vec<ThreadId> {
        let waiting = self.threads.iter().filter(|(_, thread)| {
            matches!(&thread.state, State::Waiting(wait) if wait.object == Some(object))
        });
        let mut waiting: Vec<_> = waiting
            .map(|(id, thread)| (thread.waits_since, id))
            .collect();
        waiting.sort_unstable();
        waiting.into_iter().map(|(_, id)| id).collect()
    }

    /// A thread has ended.
    pub(crate) fn signal_waiters_of_thread(&mut self, object: u64) {
        self.wake_waiters(
            DispatcherObject::Thread(object),
            Status::SUCCESS.into(),
            usize::MAX,
        );
    }

    /// `KeInitializeEvent`.
    pub(crate) fn ke_initialize_event(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (event, kind, state) = (
            guest.argument(0)?,
            guest.argument_u32(1)?,
            guest.argument_u8(2)?,
        );
        if kind > 1 {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("KeInitializeEvent was given the event type {kind}"),
            ));
        }
        guest.write(event, &[kind as u8, 0, EVENT_WORDS, 0])?;
        guest.write_u32(event + SIGNAL_STATE, u32::from(state != 0))?;
        // An empty list points to itself.
        guest.write_u64(event + 8, event + 8)?;
        guest.write_u64(event + 16, event + 8)?;
        Ok(Flow::Return(0))
    }

    /// `KeSetEvent`.
    pub(crate) fn ke_set_event(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (event, wait) = (guest.argument(0)?, guest.argument_u8(2)?);
        if wait != 0 {
            return Err(Failure::not_modelled("KeSetEvent with Wait set to TRUE"));
        }
        let kind = self.event_kind(guest, event)?;
        let before = guest.read_u32(event + SIGNAL_STATE)?;
        self.releases(Edge::Event(event));
        let most = if kind == SYNCHRONIZATION_EVENT {
            1
        } else {
            usize::MAX
        };
        let woken = self.wake_waiters(DispatcherObject::Event(event), Status::SUCCESS.into(), most);
        let state = u32::from(kind == NOTIFICATION_EVENT || woken == 0);
        guest.write_u32(event + SIGNAL_STATE, state)?;
        Ok(Flow::Return(u64::from(before)))
    }

    /// `KeClearEvent`, which answers nothing.
    pub(crate) fn ke_clear_event(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        self.ke_reset_event(guest)?;
        Ok(Flow::Return(0))
    }

    /// `KeResetEvent`, which answers the state until now.
    pub(crate) fn ke_reset_event(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let event = guest.argument(0)?;
        self.event_kind(guest, event)?;
        let before = guest.read_u32(event + SIGNAL_STATE)?;
        guest.write_u32(event + SIGNAL_STATE, 0)?;
        Ok(Flow::Return(u64::from(before)))
    }

    /// `KeWaitForSingleObject`.
    pub(crate) fn ke_wait_for_single_object(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (object, alertable) = (guest.argument(0)?, guest.argument_u8(3)?);
        let timeout = guest.argument(4)?;
        if alertable != 0 {
            return Err(Failure::not_modelled("an alertable wait"));
        }
        let object = match self.threads.has_ended(object) {
            Some(_) => DispatcherObject::Thread(object),
            None => DispatcherObject::Event(object),
        };
        self.wait_on(guest, object, timeout)
    }

    /// `ZwWaitForSingleObject`.
    pub(crate) fn zw_wait_for_single_object(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (handle, alertable, timeout) = (
            guest.argument(0)?,
            guest.argument_u8(1)?,
            guest.argument(2)?,
        );
        if alertable != 0 {
            return Err(Failure::not_modelled("an alertable wait"));
        }
        match self.handles.get(handle) {
            Some(Object::Thread(object)) => {
                self.wait_on(guest, DispatcherObject::Thread(object), timeout)
            }
            Some(Object::File) => Err(Failure::not_modelled("a wait for a file")),
            None => Ok(Flow::status(Status::INVALID_HANDLE)),
        }
    }

    /// `KeDelayExecutionThread`.
    pub(crate) fn ke_delay_execution_thread(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (alertable, interval) = (guest.argument_u8(1)?, guest.argument(2)?);
        if alertable != 0 {
            return Err(Failure::not_modelled("an alertable delay"));
        }
        let Some(deadline) = self.wait_deadline(guest, interval)? else {
            return Err(Failure::new(
                Rule::BadArgument,
                "KeDelayExecutionThread was given no interval",
            ));
        };
        if deadline <= self.cycles {
            // A delay of 0 gives the processor away.
            return Ok(Flow::Yield {
                frame: Frame::ReturnAfter(Status::SUCCESS.into()),
            });
        }
        self.arm_wait(Some(deadline));
        Ok(Flow::Wait(Wait { object: None }))
    }
}
