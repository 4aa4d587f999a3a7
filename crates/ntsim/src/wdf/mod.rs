//! The Kernel-Mode Driver Framework as a driver sees it: objects behind opaque handles, called
//! through a function table.

pub(crate) mod bind;
pub(crate) mod buffers;
pub(crate) mod cancel;
pub(crate) mod completion;
pub(crate) mod deletion;
pub(crate) mod delivery;
pub(crate) mod device;
pub(crate) mod dpc;
pub(crate) mod driver;
pub(crate) mod event_loop;
pub(crate) mod file;
pub(crate) mod forwarding;
pub(crate) mod object;
pub(crate) mod pnp;
pub(crate) mod purging;
pub(crate) mod queue;
pub(crate) mod queue_power;
pub(crate) mod registry;
pub(crate) mod request;
pub(crate) mod resources;
pub(crate) mod retrieval;
pub(crate) mod spin_lock;
pub(crate) mod submission;
pub(crate) mod timer;

use std::collections::BTreeMap;

use crate::{Failure, activation::Flow, guest::Guest, sim::Sim};

use event_loop::{After, QueueEvent};

pub(crate) use pnp::PnpStep;
pub(crate) use request::Major;

/// What was going on when the driver was called: by the framework, by the `PnP` manager, or by the kernel, which begins
/// a system thread.
#[derive(Clone, Debug)]
pub(crate) enum WdfFrame {
    /// The kernel begins a system thread of the driver's: no work of the framework, though it calls the driver as that does.
    CallThread { routine: u64, context: u64 },
    /// Carrying the device through a transition.
    Pnp(PnpStep),
    /// A thread of a sender's begins, to call the driver for a queue.
    QueueEvent { queue: u64, event: QueueEvent },
    /// The work item of a queue begins.
    QueueWorkItem { queue: u64 },
    /// A callback of a queue has returned; its event loop goes on.
    QueueCalled {
        queue: u64,
        event: QueueEvent,
        after: After,
    },
    /// A thread begins to clean up a file.
    FileCleanup { file: u32 },
    /// `EvtFileCleanup` has returned.
    FileFlush { file: u32 },
    /// A thread begins to close a file.
    FileClose { file: u32 },
    /// `EvtFileClose` has returned.
    FileClosed { file: u32 },
    /// A framework routine called the driver and then returns a value to it.
    ReturnAfterCall(u64),
}

/// The framework's state.
#[derive(Default)]
pub(crate) struct Wdf {
    /// Where the driver's globals stand, once it is bound.
    pub(crate) globals: u64,
    pub(crate) driver: driver::Driver,
    pub(crate) device: device::Device,
    pub(crate) objects: BTreeMap<u64, object::Object>,
    pub(crate) queues: BTreeMap<u64, queue::Queue>,
    /// What each DPC object runs.
    pub(crate) dpc_routines: BTreeMap<u64, u64>,
    pub(crate) requests: BTreeMap<u64, request::Request>,
    /// The open files, by the host's numbers.
    pub(crate) files: BTreeMap<u32, file::File>,
    /// The queues of request types that do not go to the default queue.
    pub(crate) dispatching: BTreeMap<request::Major, u64>,
    pub(crate) timers: BTreeMap<u64, timer::Timer>,
    /// The IRQL to go back to, by spin lock and holder.
    pub(crate) spin_lock_levels: BTreeMap<(u64, usize), u8>,
    /// Requests that are complete, by the host's number, until the host takes them.
    pub(crate) completed: BTreeMap<u32, request::Completed>,
    /// The handles of requests that are complete, with the host's numbers.
    pub(crate) ended_requests: BTreeMap<u64, u32>,
    pub(crate) next_request: u32,
    pub(crate) resources: resources::Resources,
    pub(crate) pnp: pnp::Pnp,
    /// The values of the service's `Parameters` key.
    pub(crate) parameters: BTreeMap<String, u32>,
}

impl Sim {
    /// Goes on with what the framework was doing.
    pub(crate) fn resume_wdf(
        &mut self,
        guest: &mut Guest,
        frame: WdfFrame,
        value: u64,
    ) -> Result<Flow, Failure> {
        match frame {
            WdfFrame::CallThread { routine, context } => Ok(Flow::Call {
                what: "system thread",
                target: routine,
                arguments: vec![context],
                frame: crate::activation::Frame::ThreadStart,
            }),
            WdfFrame::Pnp(step) => self.resume_pnp(guest, step, value),
            WdfFrame::QueueEvent { queue, event } => self.begin_event(guest, queue, event),
            WdfFrame::QueueWorkItem { queue } => self.run_work_item(guest, queue),
            WdfFrame::QueueCalled {
                queue,
                event,
                after,
            } => self.queue_called(guest, queue, event, after),
            WdfFrame::FileCleanup { file } => self.clean_up(guest, file),
            WdfFrame::FileFlush { file } => self.flush(guest, file),
            WdfFrame::FileClose { file } => self.close_file(guest, file),
            WdfFrame::FileClosed { file } => self.file_closed(guest, file),
            WdfFrame::ReturnAfterCall(result) => Ok(Flow::Return(result)),
        }
    }
}
