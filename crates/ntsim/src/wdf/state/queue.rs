//! I/O queues: what they are made with, and what they hold.

use std::collections::VecDeque;

use nt_model::Failure;

use crate::{
    guest::Guest,
    wdf::{
        attributes::Constraints,
        state::{queue_power::QueuePower, request::Major},
    },
};

/// `WDF_IO_QUEUE_DISPATCH_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DispatchType {
    /// One request at a time.
    Sequential,
    /// As many as `NumberOfPresentedRequests` says.
    Parallel(u32),
    /// None: the driver retrieves them.
    Manual,
}

/// The callbacks of a queue, 0 where the driver gave none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueCallbacks {
    pub(in crate::wdf) default: u64,
    pub(in crate::wdf) read: u64,
    pub(in crate::wdf) write: u64,
    pub(in crate::wdf) device_control: u64,
    pub(in crate::wdf) stop: u64,
    pub(in crate::wdf) resume: u64,
    pub(in crate::wdf) canceled_on_queue: u64,
}

/// An `EvtIoQueueState`, with the context that it was registered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StateCallback {
    pub(in crate::wdf) routine: u64,
    pub(in crate::wdf) context: u64,
}

/// Who is told that a queue has come to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The driver, by a callback.
    Driver(StateCallback),
    /// A call that waits for it.
    Waiter,
}

impl StateCallback {
    /// What a driver has registered, none where the routine is 0.
    pub(in crate::wdf) const fn given(routine: u64, context: u64) -> Option<Self> {
        match routine {
            0 => None,
            routine => Some(Self { routine, context }),
        }
    }
}

/// A queue (`FxIoQueue`).
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the framework's own settings and state of a queue"
)]
pub(crate) struct Queue {
    pub(in crate::wdf) dispatch: DispatchType,
    pub(in crate::wdf) power_managed: bool,
    pub(in crate::wdf) default: bool,
    /// Whether its callbacks are at PASSIVE; else they come at the IRQL of what presents.
    pub(in crate::wdf) passive: bool,
    /// The object whose callback lock is its presentation lock: its own, or the device's (`m_CallbackLockPtr`).
    pub(in crate::wdf) lock: u64,
    /// At which level, and how synchronized, its callbacks are called.
    pub(in crate::wdf) constraints: Constraints,
    /// Whether reads and writes of no length reach the driver.
    pub(in crate::wdf) allows_zero_length: bool,
    pub(in crate::wdf) callbacks: QueueCallbacks,
    /// Requests that wait in the queue, in their order (`m_Queue`).
    pub(in crate::wdf) waiting: VecDeque<u64>,
    /// Requests that the queue has given to the driver, in that order (`m_DriverOwned`).
    pub(in crate::wdf) owned: VecDeque<u64>,
    /// How many the queue counts as given to the driver (`m_DriverIoCount`).
    pub(in crate::wdf) io_count: usize,
    /// Of those, which are marked cancelable (`m_DriverCancelable`).
    pub(in crate::wdf) cancelable: VecDeque<u64>,
    /// Of those, which were cancelled: `EvtRequestCancel` is still to be called (`m_Cancelled`).
    pub(in crate::wdf) cancelled: VecDeque<u64>,
    /// Cancelled while they waited, and known to the driver: `EvtIoCanceledOnQueue` is still to be called
    /// (`m_CanceledOnQueueList`).
    pub(in crate::wdf) cancelled_waiting: VecDeque<u64>,
    pub(in crate::wdf) accepts: bool,
    pub(in crate::wdf) gives: bool,
    /// Shut down by the framework at the end of the device's life: starting it lets nothing in any more.
    pub(in crate::wdf) shut_down: bool,
    /// What to call when requests come into the empty manual queue (`m_ReadyNotify`).
    pub(in crate::wdf) ready_notify: Option<StateCallback>,
    /// It has been empty and is not any more (`m_TransitionFromEmpty`).
    pub(in crate::wdf) from_empty: bool,
    /// Whom to tell when the purged queue has nothing left (`m_PurgeComplete`).
    pub(in crate::wdf) purge_complete: Option<Told>,
    /// Whom to tell when the driver has nothing of the stopped queue any more (`m_IdleComplete`).
    pub(in crate::wdf) idle_complete: Option<Told>,
    /// What a call waits for has come.
    pub(in crate::wdf) state_reached: bool,
    /// Purged: what is marked cancelable or put back is cancelled (`m_CancelDispatchedRequests`).
    pub(in crate::wdf) cancels_given: bool,
    pub(in crate::wdf) power: QueuePower,
    /// Owned requests of which the driver is still to be told that the power changes (`m_PowerNotify`).
    pub(in crate::wdf) to_notify: VecDeque<u64>,
    /// Those of which it has been told, neither complete nor acknowledged (`m_PowerDriverNotified`).
    pub(in crate::wdf) notified: VecDeque<u64>,
    /// What the transition waits for has come (`m_PowerIdle`).
    pub(in crate::wdf) power_idle: bool,
    /// Strands in the event loop, or about to be (`m_Dispatching`).
    pub(in crate::wdf) dispatching: usize,
    /// A work item is to run the event loop (`m_WorkItemQueued`).
    pub(in crate::wdf) work_item_queued: bool,
    /// A DPC is to run the event loop (`m_DpcQueued`).
    pub(in crate::wdf) dpc_queued: bool,
    /// It has to run it once more (`m_RequeueDeferredDispatcher`).
    pub(in crate::wdf) defer_again: bool,
}

