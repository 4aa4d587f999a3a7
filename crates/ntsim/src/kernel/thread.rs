//! Threads: who they are, who is ready, and how they end.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    Failure, Status,
    activation::{Activation, Flow, Frame, FrameRecord, Origin, Then, Wait},
    guest::{Guest, given},
    kernel::{handle::Object, time::Deadline},
    processor::irql,
    race::{Edge, Who},
    sim::Sim,
};

/// A thread's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ThreadId(pub(crate) u32);

/// What a thread is doing.
#[derive(Clone, Debug)]
pub(crate) enum State {
    Ready,
    Running,
    Waiting(Wait),
    Terminated,
}

/// A thread.
pub(crate) struct Thread {
    pub(crate) name: String,
    /// The address that names the thread object.
    pub(crate) object: u64,
    pub(crate) state: State,
    pub(crate) activation: Activation,
    /// The IRQL that it runs at when it has a processor: PASSIVE or APC.
    pub(crate) irql: u8,
    /// The processors it may run on.
    pub(crate) affinity: u64,
    /// When its wait began, in the order of all waits.
    pub(crate) waits_since: u64,
    /// How many critical regions it is in.
    pub(crate) critical_regions: u32,
    /// Whether the driver made it.
    pub(crate) of_driver: bool,
}

/// Every thread of the machine.
#[derive(Default)]
pub(crate) struct Threads {
    all: BTreeMap<ThreadId, Thread>,
    ready: VecDeque<ThreadId>,
    next: u32,
    /// Waits that have begun.
    waits: u64,
    /// Stacks of threads that have ended.
    free_stacks: Vec<u64>,
}

impl Threads {
    pub(crate) fn get(&self, id: ThreadId) -> Option<&Thread> {
        self.all.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ThreadId) -> Option<&mut Thread> {
        self.all.get_mut(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ThreadId, &Thread)> {
        self.all.iter().map(|(id, thread)| (*id, thread))
    }

    /// The first ready thread that may run on `cpu`.
    pub(crate) fn next_ready(&self, cpu: usize) -> Option<ThreadId> {
        self.ready
            .iter()
            .copied()
            .find(|id| self.all[id].affinity >> cpu & 1 == 1)
    }

    /// Takes a ready thread to run.
    pub(crate) fn run(&mut self, id: ThreadId, _cpu: usize) -> &Thread {
        self.ready.retain(|ready| *ready != id);
        let thread = self.all.get_mut(&id).expect("a ready thread exists");
        thread.state = State::Running;
        thread
    }

    pub(crate) fn make_ready(&mut self, id: ThreadId, level: u8) {
        self.set_state(id, State::Ready, level);
        self.ready.push_back(id);
    }

    pub(crate) fn set_state(&mut self, id: ThreadId, state: State, level: u8) {
        let thread = self
            .all
            .get_mut(&id)
            .expect("a thread that changes its state exists");
        if matches!(state, State::Waiting(_)) {
            self.waits += 1;
            thread.waits_since = self.waits;
        }
        thread.state = state;
        thread.irql = level;
    }

    /// Takes a ready thread out of the queue, to wait for nothing but time.
    fn put_to_sleep(&mut self, id: ThreadId) {
        self.ready.retain(|ready| *ready != id);
        if let Some(thread) = self.all.get_mut(&id) {
            thread.state = State::Waiting(Wait { object: None });
        }
    }

    /// Ends a wait: the thread's export or frame goes on with `value`.
    pub(crate) fn wake(&mut self, id: ThreadId, value: u64) {
        let thread = self.all.get_mut(&id).expect("a waiting thread exists");
        thread.activation.then = match thread.activation.then {
            Then::Return(_) => Then::Return(value),
            _ => Then::Resume(value),
        };
        let level = thread.irql;
        self.make_ready(id, level);
    }

    fn by_object(&self, object: u64) -> Option<ThreadId> {
        self.all
            .iter()
            .find(|(_, thread)| thread.object == object)
            .map(|(id, _)| *id)
    }

    /// Whether the thread that `object` names has ended; none where it names no thread.
    pub(crate) fn has_ended(&self, object: u64) -> Option<bool> {
        let id = self.by_object(object)?;
        Some(matches!(self.all[&id].state, State::Terminated))
    }
}

impl Sim {
    /// Makes a ready thread that begins with `frame`, in the kernel.
    pub(crate) fn spawn(
        &mut self,
        guest: &mut Guest,
        name: impl Into<String>,
        frame: Frame,
    ) -> Result<ThreadId, Failure> {
        let stack = match self.kernel.threads.free_stacks.pop() {
            Some(stack) => stack,
            None => self.new_stack(guest)?,
        };
        let object = self.kernel.new_object();
        let number = self.kernel.threads.next + 1;
        let strand = self.begin_strand(Who::Thread(number), stack);
        let threads = &mut self.kernel.threads;
        threads.next = number;
        let id = ThreadId(number);
        let thread = Thread {
            name: name.into(),
            object,
            state: State::Ready,
            activation: Activation::new(Origin::Thread, frame, stack, irql::PASSIVE, strand),
            irql: irql::PASSIVE,
            affinity: u64::MAX,
            waits_since: 0,
            critical_regions: 0,
            of_driver: false,
        };
        threads.all.insert(id, thread);
        threads.ready.push_back(id);
        Ok(id)
    }

