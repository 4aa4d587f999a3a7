//! Threads: who they are, and who is ready.

use std::collections::{BTreeMap, VecDeque};

use crate::kernel::state::{
    activation::{Activation, Then},
    wait::Wait,
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
#[derive(Clone)]
pub(crate) struct Thread<A> {
    pub(crate) name: String,
    /// The address that names the thread object.
    pub(crate) object: u64,
    pub(crate) state: State,
    pub(crate) activation: Activation<A>,
    /// The IRQL that it runs at when it has a processor: PASSIVE or APC.
    pub(crate) irql: u8,
    /// The processors it may run on.
    pub(crate) affinity: u64,
    /// When its wait began, in the order of all waits.
    pub(crate) waits_since: u64,
    /// The critical regions that it is in, each by the calls that entered it, innermost first; of the framework's there are
    /// none.
    pub(crate) critical_regions: Vec<Box<[u64]>>,
    /// Whether the driver made it.
    pub(crate) of_driver: bool,
}

/// Every thread of the machine.
#[derive(Clone)]
pub(crate) struct Threads<A> {
    pub(in crate::kernel) all: BTreeMap<ThreadId, Thread<A>>,
    pub(in crate::kernel) ready: VecDeque<ThreadId>,
    pub(in crate::kernel) next: u32,
    /// Waits that have begun.
    pub(in crate::kernel) waits: u64,
    /// Stacks of threads that have ended.
    pub(in crate::kernel) free_stacks: Vec<u64>,
}

impl<A> Default for Threads<A> {
    fn default() -> Self {
        Self {
            all: BTreeMap::new(),
            ready: VecDeque::new(),
            next: 0,
            waits: 0,
            free_stacks: Vec::new(),
        }
    }
}

impl<A> Threads<A> {
    pub(crate) fn get(&self, id: ThreadId) -> Option<&Thread<A>> {
        self.all.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ThreadId) -> Option<&mut Thread<A>> {
        self.all.get_mut(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ThreadId, &Thread<A>)> {
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
    pub(crate) fn run(&mut self, id: ThreadId, _cpu: usize) -> &Thread<A> {
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
    pub(in crate::kernel) fn put_to_sleep(&mut self, id: ThreadId) {
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

    pub(in crate::kernel) fn by_object(&self, object: u64) -> Option<ThreadId> {
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
