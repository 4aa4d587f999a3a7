//! I/O queues: what they are made with, what they hold, and their states.

use std::collections::VecDeque;

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::{Allowed, Attributes, Scope},
        state::{
            device::Control,
            frame::WdfFrame,
            object::Kind,
            queue::{DispatchType, Queue, QueueCallbacks, offset},
            queue_power::QueuePower,
        },
    },
};

/// The status with which the framework refuses to make such a queue.
fn refuses(dispatch: DispatchType, callbacks: &QueueCallbacks, presented: u32) -> Option<Status> {
    match dispatch {
        DispatchType::Manual if callbacks.takes_requests() => Some(Status::INVALID_PARAMETER),
        DispatchType::Sequential | DispatchType::Manual if presented != 0 => {
            Some(Status::INVALID_PARAMETER)
        }
        DispatchType::Sequential | DispatchType::Parallel(_) if !callbacks.takes_requests() => {
            Some(Status::WDF_NO_CALLBACK)
        }
        _ => None,
    }
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// The queue that a handle names.
    ///
    /// # Panics
    ///
    /// Where it names none, which [`Self::wdf_handle`] has refused before.
    pub(super) fn queue_mut(&mut self, handle: u64) -> &mut Queue {
        self.wdf
            .queues
            .get_mut(&handle)
            .expect("a queue's handle names it")
    }

    /// `WdfIoQueueCreate` (`FxIoQueue::Initialize`).
    pub(crate) fn wdf_io_queue_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
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
        if let Some(status) = refuses(dispatch, &callbacks, presented) {
            return Ok(Flow::status(status));
        }
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Both)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        let above = self.wdf.device.constraints;
        let constraints = attributes.constraints(above);
        if constraints.scope == Scope::Device && constraints.passive != above.passive {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        // WdfUseDefault, WdfTrue, or WdfFalse: the default of a function driver's queue is power-managed.
        let power_managed = guest.read_u32(config + offset::POWER_MANAGED)? != 0
            && self.wdf.device.control == Control::No;
        let default = guest.read_u8(config + offset::DEFAULT)? != 0;
        if default && self.wdf.queues.values().any(|other| other.default) {
            return Err(Failure::new(
                Rule::BadArgument,
                "the device has a default queue already",
            ));
        }
        let parent = self.parent_of(&attributes, device)?;
        let handle = self.new_wdf_object(guest, Kind::Queue, parent, &attributes)?;
        self.make_callback_lock(handle, constraints.passive);
        let queue = Queue {
            dispatch,
            power_managed,
            passive: constraints.passive,
            lock: match constraints.scope {
                Scope::Device => device,
                _ => handle,
            },
            constraints,
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
            ready_notify: None,
            from_empty: false,
            purge_complete: None,
            idle_complete: None,
            state_reached: false,
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
            dpc_queued: false,
            defer_again: false,
        };
        self.wdf.queues.insert(handle, queue);
        if out != 0 {
            guest.write_u64(out, handle)?;
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfIoQueueGetDevice`.
    pub(crate) fn wdf_io_queue_get_device(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Queue)?;
        Ok(Flow::Return(self.device_above(handle)))
    }

    /// `WdfIoQueueGetState`: bits of `WDF_IO_QUEUE_STATE`, and two counts where they are asked for.
    pub(crate) fn wdf_io_queue_get_state(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
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
