//! Stopping queues for a transition: what waits is held or cancelled, what the driver owns is
//! awaited (`FxIoQueue::StopProcessingForPower`).
//!
//! To hold its queues the framework first keeps them from presenting and waits until no callback of
//! theirs is running; only then does it tell the driver, by `EvtIoStop`, of each request that it
//! owns, and waits until each is complete or acknowledged. So a callback that serves a long request
//! itself never hears of the stop. A purge does not wait for callbacks before it tells.

use super::{Plan, PnpStep, call, wait_for};
use crate::{
    Failure,
    activation::Flow,
    guest::Guest,
    kernel::wait::DispatcherObject,
    sim::Sim,
    wdf::{cancel::Cancelable, request::State},
};

/// What happens to which queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Power-managed queues go on later.
    Hold,
    /// Power-managed queues are purged.
    PurgeManaged,
    /// The other queues are purged.
    PurgeOthers,
}

/// How far it has come.
#[derive(Clone, Debug)]
pub(crate) enum Quiesce {
    /// Until no callback of the queues is running.
    Callbacks(Action),
    /// `EvtIoStop` is called for these requests.
    Notify(Action, Vec<u64>),
    /// Until the driver owns no request of theirs any more.
    Requests(Action),
}

/// `WDF_REQUEST_STOP_ACTION_FLAGS`.
const STOP_ACTION_SUSPEND: u64 = 1;
const STOP_ACTION_PURGE: u64 = 2;
const STOP_REQUEST_CANCELABLE: u64 = 0x1000_0000;

impl Action {
    /// Whether it is about power-managed queues.
    const fn managed(self) -> bool {
        !matches!(self, Self::PurgeOthers)
    }
}

impl Sim {
    /// Begins to stop queues.
    pub(super) fn begin_quiesce(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
        action: Action,
    ) -> Result<Flow, Failure> {
        if action == Action::Hold {
            self.wdf.pnp.powered = false;
            return self.resume_quiesce(guest, plan, Quiesce::Callbacks(action));
        }
        for queue in self.queues(Some(action.managed())) {
            self.shut_down(guest, queue)?;
        }
        let owned = self.stoppable(action);
        self.resume_quiesce(guest, plan, Quiesce::Notify(action, owned))
    }

    /// Goes on with stopping queues.
    pub(super) fn resume_quiesce(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
        quiesce: Quiesce,
    ) -> Result<Flow, Failure> {
        let wait = |quiesce| {
            Ok(wait_for(
                DispatcherObject::OwnedRequests,
                PnpStep::Quiesce(plan, quiesce),
            ))
        };
        match quiesce {
            Quiesce::Callbacks(action) => {
                if self.is_dispatching(action) {
                    return wait(quiesce);
                }
                let owned = self.stoppable(action);
                self.resume_quiesce(guest, plan, Quiesce::Notify(action, owned))
            }
            Quiesce::Notify(action, mut owned) => {
                while let Some(handle) = owned.pop() {
                    // Completed, or cancelled, meanwhile.
                    let Some(request) = self.wdf.requests.get(&handle) else {
                        continue;
                    };
                    let State::Owned(queue) = request.state else {
                        continue;
                    };
                    let target = self.wdf.queues[&queue].stop;
                    if target == 0 || request.canceled {
                        continue;
                    }
                    let mut flags = match action {
                        Action::Hold => STOP_ACTION_SUSPEND,
                        Action::PurgeManaged | Action::PurgeOthers => STOP_ACTION_PURGE,
                    };
                    if matches!(request.cancelable, Cancelable::Marked(_)) {
                        flags |= STOP_REQUEST_CANCELABLE;
                    }
                    return Ok(call(
                        "EvtIoStop",
                        target,
                        vec![queue, handle, flags],
                        PnpStep::Quiesce(plan, Quiesce::Notify(action, owned)),
                    ));
                }
                self.resume_quiesce(guest, plan, Quiesce::Requests(action))
            }
            Quiesce::Requests(action) => {
                let waits = self.owned_requests(Some(action.managed()));
                if !waits.is_empty() || self.is_dispatching(action) {
                    return wait(quiesce);
                }
                self.next_phase(guest, plan)
            }
        }
    }

    /// The requests of the queues that the driver owns.
    fn stoppable(&self, action: Action) -> Vec<u64> {
        self.owned_requests(Some(action.managed()))
    }

    /// Whether a callback of the queues is running.
    fn is_dispatching(&self, action: Action) -> bool {
        self.queues(Some(action.managed()))
            .iter()
            .any(|queue| self.wdf.queues[queue].dispatching > 0)
    }
}
