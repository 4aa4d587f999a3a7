//! A queue through a change of power: it stops giving requests out, tells the driver of each request that the
//! driver owns, and waits until each is complete or acknowledged (`FxIoQueue::ProcessPowerEvents`).
//!
//! Requests are told of one after the other, in the order in which the driver got them, and the acknowledgement
//! of one is looked at when all have been told of. The strand of the transition begins with it; any strand that
//! enters the queue's event loop meanwhile goes on with it.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{
        race::Edge,
        state::{activation::Flow, frame::Holds, wait::DispatcherObject},
    },
    wdf::{
        Framework,
        state::{
            frame::WdfFrame,
            object::Kind,
            queue_event::QueueEvent,
            queue_power::{PowerEvent, QueuePower, Stop},
            request::{Cancelable, State, StopAcknowledged},
        },
    },
};

/// `WDF_REQUEST_STOP_ACTION_FLAGS`.
const STOP_ACTION_SUSPEND: u64 = 1;
const STOP_ACTION_PURGE: u64 = 2;
const STOP_REQUEST_CANCELABLE: u64 = 0x1000_0000;

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// The next step of the change.
    pub(super) fn next_power_event(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<PowerEvent, Failure> {
        let queue = self.queue_mut(handle);
        match queue.power {
            QueuePower::On | QueuePower::Off => Ok(PowerEvent::Leave),
            QueuePower::Closing => {
                if queue.dispatching == 1 {
                    self.power_is_idle(handle);
                }
                Ok(PowerEvent::Leave)
            }
            QueuePower::Stopping(stop) => {
                queue.power = QueuePower::Notifying(stop);
                queue.to_notify = core::mem::take(&mut queue.owned);
                Ok(PowerEvent::Again)
            }
            QueuePower::Notifying(stop) => {
                let Some(request) = queue.to_notify.pop_front() else {
                    queue.power = QueuePower::Notified(stop);
                    return Ok(PowerEvent::Again);
                };
                queue.notified.push_back(request);
                Ok(self.stop_event(handle, request, stop))
            }
            QueuePower::Notified(_) => self.await_acknowledgements(guest, handle),
            QueuePower::Restarting => {
                queue.power = QueuePower::RestartingNotifying;
                queue.to_notify = core::mem::take(&mut queue.owned);
                Ok(PowerEvent::Again)
            }
            QueuePower::RestartingNotifying => {
                let Some(request) = queue.to_notify.pop_front() else {
                    queue.power = QueuePower::On;
                    return Ok(PowerEvent::Leave);
                };
                queue.owned.push_back(request);
                let resume = queue.callbacks.resume;
                Ok(if resume != 0 && !self.is_marked_canceled(request) {
                    PowerEvent::Call(QueueEvent::Resume(request))
                } else {
                    PowerEvent::Again
                })
            }
        }
    }

    /// Whether the framework counts the request as cancelled. The cancellation of a request that was not marked
    /// cancelable is the I/O manager's, and not in this mark.
    fn is_marked_canceled(&self, request: u64) -> bool {
        let request = self.wdf.requests.get(&request);
        request.is_none_or(|request| request.marked_canceled)
    }

    fn stop_event(&mut self, handle: u64, request: u64, stop: Stop) -> PowerEvent {
        let callback = self.wdf.queues[&handle].callbacks.stop;
        let canceled = self.is_marked_canceled(request);
        let Some(found) = self.wdf.requests.get_mut(&request) else {
            return PowerEvent::Again;
        };
        let mut flags = match stop {
            Stop::Hold => STOP_ACTION_SUSPEND,
            Stop::Purge => {
                found.stop_acknowledged = None;
                STOP_ACTION_PURGE
            }
        };
        if callback == 0 || canceled {
            return PowerEvent::Again;
        }
        if matches!(found.cancelable, Cancelable::Marked(_)) {
            flags |= STOP_REQUEST_CANCELABLE;
        }
        PowerEvent::Call(QueueEvent::Stop(request, flags))
    }

    fn await_acknowledgements(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<PowerEvent, Failure> {
        let notified = self.queue_mut(handle).notified.clone();
        let mut acknowledged = false;
        for request in notified {
            let Some(found) = self.wdf.requests.get_mut(&request) else {
                continue;
            };
            let Some(how) = found.stop_acknowledged.take() else {
                continue;
            };
            acknowledged = true;
            let queue = self.queue_mut(handle);
            queue.notified.retain(|other| *other != request);
            queue.owned.push_back(request);
            if how == StopAcknowledged::WithRequeue {
                self.put_back(guest, handle, request)?;
            }
        }
        let queue = self.queue_mut(handle);
        let on = if acknowledged {
            PowerEvent::Again
        } else {
            PowerEvent::Leave
        };
        if !queue.notified.is_empty() || queue.dispatching != 1 {
            return Ok(on);
        }
        queue.power = QueuePower::Off;
        self.power_is_idle(handle);
        Ok(PowerEvent::Again)
    }

    /// What the transition waits for has come.
    fn power_is_idle(&mut self, handle: u64) {
        self.queue_mut(handle).power_idle = true;
        self.kernel.releases(Edge::Completions);
        self.kernel
            .wake_waiters(DispatcherObject::QueueIdle(handle), 0, usize::MAX);
    }

    /// `WdfRequestStopAcknowledge`.
    pub(crate) fn wdf_request_stop_acknowledge(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Request)?;
        let requeue = guest.argument_u8(2)? != 0;
        let Some(request) = self.wdf.requests.get(&handle) else {
            return Ok(Flow::Return(0));
        };
        let State::Owned(queue) = request.state else {
            return Err(Failure::new(
                Rule::RequestMisuse,
                "a request is acknowledged as stopped that the driver does not own",
            ));
        };
        if !self.wdf.queues[&queue].notified.contains(&handle) || !request.in_stop {
            self.kernel.unless_off(Failure::new(
                Rule::WdfVerifier,
                "WdfRequestStopAcknowledge is called outside of EvtIoStop for that request: the framework does not look at it before something else happens to the queue",
            ))?;
        }
        if requeue {
            self.not_cancelable(handle)?;
        }
        let request = self.wdf.requests.get_mut(&handle).expect("just found");
        request.stop_acknowledged = Some(if requeue {
            StopAcknowledged::WithRequeue
        } else {
            StopAcknowledged::Kept
        });
        Ok(Flow::Return(0))
    }
}
