//! I/O queues: what they are made with, what they hold, and their states.

use std::collections::VecDeque;

use crate::{
    Failure, Rule, Status,
    activation::Flow,
    guest::Guest,
    sim::Sim,
    wdf::{
        object::{Attributes, INHERITED, Kind, PASSIVE_LEVEL},
        queue_power::QueuePower,
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
    pub(super) default: u64,
    pub(super) read: u64,
    pub(super) write: u64,
    pub(super) device_control: u64,
    pub(super) stop: u64,
    pub(super) resume: u64,
    pub(super) canceled_on_queue: u64,
}

/// A queue (`FxIoQueue`).
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the framework's own settings and state of a queue"
)]
pub(crate) struct Queue {
    pub(super) dispatch: DispatchType,
    pub(super) power_managed: bool,
    pub(super) default: bool,
    /// Whether its callbacks are at PASSIVE; else they come at the IRQL of whoever presents.
    pub(super) passive: bool,
    /// Whether reads and writes of no length reach the driver.
    pub(super) allows_zero_length: bool,
    pub(super) callbacks: QueueCallbacks,
    /// Requests that wait in the queue, in their order (`m_Queue`).
    pub(super) waiting: VecDeque<u64>,
    /// Requests that the queue has given to the driver, in that order (`m_DriverOwned`).
    pub(super) owned: VecDeque<u64>,
    /// How many the queue counts as given to the driver (`m_DriverIoCount`).
    pub(super) io_count: usize,
    /// Of those, which are marked cancelable (`m_DriverCancelable`).
    pub(super) cancelable: VecDeque<u64>,
    /// Of those, which were cancelled: `EvtRequestCancel` is still to be called (`m_Cancelled`).
    pub(super) cancelled: VecDeque<u64>,
    /// Cancelled while they waited, and known to the driver: `EvtIoCanceledOnQueue` is still to be called
    /// (`m_CanceledOnQueueList`).
    pub(super) cancelled_waiting: VecDeque<u64>,
    pub(super) accepts: bool,
    pub(super) gives: bool,
    /// Shut down by the framework at the end of the device's life: starting it lets nothing in any more.
    pub(super) shut_down: bool,
    /// Purged: what is marked cancelable or put back is cancelled (`m_CancelDispatchedRequests`).
    pub(super) cancels_given: bool,
    pub(super) power: QueuePower,
    /// Owned requests of which the driver is still to be told that the power changes (`m_PowerNotify`).
    pub(super) to_notify: VecDeque<u64>,
    /// Those of which it has been told, neither complete nor acknowledged (`m_PowerDriverNotified`).
    pub(super) notified: VecDeque<u64>,
    /// What the transition waits for has come (`m_PowerIdle`).
    pub(super) power_idle: bool,
    /// Strands in the event loop, or about to be (`m_Dispatching`).
    pub(super) dispatching: usize,
    /// A work item is to run the event loop (`m_WorkItemQueued`).
    pub(super) work_item_queued: bool,
    /// It has to run it once more (`m_RequeueDeferredDispatcher`).
    pub(super) defer_again: bool,
}

/// `WDF_IO_QUEUE_CONFIG` (96 bytes): what the simulator reads of it.
mod offset {
    pub(super) const DISPATCH: u64 = 4;
    pub(super) const POWER_MANAGED: u64 = 8;
    pub(super) const ALLOW_ZERO_LENGTH: u64 = 12;
    pub(super) const DEFAULT: u64 = 13;
    pub(super) const EVT_DEFAULT: u64 = 16;
    pub(super) const EVT_READ: u64 = 24;
    pub(super) const EVT_WRITE: u64 = 32;
    pub(super) const EVT_DEVICE_CONTROL: u64 = 40;
    pub(super) const EVT_INTERNAL: u64 = 48;
    pub(super) const EVT_STOP: u64 = 56;
    pub(super) const EVT_RESUME: u64 = 64;
    pub(super) const EVT_CANCELED_ON_QUEUE: u64 = 72;
    pub(super) const PRESENTED_REQUESTS: u64 = 80;
}

impl QueueCallbacks {
    fn read(guest: &Guest, config: u64) -> Result<Self, Failure> {
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
    const fn takes_requests(&self) -> bool {
        self.default | self.read | self.write | self.device_control != 0
    }
}

impl Queue {
    /// Takes a request out of all that the queue has given to the driver.
    pub(super) fn forget_owned(&mut self, request: u64) {
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
    pub(super) fn give(&mut self, request: u64) {
        self.owned.push_back(request);
        self.io_count += 1;
    }

    /// Takes a request back from the driver.
    pub(super) fn take_back(&mut self, request: u64) {
        self.forget_owned(request);
        self.io_count -= 1;
    }
}

impl Sim {
    /// The queue that a handle names.
    ///
    /// # Panics
    ///
    /// Where it names none, which [`Sim::wdf_handle`] has refused before.
    pub(super) fn queue_mut(&mut self, handle: u64) -> &mut Queue {
        self.wdf
            .queues
            .get_mut(&handle)
            .expect("a queue's handle names it")
    }

