//! I/O queues: what presents requests to the driver, and when.

use std::collections::VecDeque;

use crate::{
    activation::{Flow, Frame},
    config::Strategy,
    failure::{Failure, rule},
    guest::Guest,
    kernel::status,
    processor::irql,
    sim::Sim,
    wdf::{
        WdfFrame,
        object::{Attributes, INHERITED, Kind, PASSIVE_LEVEL},
        request::{Major, State},
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
    dispatch: DispatchType,
    pub(crate) power_managed: bool,
    pub(crate) default: bool,
    /// Whether its callbacks are at PASSIVE; else they may come at DISPATCH.
    passive: bool,
    read: u64,
    write: u64,
    device_control: u64,
    pub(crate) stop: u64,
    pub(crate) evt_canceled: u64,
    /// Requests that wait in the queue.
    pub(crate) waiting: VecDeque<u64>,
    /// Purged: nothing gets in until it is started again.
    purged: bool,
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

/// `STATUS_WDF_BUSY`: the queue does not take requests.
const WDF_BUSY: u64 = 0xC020_0204;
/// `STATUS_WDF_PAUSED`: the queue does not give requests out.
const WDF_PAUSED: u64 = 0xC020_0203;

impl Sim {
    /// `WdfIoQueueCreate`.
    pub(crate) fn wdf_io_queue_create(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let device = self.wdf_handle(guest, 1, Kind::Device)?;
        let (config, attributes, out) =
            (guest.argument(2)?, guest.argument(3)?, guest.argument(4)?);
        let size = guest.read_u32(config)?;
        if size != 96 {
            return Err(Failure::new(
                rule::BAD_ARGUMENT,
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
                    rule::BAD_ARGUMENT,
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
        };
        if queue.default && self.wdf.queues.values().any(|other| other.default) {
            return Err(Failure::new(
                rule::BAD_ARGUMENT,
                "the device has a default queue already",
            ));
        }
        self.wdf.queues.insert(handle, queue);
        if out != 0 {
            guest.write_u64(out, handle)?;
        }
        Ok(Flow::Return(status::SUCCESS))
    }

    /// `WdfIoQueueGetDevice`.
    pub(crate) fn wdf_io_queue_get_device(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Queue)?;
        Ok(Flow::Return(self.wdf.objects[&handle].parent))
    }

    /// Whether the queue gives requests out.
    fn gives(&self, queue: u64) -> bool {
        self.wdf.pnp.powered || !self.wdf.queues[&queue].power_managed
    }

    /// Puts a request into a queue; false where the queue takes none.
    pub(crate) fn enqueue(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        request: u64,
    ) -> Result<bool, Failure> {
        let target = self
            .wdf
            .queues
            .get_mut(&queue)
            .expect("a queue's handle names it");
        if target.purged {
            return Ok(false);
        }
        target.waiting.push_back(request);
        self.wdf
            .requests
            .get_mut(&request)
            .expect("a queued request exists")
            .state = State::Queued(queue);
        if self.wdf.requests[&request].canceled {
            self.cancel_queued(guest, request)?;
            return Ok(true);
        }
        self.present_soon(guest, queue)?;
        Ok(true)
    }

    /// Makes a thread for each request that the queue may present now.
    pub(crate) fn present_soon(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        if !self.gives(handle) {
            return Ok(());
        }
        let queue = &self.wdf.queues[&handle];
        let busy = self.wdf.requests.values().any(|request| {
            matches!(request.state, State::Owned(owner) if owner == handle)
                || matches!(request.state, State::Presenting(owner) if owner == handle)
        });
        let most = match queue.dispatch {
            DispatchType::Manual => 0,
            DispatchType::Sequential => usize::from(!busy),
            DispatchType::Parallel => usize::MAX,
        };
        let next: Vec<u64> = queue.waiting.iter().copied().take(most).collect();
        for request in next {
            self.wdf
                .queues
                .get_mut(&handle)
                .expect("still there")
                .waiting
                .retain(|waiting| *waiting != request);
            self.wdf
                .requests
                .get_mut(&request)
                .expect("a queued request exists")
                .state = State::Presenting(handle);
            let number = self.wdf.requests[&request].number;
            self.spawn(
                guest,
                format!("request {number}"),
                Frame::Wdf(WdfFrame::Present { request }),
            )?;
        }
        Ok(())
    }

    /// In the thread of a request: calls the queue's callback.
    pub(crate) fn present(&mut self, _guest: &mut Guest, request: u64) -> Result<Flow, Failure> {
        let Some(found) = self.wdf.requests.get_mut(&request) else {
            return Ok(Flow::Finish);
        };
        let State::Presenting(queue) = found.state else {
            return Ok(Flow::Finish);
        };
        found.state = State::Owned(queue);
        let (input, output) = (found.input_length as u64, found.output_length as u64);

        let (code, major) = (u64::from(found.code), found.major);
        let target = &self.wdf.queues[&queue];
        let passive = target.passive;
        let (what, target, arguments) = match major {
            Major::Read => ("EvtIoRead", target.read, vec![queue, request, output]),
            Major::Write => ("EvtIoWrite", target.write, vec![queue, request, input]),
            Major::DeviceControl => {
                let arguments = vec![queue, request, output, input, code];
                ("EvtIoDeviceControl", target.device_control, arguments)
            }
        };
        if target == 0 {
            return Err(Failure::not_modelled(format!(
                "a request to a queue without {what}"
            )));
        }
        let thread = self.cpu().thread;
        if let Some(found) = self.wdf.requests.get_mut(&request) {
            found.presented = thread.map(|thread| (target, thread));
        }
        // Without passive level a callback may come at DISPATCH: then it sometimes does.
        if !passive && self.config.strategy == Strategy::Random && self.random(2) == 1 {
            self.cpu_mut().irql = irql::DISPATCH;
        }
        Ok(Flow::Call {
            what,
            target,
            arguments,
            frame: Frame::Wdf(WdfFrame::Presented),
        })
    }

    /// `WdfDeviceConfigureRequestDispatching`.
    pub(crate) fn wdf_device_configure_request_dispatching(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let queue = self.wdf_handle(guest, 2, Kind::Queue)?;
        let kind = guest.argument_u32(3)?;
        let Some(major) = Major::from_request_type(kind) else {
            return Err(Failure::not_modelled(format!(
                "dispatching of requests of the type {kind:#x}"
            )));
        };
        self.wdf.dispatching.insert(major, queue);
        Ok(Flow::Return(status::SUCCESS))
    }

    /// `WdfIoQueueFindRequest`: looks, and references what it finds.
    pub(crate) fn wdf_io_queue_find_request(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let (previous, file) = (guest.argument(2)?, guest.argument(3)?);
        let (parameters, out) = (guest.argument(4)?, guest.argument(5)?);
        if file != 0 || parameters != 0 {
            return Err(Failure::not_modelled(
                "WdfIoQueueFindRequest with a file object or parameters",
            ));
        }
        let waiting = &self.wdf.queues[&queue].waiting;
        let found = if previous == 0 {
            waiting.front()
        } else {
            let Some(place) = waiting.iter().position(|request| *request == previous) else {
                return Ok(Flow::Return(status::NOT_FOUND));
            };
            waiting.get(place + 1)
        };
        let Some(found) = found.copied() else {
            return Ok(Flow::Return(status::NO_MORE_ENTRIES));
        };
        self.wdf
            .objects
            .get_mut(&found)
            .expect("a queued request is an object")
            .references += 1;
        guest.write_u64(out, found)?;
        Ok(Flow::Return(status::SUCCESS))
    }

    fn hand_out(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        request: u64,
        out: u64,
    ) -> Result<Flow, Failure> {
        self.wdf
            .queues
            .get_mut(&queue)
            .expect("still there")
            .waiting
            .retain(|waiting| *waiting != request);
        self.wdf
            .requests
            .get_mut(&request)
            .expect("a queued request exists")
            .state = State::Owned(queue);
        guest.write_u64(out, request)?;
        Ok(Flow::Return(status::SUCCESS))
    }

    /// `WdfIoQueueRetrieveFoundRequest`.
    pub(crate) fn wdf_io_queue_retrieve_found_request(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let (found, out) = (guest.argument(2)?, guest.argument(3)?);
        if !self.wdf.objects.contains_key(&found) {
            return Err(Failure::new(
                rule::BAD_HANDLE,
                format!("{found:#x} is retrieved and was not found before"),
            ));
        }
        if !self.gives(queue) {
            return Ok(Flow::Return(WDF_PAUSED));
        }
        if !self.wdf.queues[&queue].waiting.contains(&found) {
            return Ok(Flow::Return(status::NOT_FOUND));
        }
        self.hand_out(guest, queue, found, out)
    }

    /// `WdfIoQueueRetrieveNextRequest`.
    pub(crate) fn wdf_io_queue_retrieve_next_request(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let out = guest.argument(2)?;
        if !self.gives(queue) {
            return Ok(Flow::Return(WDF_PAUSED));
        }
        match self.wdf.queues[&queue].waiting.front().copied() {
            Some(request) => self.hand_out(guest, queue, request, out),
            None => Ok(Flow::Return(status::NO_MORE_ENTRIES)),
        }
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

    /// `WdfIoQueueStart`.
    pub(crate) fn wdf_io_queue_start(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        self.wdf
            .queues
            .get_mut(&queue)
            .expect("a queue's handle names it")
            .purged = false;
        self.present_soon(guest, queue)?;
        Ok(Flow::Return(0))
    }

    /// `WdfRequestForwardToIoQueue`.
    pub(crate) fn wdf_request_forward_to_io_queue(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let request = self.wdf_handle(guest, 1, Kind::Request)?;
        let queue = guest.argument(2)?;
        if !self.wdf.queues.contains_key(&queue) {
            return Err(Failure::new(
                rule::BAD_HANDLE,
                format!("a request is forwarded to {queue:#x}, which is no queue"),
            ));
        }
        let State::Owned(owner) = self.wdf.requests[&request].state else {
            return Err(Failure::new(
                rule::REQUEST_MISUSE,
                "a request is forwarded that the driver does not own",
            ));
        };
        self.not_cancelable(request)?;
        if owner == queue {
            return Ok(Flow::Return(status::INVALID_DEVICE_REQUEST));
        }
        let taken = self.enqueue(guest, queue, request)?;
        if taken {
            self.present_soon(guest, owner)?;
        }
        Ok(Flow::Return(if taken { status::SUCCESS } else { WDF_BUSY }))
    }
}
