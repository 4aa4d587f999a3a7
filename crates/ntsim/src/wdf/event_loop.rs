//! The event loop of a queue: what it calls the driver for, in which order, and on which strand
//! (`FxIoQueue::DispatchEvents`).
//!
//! What changes what a queue has to do enters its loop and calls the driver for it, on the stack and at the
//! IRQL of the call that made the change: a sender, a driver that forwards, starts, purges or completes, the
//! thread of a transition. Several strands may be in the loop of one queue. Who only takes something away, by a
//! completion, a cancellation or a forward, enters where no strand is inside; else those inside find it
//! (`FxIoQueue::DispatchInternalEvents`). A queue whose callbacks are at PASSIVE is entered by a work item
//! where the caller is above that. Who holds the queue's presentation lock enters none: a work item does, or
//! a DPC where callbacks may be at DISPATCH.

use nt_model::Failure;

use crate::{
    guest::Guest,
    kernel::{
        irql,
        race::Edge,
        state::{
            activation::Flow,
            dpc::{Dpc, DpcId},
            frame::{Frame, Holds},
            wait::DispatcherObject,
        },
    },
    wdf::{
        Framework, INTERNAL,
        state::{
            frame::WdfFrame,
            queue::{DispatchType, Queue, Told},
            queue_event::{After, QueueEvent},
            queue_power::{PowerEvent, QueuePower},
            request::State,
        },
    },
};