/// `WDF_IO_QUEUE_CONFIG` (96 bytes): what the simulator reads of it.
pub(in crate::wdf) mod offset {
    pub(in crate::wdf) const DISPATCH: u64 = 4;
    pub(in crate::wdf) const POWER_MANAGED: u64 = 8;
    pub(in crate::wdf) const ALLOW_ZERO_LENGTH: u64 = 12;
    pub(in crate::wdf) const DEFAULT: u64 = 13;
    pub(in crate::wdf) const EVT_DEFAULT: u64 = 16;
    pub(in crate::wdf) const EVT_READ: u64 = 24;
    pub(in crate::wdf) const EVT_WRITE: u64 = 32;
    pub(in crate::wdf) const EVT_DEVICE_CONTROL: u64 = 40;
    pub(in crate::wdf) const EVT_INTERNAL: u64 = 48;
    pub(in crate::wdf) const EVT_STOP: u64 = 56;
    pub(in crate::wdf) const EVT_RESUME: u64 = 64;
    pub(in crate::wdf) const EVT_CANCELED_ON_QUEUE: u64 = 72;
    pub(in crate::wdf) const PRESENTED_REQUESTS: u64 = 80;
}

impl QueueCallbacks {
    pub(in crate::wdf) fn read(guest: &Guest, config: u64) -> Result<Self, Failure> {
        let at = |offset| guest.read_u64(config + offset);
        if at(offset::EVT_INTERNAL)? != 0 {
            return Err(Failure::not_modelled(
                "a queue with EvtIoInternalDeviceControl",
            ));
        }
        Ok(Self {
            default: at(offset::EVT_DEFAULT)?,
            read: at(offset::EVT_READ)?,
            write: at(offset::EVT_WRITE)?,
            device_control: at(offset::EVT_DEVICE_CONTROL)?,
            stop: at(offset::EVT_STOP)?,
            resume: at(offset::EVT_RESUME)?,
            canceled_on_queue: at(offset::EVT_CANCELED_ON_QUEUE)?,
        })
    }

    /// Whether one of them takes requests.
    pub(in crate::wdf) const fn takes_requests(&self) -> bool {
        self.default | self.read | self.write | self.device_control != 0
    }
}

impl Queue {
    /// Whether the queue can hand out requests of a type (`FxIoQueue::IsIoEventHandlerRegistered`).
    pub(in crate::wdf) fn presents(&self, major: Major) -> bool {
        let of_type = match major {
            Major::Create => 0,
            Major::Read => self.callbacks.read,
            Major::Write => self.callbacks.write,
            Major::DeviceControl => self.callbacks.device_control,
        };
        self.dispatch == DispatchType::Manual || self.callbacks.default | of_type != 0
    }

    /// Takes a request out of all that the queue has given to the driver.
    pub(in crate::wdf) fn forget_owned(&mut self, request: u64) {
        for list in [
            &mut self.owned,
            &mut self.to_notify,
            &mut self.notified,
            &mut self.cancelable,
        ] {
            list.retain(|owned| *owned != request);
        }
    }

    /// Gives a request to the driver.
    pub(in crate::wdf) fn give(&mut self, request: u64) {
        self.owned.push_back(request);
        self.io_count += 1;
    }

    /// A request has come into the queue (`CheckTransitionFromEmpty`).
    pub(in crate::wdf) fn note_arrival(&mut self) {
        self.from_empty |= self.waiting.len() == 1;
    }

    /// The queue gives requests out again: what waits in it is news to a driver that could not have it before.
    pub(in crate::wdf) fn note_start(&mut self) {
        self.from_empty |= !self.waiting.is_empty();
    }

    /// Takes a request back from the driver.
    pub(in crate::wdf) fn take_back(&mut self, request: u64) {
        self.forget_owned(request);
        self.io_count -= 1;
    }
}