    /// `WdfIoQueueCreate` (`FxIoQueue::Initialize`).
    pub(crate) fn wdf_io_queue_create(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let device = self.wdf_handle(guest, 1, Kind::Device)?;
        let (config, attributes, out) =
            (guest.argument(2)?, guest.argument(3)?, guest.argument(4)?);
        let size = guest.read_u32(config)?;
        if size != 96 {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("WDF_IO_QUEUE_CONFIG has the size {size}, not 96"),
            ));
        }
        let presented = guest.read_u32(config + offset::PRESENTED_REQUESTS)?;
        let dispatch = match guest.read_u32(config + offset::DISPATCH)? {
            1 => DispatchType::Sequential,
            2 => DispatchType::Parallel(presented),
            3 => DispatchType::Manual,
            other => {
                return Err(Failure::new(
                    Rule::BadArgument,
                    format!("{other} is no WDF_IO_QUEUE_DISPATCH_TYPE"),
                ));
            }
        };
        let callbacks = QueueCallbacks::read(guest, config)?;
        let refused = match dispatch {
            DispatchType::Manual if callbacks.takes_requests() => Some(Status::INVALID_PARAMETER),
            DispatchType::Sequential | DispatchType::Manual if presented != 0 => {
                Some(Status::INVALID_PARAMETER)
            }
            DispatchType::Sequential | DispatchType::Parallel(_) if !callbacks.takes_requests() => {
                Some(Status::WDF_NO_CALLBACK)
            }
            _ => None,
        };
        if let Some(status) = refused {
            return Ok(Flow::status(status));
        }
        let attributes = Attributes::read(guest, attributes)?;
        let attributes = attributes.without_scope("a queue")?;
        // WdfUseDefault, WdfTrue, or WdfFalse: the default of a function driver's queue is power-managed.
        let power_managed = guest.read_u32(config + offset::POWER_MANAGED)? != 0;
        let default = guest.read_u8(config + offset::DEFAULT)? != 0;
        if default && self.wdf.queues.values().any(|other| other.default) {
            return Err(Failure::new(
                Rule::BadArgument,
                "the device has a default queue already",
            ));
        }
        let handle = self.new_wdf_object(guest, Kind::Queue, device, &attributes)?;
        let queue = Queue {
            dispatch,
            power_managed,
            passive: match attributes.execution_level {
                INHERITED => self.wdf.device.passive,
                level => level == PASSIVE_LEVEL,
            },
            default,
            allows_zero_length: guest.read_u8(config + offset::ALLOW_ZERO_LENGTH)? != 0,
            callbacks,
            waiting: VecDeque::new(),
            owned: VecDeque::new(),
            io_count: 0,
            cancelable: VecDeque::new(),
            cancelled: VecDeque::new(),
            cancelled_waiting: VecDeque::new(),
            accepts: true,
            gives: true,
            shut_down: false,
            cancels_given: false,
            power: if power_managed && !self.wdf.pnp.powered {
                QueuePower::Off
            } else {
                QueuePower::On
            },
            to_notify: VecDeque::new(),
            notified: VecDeque::new(),
            power_idle: false,
            dispatching: 0,
            work_item_queued: false,
            defer_again: false,
        };
        self.wdf.queues.insert(handle, queue);
        if out != 0 {
            guest.write_u64(out, handle)?;
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfIoQueueGetDevice`.
    pub(crate) fn wdf_io_queue_get_device(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Queue)?;
        Ok(Flow::Return(self.wdf.objects[&handle].parent))
    }

    /// `WdfIoQueueGetState`: bits of `WDF_IO_QUEUE_STATE`, and two counts where they are asked for.
    pub(crate) fn wdf_io_queue_get_state(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        const ACCEPT_REQUESTS: u64 = 1;
        const DISPATCH_REQUESTS: u64 = 2;
        const NO_REQUESTS: u64 = 4;
        const DRIVER_NO_REQUESTS: u64 = 8;
        const PNP_HELD: u64 = 0x10;

        let handle = self.wdf_handle(guest, 1, Kind::Queue)?;
        let (waiting_out, given_out) = (guest.argument(2)?, guest.argument(3)?);
        let queue = &self.wdf.queues[&handle];
        let (waiting, given) = (queue.waiting.len(), queue.io_count);
        let mut state = 0;
        for (set, bit) in [
            (queue.accepts, ACCEPT_REQUESTS),
            (queue.gives, DISPATCH_REQUESTS),
            (waiting == 0, NO_REQUESTS),
            (given == 0, DRIVER_NO_REQUESTS),
            (
                queue.power_managed && queue.power != QueuePower::On,
                PNP_HELD,
            ),
        ] {
            if set {
                state |= bit;
            }
        }
        for (out, count) in [(waiting_out, waiting), (given_out, given)] {
            if out != 0 {
                guest.write_u32(out, count as u32)?;
            }
        }
        Ok(Flow::Return(state))
    }
}
