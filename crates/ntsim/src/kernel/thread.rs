//! Threads: who they are, who is ready, and how they end.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::{Guest, given, through},
    kernel::{
        Kernel, irql,
        race::{Edge, Who},
        state::{
            activation::{Activation, Flow, Origin},
            frame::{Frame, FrameRecord},
            handle::Object,
            thread::{State, Thread, ThreadId},
            time::Deadline,
        },
    },
};

impl<A> Kernel<A> {
    /// Makes a ready thread that begins with `frame`, in the kernel.
    pub(crate) fn spawn(
        &mut self,
        guest: &mut Guest,
        name: impl Into<String>,
        frame: Frame<A>,
    ) -> Result<ThreadId, Failure> {
        let stack = match self.threads.free_stacks.pop() {
            Some(stack) => stack,
            None => self.new_stack(guest)?,
        };
        let object = self.new_object();
        let number = self.threads.next + 1;
        let strand = self.begin_strand(Who::Thread(number), stack);
        let threads = &mut self.threads;
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
            critical_regions: Vec::new(),
            of_driver: false,
        };
        threads.all.insert(id, thread);
        threads.ready.push_back(id);
        Ok(id)
    }

    /// The thread that is current on the current processor.
    pub(crate) fn current_thread(&mut self) -> Option<&mut Thread<A>> {
        let id = self.cpu().thread?;
        self.threads.get_mut(id)
    }

    /// A thread has come to its end: what waits for it goes on.
    pub(crate) fn end_thread(&mut self, _guest: &mut Guest, id: ThreadId) -> Result<(), Failure> {
        let threads = &mut self.threads;
        let thread = threads.all.get_mut(&id).expect("an ending thread exists");
        thread.state = State::Terminated;
        let (object, strand) = (thread.object, thread.activation.strand);
        self.releases_as(strand, Edge::ThreadEnd(object));
        let threads = &mut self.threads;
        let thread = threads.all.get_mut(&id).expect("an ending thread exists");
        if let Some(entered) = thread.critical_regions.pop() {
            let message = format!("thread '{}' ended inside a critical region", thread.name);
            return Err(self.blame_calls(Failure::new(Rule::BadArgument, message), &entered));
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
        self.threads.put_to_sleep(id);
        self.timers.arm(until, Deadline::Wait(id));
    }

    /// `PsCreateSystemThread`.
    pub(crate) fn ps_create_system_thread(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
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
        let thread = self.threads.get_mut(id).expect("just made");
        thread.of_driver = true;
        let object = thread.object;
        let rsp = thread.activation.stack_top - 0x40;
        thread.activation.frames = vec![
            FrameRecord {
                frame: Frame::ThreadStart,
                what: "",
                target: 0,
                rsp,
                irql: None,
                left_at: 0,
                call: None,
            },
            FrameRecord {
                frame: Frame::CallThread { routine, context },
                what: "",
                target: 0,
                rsp,
                irql: None,
                left_at: 0,
                call: None,
            },
        ];
        let handle = self.handles.open(Object::Thread(object));
        self.note_origin(guest, handle);
        self.note_origin(guest, object);
        guest
            .write_u64(out, handle)
            .map_err(|failure| through("ThreadHandle", failure))?;
        self.starve(id);
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `PsTerminateSystemThread`.
    pub(crate) fn ps_terminate_system_thread(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let _status = guest.argument_u32(0)?;
        if !self.cpu().nested.is_empty()
            || !self.current_thread().is_some_and(|thread| thread.of_driver)
        {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        Ok(Flow::Finish)
    }
}
