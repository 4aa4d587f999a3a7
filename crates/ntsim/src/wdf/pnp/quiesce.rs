//! Stopping and starting the queues of a device for a transition (`FxPkgIo::StopProcessingForPower`,
//! `FxPkgIo::ResumeProcessingForPower`).
//!
//! Queues take part in the order of their creation. To hold them, the framework first keeps each from giving
//! requests out, and waits until no callback of it is running. Then it has each tell the driver, by `EvtIoStop`, of
//! the requests that the driver owns, and waits until all of that queue are complete or acknowledged before the
//! next queue has its turn. So a callback that serves a long request itself never hears of the stop, and what is to
//! complete a request of an earlier queue cannot be a request of a later one. A purge has no first pass.

use nt_model::Failure;

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds, wait::DispatcherObject},
    wdf::{
        Framework,
        pnp::wait_for,
        state::{
            frame::WdfFrame,
            pnp::{Action, Plan, PnpStep, Quiesce},
            queue_event::After,
            queue_power::{QueuePower, Stop},
        },
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// The queues that an action is about, the last one first.
    fn queues_to_stop(&self, action: Action) -> Vec<u64> {
        let mut queues = self.queues(Some(!matches!(action, Action::PurgeOthers)));
        queues.reverse();
        queues
    }

    /// Begins to stop queues.
    pub(super) fn begin_quiesce(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
        action: Action,
    ) -> Result<Flow<A>, Failure> {
        self.wdf.pnp.powered = false;
        let queues = self.queues_to_stop(action);
        let first = if action == Action::Hold {
            Quiesce::Close(queues)
        } else {
            Quiesce::Stop(action, queues)
        };
        self.resume_quiesce(guest, plan, first)
    }

    /// Begins to let power-managed queues give requests out: all are powered first, so that one may forward to
    /// another.
    pub(super) fn begin_resume(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
    ) -> Result<Flow<A>, Failure> {
        self.wdf.pnp.powered = true;
        let queues = self.queues_to_stop(Action::Hold);
        self.resume_quiesce(guest, plan, Quiesce::Power(queues))
    }

    /// Goes on with stopping or starting queues.
    pub(super) fn resume_quiesce(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
        quiesce: Quiesce,
    ) -> Result<Flow<A>, Failure> {
        let then = |quiesce| After::Pnp(PnpStep::Quiesce(plan, quiesce));
        match quiesce {
            Quiesce::Close(mut queues) => {
                let Some(handle) = queues.pop() else {
                    let queues = self.queues_to_stop(Action::Hold);
                    return self.resume_quiesce(guest, plan, Quiesce::Stop(Action::Hold, queues));
                };
                let queue = self.queue_mut(handle);
                queue.power = QueuePower::Closing;
                queue.power_idle = false;
                self.dispatch_events(guest, handle, then(Quiesce::Closed(handle, queues)))
            }
            Quiesce::Closed(queue, queues) => {
                if !self.queue_mut(queue).power_idle {
                    return Ok(wait_for(
                        DispatcherObject::QueueIdle(queue),
                        PnpStep::Quiesce(plan, Quiesce::Closed(queue, queues)),
                    ));
                }
                self.resume_quiesce(guest, plan, Quiesce::Close(queues))
            }
            Quiesce::Stop(action, mut queues) => match (queues.pop(), action) {
                (None, _) => self.next_phase(guest, plan),
                (Some(queue), Action::Hold) => {
                    self.stop_queue(guest, plan, (queue, queues, action), Stop::Hold)
                }
                (Some(queue), Action::PurgeManaged | Action::PurgeOthers) => {
                    self.shut_down(guest, queue, then(Quiesce::Purged(queue, queues, action)))
                }
            },
            Quiesce::Purged(queue, queues, action) => {
                self.stop_queue(guest, plan, (queue, queues, action), Stop::Purge)
            }
            Quiesce::Stopped(queue, queues, action) => {
                if !self.queue_mut(queue).power_idle {
                    return Ok(wait_for(
                        DispatcherObject::QueueIdle(queue),
                        PnpStep::Quiesce(plan, Quiesce::Stopped(queue, queues, action)),
                    ));
                }
                self.resume_quiesce(guest, plan, Quiesce::Stop(action, queues))
            }
            Quiesce::Power(mut queues) => {
                let Some(handle) = queues.pop() else {
                    let queues = self.queues_to_stop(Action::Hold);
                    return self.resume_quiesce(guest, plan, Quiesce::Start(queues));
                };
                let queue = self.queue_mut(handle);
                if queue.power == QueuePower::On {
                    return self.resume_quiesce(guest, plan, Quiesce::Power(queues));
                }
                queue.power = QueuePower::Restarting;
                self.dispatch_events(guest, handle, then(Quiesce::Power(queues)))
            }
            Quiesce::Start(mut queues) => match queues.pop() {
                Some(queue) => {
                    self.queue_mut(queue).note_start();
                    self.dispatch_events(guest, queue, then(Quiesce::Start(queues)))
                }
                None => self.next_phase(guest, plan),
            },
        }
    }

    /// Has a queue tell the driver of what the driver owns.
    fn stop_queue(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
        (handle, queues, action): (u64, Vec<u64>, Action),
        stop: Stop,
    ) -> Result<Flow<A>, Failure> {
        let queue = self.queue_mut(handle);
        queue.power = QueuePower::Stopping(stop);
        queue.power_idle = false;
        let then = PnpStep::Quiesce(plan, Quiesce::Stopped(handle, queues, action));
        self.dispatch_events(guest, handle, After::Pnp(then))
    }
}
