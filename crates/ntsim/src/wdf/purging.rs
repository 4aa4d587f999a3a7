//! Starting and purging a queue, being told of its state, and cancelling in it what a closed handle has sent.

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
        state::{
            frame::WdfFrame,
            object::Kind,
            queue::{DispatchType, StateCallback, Told},
            queue_event::After,
        },
    },
};

/// `FatalError`, with and without the verifier: one at a time is told of a state.
fn only_one(routine: &str, outstanding: Option<Told>) -> Result<(), Failure> {
    match outstanding {
        None => Ok(()),
        Some(_) => Err(Failure::new(
            Rule::Bugcheck,
            format!(
                "WDF_VIOLATION: {routine} is given a callback while that of an earlier one is still to be called"
            ),
        )),
    }
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfIoQueuePurge`.
    pub(crate) fn wdf_io_queue_purge(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let (routine, context) = (guest.argument(2)?, guest.argument(3)?);
        if let Some(complete) = StateCallback::given(routine, context) {
            self.tell_of_purge(queue, Told::Driver(complete))?;
        }
        self.purge(guest, queue, After::Return(0))
    }

    /// `WdfIoQueuePurgeSynchronously`.
    pub(crate) fn wdf_io_queue_purge_synchronously(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let queue = self.queue_to_await(guest, "WdfIoQueuePurgeSynchronously")?;
        self.tell_of_purge(queue, Told::Waiter)?;
        self.purge(guest, queue, After::AwaitState(queue))
    }

    fn tell_of_purge(&mut self, queue: u64, told: Told) -> Result<(), Failure> {
        let outstanding = self.queue_mut(queue).purge_complete.replace(told);
        only_one("WdfIoQueuePurge", outstanding)
    }

    /// `WdfIoQueueStop`: nothing is given out any more; what comes waits.
    pub(crate) fn wdf_io_queue_stop(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let (routine, context) = (guest.argument(2)?, guest.argument(3)?);
        if let Some(complete) = StateCallback::given(routine, context) {
            self.tell_of_stop(queue, Told::Driver(complete))?;
        }
        self.stop_giving(queue);
        self.dispatch_events(guest, queue, After::Return(0))
    }

    /// `WdfIoQueueStopSynchronously`.
    pub(crate) fn wdf_io_queue_stop_synchronously(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let queue = self.queue_to_await(guest, "WdfIoQueueStopSynchronously")?;
        self.tell_of_stop(queue, Told::Waiter)?;
        self.stop_giving(queue);
        self.dispatch_events(guest, queue, After::AwaitState(queue))
    }

    /// A stopped queue takes requests, and gives none out.
    fn stop_giving(&mut self, queue: u64) {
        let queue = self.queue_mut(queue);
        queue.accepts = !queue.shut_down;
        queue.gives = false;
    }

    fn tell_of_stop(&mut self, queue: u64, told: Told) -> Result<(), Failure> {
        let outstanding = self.queue_mut(queue).idle_complete.replace(told);
        only_one("WdfIoQueueStop", outstanding)
    }

    /// The queue of a call that waits for its state.
    fn queue_to_await(&mut self, guest: &Guest, routine: &str) -> Result<u64, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        if self.kernel.cpu().irql > irql::PASSIVE {
            return Err(Failure::new(
                Rule::Irql,
                format!("{routine} was called above PASSIVE, and waits"),
            ));
        }
        self.queue_mut(queue).state_reached = false;
        Ok(queue)
    }

    /// Waits until the queue has come to its state, and returns.
    pub(super) fn await_state(&mut self, queue: u64) -> Flow<A> {
        let reached = self.wdf.queues.get_mut(&queue);
        if reached.is_none_or(|queue| core::mem::take(&mut queue.state_reached)) {
            self.kernel.acquires(Edge::Completions);
            return Flow::Return(0);
        }
        Flow::WaitThen {
            wait: Wait {
                object: Some(DispatcherObject::QueueIdle(queue)),
            },
            frame: Frame::above(WdfFrame::AwaitState { queue }),
        }
    }

    /// Lets nothing into a queue any more and cancels what waits in it and what the driver has marked
    /// cancelable, each with its callback, inside of the call (`FxIoQueue::QueuePurge`).
    pub(super) fn purge(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        then: After,
    ) -> Result<Flow<A>, Failure> {
        let queue = self.queue_mut(handle);
        queue.accepts = false;
        queue.cancels_given = true;
        self.go_on_purging(guest, handle, then)
    }

    /// Goes on with a purge.
    pub(super) fn go_on_purging(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        then: After,
    ) -> Result<Flow<A>, Failure> {
        let queue = self.queue_mut(handle);
        if let Some(request) = queue.waiting.front().copied() {
            self.cancel_queued(guest, request)?;
        } else if let Some(request) = queue.cancelable.front().copied() {
            self.cancel_given(handle, request);
        } else {
            return self.dispatch_events(guest, handle, then);
        }
        let after = After::Purge {
            queue: handle,
            then: Box::new(then),
        };
        self.dispatch_internal_events(guest, handle, after)
    }

    /// Shuts a queue down: no start of the driver's lets anything in again (`SetStateForShutdown`).
    pub(super) fn shut_down(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        then: After,
    ) -> Result<Flow<A>, Failure> {
        self.queue_mut(handle).shut_down = true;
        self.purge(guest, handle, then)
    }

    /// `WdfIoQueueStart`: presents inside of the call.
    pub(crate) fn wdf_io_queue_start(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Queue)?;
        let queue = self.queue_mut(handle);
        queue.accepts = !queue.shut_down;
        queue.gives = true;
        queue.cancels_given = false;
        queue.note_start();
        self.dispatch_events(guest, handle, After::Return(0))
    }

    /// `WdfIoQueueReadyNotify`: what waits already is told of inside of the call.
    pub(crate) fn wdf_io_queue_ready_notify(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Queue)?;
        let callback = StateCallback::given(guest.argument(2)?, guest.argument(3)?);
        let queue = &self.wdf.queues[&handle];
        let rule = if queue.dispatch != DispatchType::Manual {
            Some("on a manual queue")
        } else if callback.is_some() == queue.ready_notify.is_some() {
            Some("to register a callback, and then to take it back")
        } else if callback.is_none() && queue.gives {
            Some("on a stopped queue, where it takes a callback back")
        } else {
            None
        };
        if let Some(rule) = rule {
            self.verifier_breaks("WdfIoQueueReadyNotify", rule)?;
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        self.queue_mut(handle).ready_notify = callback;
        self.dispatch_events(guest, handle, After::Return(Status::SUCCESS.into()))
    }

    /// Cancels what a file has sent and waits in these queues (`FxIoQueue::FlushByFileObject`).
    pub(super) fn go_on_flushing(
        &mut self,
        guest: &mut Guest,
        file: u32,
        mut queues: Vec<u64>,
    ) -> Result<Flow<A>, Failure> {
        let Some(queue) = queues.last().copied() else {
            return self.cleaned_up(guest, file);
        };
        let waiting = self
            .wdf
            .queues
            .get(&queue)
            .and_then(|queue| {
                let mut waiting = queue.waiting.iter();
                waiting.find(|request| self.wdf.requests[request].file == file)
            })
            .copied();
        if let Some(request) = waiting {
            self.cancel_queued(guest, request)?;
            return self.dispatch_internal_events(guest, queue, After::Flush { file, queues });
        }
        queues.pop();
        self.dispatch_events(guest, queue, After::Flush { file, queues })
    }
}