/// Whom to tell that a queue has come to the state that was asked for, if it has: no other strand is in its loop.
fn reached(queue: &mut Queue) -> Option<Told> {
    if queue.dispatching != 1 || queue.io_count != 0 {
        return None;
    }
    if let Some(told) = queue.idle_complete.take() {
        return Some(told);
    }
    if queue.waiting.is_empty() {
        queue.purge_complete.take()
    } else {
        None
    }
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Enters the loop on the live strand.
    pub(super) fn dispatch_events(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        after: After,
    ) -> Result<Flow<A>, Failure> {
        let level = self.kernel.cpu().irql;
        let Some(queue) = self.wdf.queues.get(&handle) else {
            return self.after_events(guest, after);
        };
        // `CanThreadDispatchEventsLocked`.
        let above = queue.passive && level > irql::PASSIVE;
        if above || self.owns_callback_lock(queue.lock) {
            self.defer_dispatch(guest, handle)?;
            return self.after_events(guest, after);
        }
        self.queue_mut(handle).dispatching += 1;
        self.run_events(guest, handle, after)
    }

    /// Has a work item enter the loop where callbacks are at PASSIVE, else a DPC.
    fn defer_dispatch(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        let queue = self.queue_mut(handle);
        queue.defer_again = true;
        if queue.passive {
            if !core::mem::replace(&mut queue.work_item_queued, true) {
                let frame = Frame::above(WdfFrame::QueueWorkItem { queue: handle });
                self.kernel.spawn(guest, "work item of a queue", frame)?;
            }
        } else if !core::mem::replace(&mut queue.dpc_queued, true) {
            self.queue_dispatch_dpc(handle);
        }
        Ok(())
    }

    /// Queues the DPC of a queue.
    fn queue_dispatch_dpc(&mut self, handle: u64) {
        let routine = self
            .kernel
            .traps
            .address_of(INTERNAL, "FxIoQueueDispatchDpc");
        let dpc = Dpc {
            routine,
            arguments: vec![handle],
        };
        self.kernel.queue_dpc(DpcId(handle), dpc);
    }

    /// The DPC of a queue begins (`FxIoQueue::DeferredDispatchRequestsFromDpc`).
    pub(crate) fn fx_io_queue_dispatch_dpc(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = guest.argument(0)?;
        if let Some(queue) = self.wdf.queues.get_mut(&handle) {
            queue.defer_again = false;
        }
        self.dispatch_events(guest, handle, After::Dpc(handle))
    }

    /// As [`Self::dispatch_events`], where no strand is in the loop.
    pub(super) fn dispatch_internal_events(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        after: After,
    ) -> Result<Flow<A>, Failure> {
        if self.is_dispatching(queue) {
            return self.after_events(guest, after);
        }
        self.dispatch_events(guest, queue, after)
    }

    /// Whether a strand is in the loop.
    pub(super) fn is_dispatching(&self, queue: u64) -> bool {
        let queue = self.wdf.queues.get(&queue);
        queue.is_some_and(|queue| queue.dispatching > 0)
    }

    /// Enters the loop by a new thread, that of a program which has asked for something; its IRQL is PASSIVE.
    /// Without anything to call the driver for, no thread is made.
    pub(super) fn dispatch_by_thread(
        &mut self,
        guest: &mut Guest,
        name: impl Into<String>,
        queue: u64,
    ) -> Result<(), Failure> {
        self.queue_mut(queue).dispatching += 1;
        if let Some(event) = self.next_queue_event(guest, queue)? {
            let frame = Frame::above(WdfFrame::QueueEvent { queue, event });
            return self.kernel.spawn(guest, name, frame).map(drop);
        }
        self.leave_loop(queue);
        Ok(())
    }

    /// In the loop: calls the driver for what comes next, or leaves.
    pub(super) fn run_events(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        after: After,
    ) -> Result<Flow<A>, Failure> {
        if let Some(event) = self.next_queue_event(guest, queue)? {
            return self.call_for(guest, queue, event, after);
        }
        self.leave_loop(queue);
        self.after_events(guest, after)
    }

    /// The work item of a queue begins.
    pub(super) fn run_work_item(
        &mut self,
        guest: &mut Guest,
        queue: u64,
    ) -> Result<Flow<A>, Failure> {
        self.queue_mut(queue).defer_again = false;
        self.dispatch_events(guest, queue, After::WorkItem(queue))
    }

    fn leave_loop(&mut self, queue: u64) {
        if let Some(queue) = self.wdf.queues.get_mut(&queue) {
            queue.dispatching -= 1;
        }
        self.kernel.releases(Edge::Completions);
    }

    pub(super) fn after_events(
        &mut self,
        guest: &mut Guest,
        after: After,
    ) -> Result<Flow<A>, Failure> {
        match after {
            After::Return(value) => Ok(Flow::Return(value)),
            After::End => Ok(Flow::Finish),
            After::WorkItem(handle) => match self.wdf.queues.get_mut(&handle) {
                Some(queue) if queue.defer_again => self.run_work_item(guest, handle),
                Some(queue) => {
                    queue.work_item_queued = false;
                    Ok(Flow::Finish)
                }
                None => Ok(Flow::Finish),
            },
            After::Dpc(handle) => {
                match self.wdf.queues.get_mut(&handle) {
                    Some(queue) if queue.defer_again => self.queue_dispatch_dpc(handle),
                    Some(queue) => queue.dpc_queued = false,
                    None => {}
                }
                Ok(Flow::Return(0))
            }
            After::AwaitState(queue) => Ok(self.await_state(queue)),
            After::Destroy(request) => self.destroy_request(guest, request),
            After::Pnp(step) => self.resume_pnp(guest, step, 0),
            After::Forwarded { from } => self.forwarded(guest, from),
            After::Purge { queue, then } => self.go_on_purging(guest, queue, *then),
            After::Flush { file, queues } => self.go_on_flushing(guest, file, queues),
        }
    }

    /// What the queue calls the driver for next; none where nothing is to be done.
    fn next_queue_event(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<Option<QueueEvent>, Failure> {
        loop {
            let Some(queue) = self.wdf.queues.get_mut(&handle) else {
                return Ok(None);
            };
            // While the driver is told of a change of power, it hears of no cancellation.
            if !queue.power.is_notifying() {
                if let Some(request) = queue.cancelled.pop_front() {
                    return Ok(Some(QueueEvent::Cancel(request)));
                }
                if let Some(request) = queue.cancelled_waiting.pop_front() {
                    return Ok(Some(QueueEvent::CanceledOnQueue(request)));
                }
            }
            if let Some(told) = reached(queue) {
                queue.cancels_given = false;
                match told {
                    Told::Driver(callback) => return Ok(Some(QueueEvent::Reached(callback))),
                    Told::Waiter => {
                        queue.state_reached = true;
                        self.kernel.releases(Edge::Completions);
                        self.kernel.wake_waiters(
                            DispatcherObject::QueueIdle(handle),
                            0,
                            usize::MAX,
                        );
                        continue;
                    }
                }
            }
            if !matches!(queue.power, QueuePower::On | QueuePower::Off) {
                match self.next_power_event(guest, handle)? {
                    PowerEvent::Call(event) => return Ok(Some(event)),
                    PowerEvent::Again => continue,
                    PowerEvent::Leave => return Ok(None),
                }
            }
            if queue.power == QueuePower::Off || !queue.gives {
                return Ok(None);
            }
            if queue.dispatch == DispatchType::Manual
                && queue.from_empty
                && let Some(callback) = queue.ready_notify
            {
                queue.from_empty = false;
                return Ok(Some(QueueEvent::Ready(callback)));
            }
            let may_give = match queue.dispatch {
                DispatchType::Sequential => queue.io_count == 0,
                DispatchType::Parallel(most) => queue.io_count < most as usize,
                DispatchType::Manual => false,
            };
            if !may_give {
                return Ok(None);
            }
            let Some(request) = queue.waiting.pop_front() else {
                return Ok(None);
            };
            queue.give(request);
            if let Some(found) = self.wdf.requests.get_mut(&request) {
                found.state = State::Owned(handle);
            }
            if self.reaches_driver(guest, handle, request)? {
                return Ok(Some(QueueEvent::Request(request)));
            }
        }
    }
}