    /// The thread that is current on the current processor.
    pub(crate) fn current_thread(&mut self) -> Option<&mut Thread> {
        let id = self.cpu().thread?;
        self.kernel.threads.get_mut(id)
    }

    /// A thread has come to its end: whoever waits for it goes on.
    pub(crate) fn end_thread(&mut self, _guest: &mut Guest, id: ThreadId) -> Result<(), Failure> {
        let threads = &mut self.kernel.threads;
        let thread = threads.all.get_mut(&id).expect("an ending thread exists");
        thread.state = State::Terminated;
        let (object, strand) = (thread.object, thread.activation.strand);
        self.releases_as(strand, Edge::ThreadEnd(object));
        let threads = &mut self.kernel.threads;
        let thread = threads.all.get_mut(&id).expect("an ending thread exists");
        if thread.critical_regions != 0 {
            return Err(Failure::new(
                crate::Rule::BadArgument,
                format!("thread '{}' ended inside a critical region", thread.name),
            ));
        }
        let (object, stack, referenced) =
            (thread.object, thread.activation.stack_top, thread.of_driver);
        threads.free_stacks.push(stack);
        if !referenced {
            threads.all.remove(&id);
        }
        self.signal_waiters_of_thread(object);
        Ok(())
    }

    /// Keeps a ready thread from running before virtual time `until`.
    pub(crate) fn sleep_until(&mut self, id: ThreadId, until: u64) {
        self.kernel.threads.put_to_sleep(id);
        self.kernel.timers.arm(until, Deadline::Wait(id));
    }

    /// `PsCreateSystemThread`.
    pub(crate) fn ps_create_system_thread(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let (out, process) = (guest.argument(0)?, guest.argument(3)?);
        let (routine, context) = (guest.argument(5)?, guest.argument(6)?);
        if process != 0 {
            return Err(Failure::not_modelled(
                "PsCreateSystemThread in another process than the system's",
            ));
        }
        given("PsCreateSystemThread", "StartRoutine", routine)?;
        let name = format!("system thread {routine:#x}");
        let id = self.spawn(guest, name, Frame::ThreadStart)?;
        let thread = self.kernel.threads.get_mut(id).expect("just made");
        thread.of_driver = true;
        let object = thread.object;
        let rsp = thread.activation.stack_top - 0x40;
        thread.activation.frames = vec![
            FrameRecord {
                frame: Frame::ThreadStart,
                rsp,
                irql: None,
                left_at: 0,
            },
            FrameRecord {
                frame: Frame::Wdf(crate::wdf::WdfFrame::CallThread { routine, context }),
                rsp,
                irql: None,
                left_at: 0,
            },
        ];
        let handle = self.kernel.handles.open(Object::Thread(object));
        self.note_origin(guest, handle);
        self.note_origin(guest, object);
        guest.write_u64(out, handle)?;
        self.starve(id);
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `PsTerminateSystemThread`.
    pub(crate) fn ps_terminate_system_thread(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let _status = guest.argument_u32(0)?;
        if !self.cpu().nested.is_empty()
            || !self.current_thread().is_some_and(|thread| thread.of_driver)
        {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        Ok(Flow::Finish)
    }
}
