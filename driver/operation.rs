//! The operation: a stress run's request, and the thread that serves it.
//!
//! The request and the ownership of the connection ([`Exclusive`](crate::exclusive::Exclusive)) pass from the
//! queue's callback to the thread through a [`Revocable`]: the callback holds access to the job while it starts
//! the thread and puts its handle away, and the thread begins by taking the job out, which waits for that. So a
//! thread that can end its request has its handle where `EvtDeviceReleaseHardware` joins it.

use core::ptr;

use dirql::{Irql, Passive, Revocable};
use dirql_ioctl::stress::Mode;

use crate::{
    exclusive::HandedOver,
    request::Request,
    thread::{Routine, Thread},
};

/// What a run is to do.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) mode: Mode,
    pub(crate) threads: u32,
    pub(crate) transfers: u32,
    pub(crate) interrupts: u32,
}

/// The operation of a device. Zero bytes are none.
pub(crate) struct Operation {
    /// What the thread is to do, until it takes it.
    job: Revocable<Job>,
    /// The thread of the newest run, also after its end.
    thread: Revocable<Thread<'static>>,
}

/// What a thread is started for.
pub(crate) struct Job {
    pub(crate) plan: Plan,
    pub(crate) request: Request,
    pub(crate) owned: HandedOver,
}

impl Operation {
    /// Waits for the end of the thread, if there is one.
    ///
    /// A run looks every ten milliseconds at the latest whether the device wants it to end, and its own
    /// threads look before each transfer.
    pub(crate) fn join(&self, irql: &mut Irql<'_, Passive>) {
        // Dropping a thread waits for it.
        drop(self.thread.revoke(irql));
    }

    /// Starts the thread of a job, which runs the routine `R` on `context` and begins by taking the job
    /// ([`take`](Self::take)).
    ///
    /// # Errors
    ///
    /// The job, where there is no thread for it.
    ///
    /// # Safety
    ///
    /// `context` is live until [`join`](Self::join) has returned.
    pub(crate) unsafe fn start<R: Routine>(
        &self,
        context: &R::Context,
        irql: &mut Irql<'_, Passive>,
        job: Job,
    ) -> Result<(), Job>
    where
        R::Context: 'static,
    {
        // The owner before has given up ownership, and ends.
        self.join(irql);
        self.job.publish(irql, job)?;
        let started = self.job.access(irql, |_, irql| {
            // SAFETY: The context is live until the thread has been joined, as the caller promises.
            let context: &'static R::Context = unsafe { &*ptr::from_ref(context) };
            // SAFETY: The thread is dropped by `join`.
            let thread = unsafe { Thread::start::<R>(irql, context) }.ok()?;
            // The place is empty: only the owner of the connection fills it.
            self.thread.publish(irql, thread).ok()
        });
        match started.flatten() {
            Some(()) => Ok(()),
            // Nothing else takes the job out.
            None => self.take(irql).map_or(Ok(()), Err),
        }
    }

    /// The job of the thread that asks, once it has been started.
    pub(crate) fn take(&self, irql: &mut Irql<'_, Passive>) -> Option<Job> {
        self.job.revoke(irql).ok().flatten()
    }
}
