//! The Kernel-Mode Driver Framework as a driver sees it: objects behind opaque handles, called
//! through a function table.

pub(crate) mod bind;
pub(crate) mod buffers;
pub(crate) mod cancel;
pub(crate) mod completion;
pub(crate) mod deletion;
pub(crate) mod device;
pub(crate) mod dpc;
pub(crate) mod driver;
pub(crate) mod object;
pub(crate) mod pnp;
pub(crate) mod presentation;
pub(crate) mod queue;
pub(crate) mod registry;
pub(crate) mod request;
pub(crate) mod resources;
pub(crate) mod retrieval;
pub(crate) mod spin_lock;
pub(crate) mod submission;
pub(crate) mod timer;

use std::collections::BTreeMap;

use crate::{Failure, activation::Flow, guest::Guest, sim::Sim};

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
    /// Presenting a request to a queue's callback.
    Present { request: u64, queue: u64 },
    /// Beginning a thread that cancels a request which the driver owns.
    CallCancel {
        routine: u64,
        request: u64,
        queue: u64,
    },
    /// Beginning a thread that gives a request back which was cancelled while it waited in a queue
    /// that the driver had put it into.
    CallCanceledOnQueue {
        routine: u64,
        request: u64,
        queue: u64,
    },
    /// The callback has returned; the thread that presented it presents the next, or ends.
    Presented { queue: u64 },
    /// The same, inside of a call of the driver's that made room, which then returns the result.
    PresentedInCall { queue: u64, result: u64 },
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
            WdfFrame::Present { request, queue } => self.present(queue, request),
            WdfFrame::CallCanceledOnQueue {
                routine,
                request,
                queue,
            } => Ok(Flow::Call {
                what: "EvtIoCanceledOnQueue",
                target: routine,
                arguments: vec![queue, request],
                frame: crate::activation::Frame::Wdf(WdfFrame::Presented { queue }),
            }),
            WdfFrame::CallCancel {
                routine,
                request,
                queue,
            } => Ok(Flow::Call {
                what: "EvtRequestCancel",
                target: routine,
                arguments: vec![request],
                frame: crate::activation::Frame::Wdf(WdfFrame::Presented { queue }),
            }),
            WdfFrame::PresentedInCall { queue, result } => {
                self.dispatched(queue);
                self.present_here(guest, queue, result)
            }
            WdfFrame::Presented { queue } => self.presented(queue),
            WdfFrame::ReturnAfterCall(result) => Ok(Flow::Return(result)),
        }
    }
}
