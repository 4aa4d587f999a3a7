//! I/O queues: what they are made with, and their states.

use std::collections::VecDeque;

use crate::{
    Failure, Rule, Status,
    activation::Flow,
    guest::Guest,
    sim::Sim,
    wdf::{
        object::{Attributes, INHERITED, Kind, PASSIVE_LEVEL},
        request::State,
    },
};

/// `WDF_IO_QUEUE_DISPATCH_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DispatchType {
    Sequential,
    Parallel,
    Manual,
}

/// A queue.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the framework's own settings and state of a queue"
)]
pub(crate) struct Queue {
    pub(super) dispatch: DispatchType,
    pub(crate) power_managed: bool,
    pub(crate) default: bool,
    /// Whether its callbacks are at PASSIVE; else they may come at DISPATCH.
    pub(super) passive: bool,
    pub(super) read: u64,
    pub(super) write: u64,
    pub(super) device_control: u64,
    pub(crate) stop: u64,
    pub(crate) evt_canceled: u64,
    /// Requests that wait in the queue.
    pub(crate) waiting: VecDeque<u64>,
    /// Purged: nothing gets in until it is started again.
    pub(super) purged: bool,
    /// Purged by the framework at the end of the device's life: it is not started again.
    shut_down: bool,
    /// Threads that are in a callback of the queue, or about to be.
    pub(super) dispatching: usize,
}

/// `WDF_IO_QUEUE_CONFIG` (96 bytes): what the simulator reads of it.
mod offset {
    pub(super) const DISPATCH: u64 = 4;
    pub(super) const POWER_MANAGED: u64 = 8;
    pub(super) const DEFAULT: u64 = 13;
    pub(super) const EVT_DEFAULT: u64 = 16;
    pub(super) const EVT_READ: u64 = 24;
    pub(super) const EVT_WRITE: u64 = 32;
    pub(super) const EVT_DEVICE_CONTROL: u64 = 40;
    pub(super) const EVT_INTERNAL: u64 = 48;
    pub(super) const EVT_STOP: u64 = 56;
    pub(super) const EVT_RESUME: u64 = 64;
    pub(super) const EVT_CANCELED_ON_QUEUE: u64 = 72;
}

impl Sim {
    /// `WdfIoQueueCreate`.
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
        for (name, at) in [
            ("EvtIoDefault", offset::EVT_DEFAULT),
            ("EvtIoInternalDeviceControl", offset::EVT_INTERNAL),
            ("EvtIoResume", offset::EVT_RESUME),
        ] {
            if guest.read_u64(config + at)? != 0 {
                return Err(Failure::not_modelled(format!("a queue with {name}")));
            }
        }
        let dispatch = match guest.read_u32(config + offset::DISPATCH)? {
            1 => DispatchType::Sequential,
            2 => DispatchType::Parallel,
            3 => DispatchType::Manual,
            other => {
                return Err(Failure::new(
                    Rule::BadArgument,
                    format!("{other} is no WDF_IO_QUEUE_DISPATCH_TYPE"),
                ));
            }
        };
        let attributes = Attributes::read(guest, attributes)?;
        let attributes = attributes.without_scope("a queue")?;
        let handle = self.new_wdf_object(guest, Kind::Queue, device, &attributes)?;
        let queue = Queue {
            dispatch,
            // The default of a function driver's queue is power-managed.
            power_managed: guest.read_u32(config + offset::POWER_MANAGED)? != 0,
            passive: match attributes.execution_level {
                INHERITED => self.wdf.device.passive,
                level => level == PASSIVE_LEVEL,
            },
            default: guest.read_u8(config + offset::DEFAULT)? != 0,
            read: guest.read_u64(config + offset::EVT_READ)?,
            write: guest.read_u64(config + offset::EVT_WRITE)?,
            device_control: guest.read_u64(config + offset::EVT_DEVICE_CONTROL)?,
            stop: guest.read_u64(config + offset::EVT_STOP)?,
            evt_canceled: guest.read_u64(config + offset::EVT_CANCELED_ON_QUEUE)?,
            waiting: VecDeque::new(),
            purged: false,
            shut_down: false,
            dispatching: 0,
        };
        if queue.default && self.wdf.queues.values().any(|other| other.default) {
            return Err(Failure::new(
                Rule::BadArgument,
                "the device has a default queue already",
            ));
        }
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
    /// `WdfIoQueuePurge`.
    pub(crate) fn wdf_io_queue_purge(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        if guest.argument(2)? != 0 {
            return Err(Failure::not_modelled(
                "WdfIoQueuePurge with a completion callback",
            ));
        }
        self.purge(guest, queue)?;
        Ok(Flow::Return(0))
    }

    /// The requests that a queue has presented and that are not complete.
    pub(crate) fn requests_of(&self, queue: u64) -> Vec<u64> {
        let requests = self.wdf.requests.iter();
        requests
            .filter(|(_, request)| {
                matches!(request.state, State::Owned(owner) | State::Presenting(owner) if owner == queue)
            })
            .map(|(handle, _)| *handle)
            .collect()
    }

    /// Stops a queue and cancels what waits in it.
    pub(crate) fn purge(&mut self, guest: &mut Guest, queue: u64) -> Result<(), Failure> {
        let target = self
            .wdf
            .queues
            .get_mut(&queue)
            .expect("a queue's handle names it");
        target.purged = true;
        for request in target.waiting.clone() {
            self.cancel_queued(guest, request)?;
        }
        for request in self.requests_of(queue) {
            self.cancel_owned(guest, request)?;
        }
        Ok(())
    }

    /// Purges a queue for good.
    pub(crate) fn shut_down(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        if let Some(queue) = self.wdf.queues.get_mut(&handle) {
            queue.shut_down = true;
        }
        self.purge(guest, handle)
    }

    /// `WdfIoQueueStart`: of no effect on a queue that the framework has shut down
    /// (`FxIoQueue::SetStateForShutdown`).
    pub(crate) fn wdf_io_queue_start(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Queue)?;
        let queue = self
            .wdf
            .queues
            .get_mut(&handle)
            .expect("a queue's handle names it");
        queue.purged = queue.shut_down;
        self.present_soon(guest, handle)?;
        Ok(Flow::Return(0))
    }

    /// `WdfIoQueueGetState`: bits of `WDF_IO_QUEUE_STATE`, and two counts where they are asked for.
    pub(crate) fn wdf_io_queue_get_state(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        const ACCEPT_REQUESTS: u64 = 1;
        const DISPATCH_REQUESTS: u64 = 2;
        const NO_REQUESTS: u64 = 4;
        const DRIVER_NO_REQUESTS: u64 = 8;
        const PNP_HELD: u64 = 0x10;

        let handle = self.wdf_handle(guest, 1, Kind::Queue)?;
        let (waiting_out, owned_out) = (guest.argument(2)?, guest.argument(3)?);
        let queue = &self.wdf.queues[&handle];
        let (waiting, owned) = (queue.waiting.len(), self.requests_of(handle).len());
        let mut state = DISPATCH_REQUESTS;
        for (set, bit) in [
            (!queue.purged, ACCEPT_REQUESTS),
            (waiting == 0, NO_REQUESTS),
            (owned == 0, DRIVER_NO_REQUESTS),
            (!self.gives(handle), PNP_HELD),
        ] {
            if set {
                state |= bit;
            }
        }
        for (out, count) in [(waiting_out, waiting), (owned_out, owned)] {
            if out != 0 {
                guest.write_u32(out, count as u32)?;
            }
        }
        Ok(Flow::Return(state))
    }
}
