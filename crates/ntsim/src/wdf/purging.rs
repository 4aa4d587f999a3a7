//! Starting and purging a queue, and cancelling in it what a closed handle has sent.

use nt_model::Failure;

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        state::{frame::WdfFrame, object::Kind, queue_event::After},
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfIoQueuePurge`.
    pub(crate) fn wdf_io_queue_purge(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        if guest.argument(2)? != 0 {
            return Err(Failure::not_modelled(
                "WdfIoQueuePurge with a completion callback",
            ));
        }
        self.purge(guest, queue, After::Return(0))
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
        self.dispatch_events(guest, handle, After::Return(0))
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
