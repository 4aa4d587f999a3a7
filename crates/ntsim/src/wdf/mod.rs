//! The Kernel-Mode Driver Framework as a driver sees it: objects behind opaque handles, called
//! through a function table.

pub(crate) mod attributes;
pub(crate) mod bind;
pub(crate) mod buffers;
pub(crate) mod callback_lock;
pub(crate) mod cancel;
pub(crate) mod collection;
pub(crate) mod completion;
pub(crate) mod control;
pub(crate) mod deletion;
pub(crate) mod delivery;
pub(crate) mod device;
pub(crate) mod device_state;
pub(crate) mod dma;
pub(crate) mod dpc;
pub(crate) mod driver;
pub(crate) mod ending;
pub(crate) mod event_loop;
pub(crate) mod file;
pub(crate) mod forwarding;
pub(crate) mod in_caller_context;
pub(crate) mod interrupt;
pub(crate) mod memory;
pub(crate) mod naming;
pub(crate) mod object;
pub(crate) mod parameters;
pub(crate) mod pnp;
pub(crate) mod property;
pub(crate) mod purging;
pub(crate) mod query_interface;
pub(crate) mod queue;
pub(crate) mod queue_power;
pub(crate) mod registry;
pub(crate) mod request;
pub(crate) mod resources;
pub(crate) mod retrieval;
pub(crate) mod spin_lock;
pub(crate) mod state;
pub(crate) mod string;
pub(crate) mod submission;
pub(crate) mod timer;
pub(crate) mod user_buffer;
pub(crate) mod version;
pub(crate) mod wait_lock;
pub(crate) mod work_item;

use std::collections::{BTreeMap, BTreeSet};

use nt_model::Failure;

use crate::{
    guest::Guest,
    kernel::{
        Kernel,
        state::{activation::Flow, frame::Holds, shared::Shared},
    },
    wdf::state::frame::WdfFrame,
};

use memory::Side;
use state::{
    callback_lock::CallbackLock,
    device::Device,
    dma::Dma,
    driver::Driver,
    file::File,
    interrupt::Interrupt,
    memory::Memory,
    object::Object,
    pnp::Pnp,
    queue::Queue,
    registry::Registry,
    release::Release,
    request::{Completed, Major, Request},
    resources::Resources,
    wait_lock::WaitLock,
    work_item::{FrameworkTimer, WorkItem},
};

/// The module of what the framework has the kernel call, and no driver calls.
pub(crate) const INTERNAL: &str = "(framework)";

/// The name that stands for the framework in reports.
pub(crate) use crate::declared::FRAMEWORK as MODULE;

/// The framework's state.
#[derive(Clone, Default)]
pub(crate) struct Wdf {
    /// Where the driver's globals stand, once it is bound.
    pub(crate) globals: u64,
    pub(crate) release: Release,
    pub(crate) driver: Driver,
    pub(crate) device: Device,
    pub(crate) objects: Shared<BTreeMap<u64, Object>>,
    pub(crate) queues: BTreeMap<u64, Queue>,
    /// The callback locks, by the handles of the objects that have them.
    pub(crate) callback_locks: BTreeMap<u64, CallbackLock>,
    /// The callback lock that a DPC, a timer, a work item or an interrupt is serialized by.
    pub(crate) serialized: Shared<BTreeMap<u64, u64>>,
    /// What each DPC object runs.
    pub(crate) dpc_routines: Shared<BTreeMap<u64, u64>>,
    pub(crate) timers: Shared<BTreeMap<u64, FrameworkTimer>>,
    pub(crate) work_items: BTreeMap<u64, WorkItem>,
    pub(crate) wait_locks: BTreeMap<u64, WaitLock>,
    pub(crate) memories: Shared<BTreeMap<u64, Memory>>,
    /// The memory objects of the buffers of requests.
    pub(crate) request_memories: BTreeMap<(u64, Side), u64>,
    /// What each collection has, in its order.
    pub(crate) collections: BTreeMap<u64, Vec<u64>>,
    pub(crate) requests: BTreeMap<u64, Request>,
    /// The open files, by the host's numbers.
    pub(crate) files: BTreeMap<u32, File>,
    /// The interrupts, in the order of their creation.
    interrupts: BTreeMap<u64, Interrupt>,
    /// The spin locks that are an interrupt's.
    interrupt_locks: BTreeSet<u64>,
    /// The queues of request types that do not go to the default queue.
    pub(crate) dispatching: Shared<BTreeMap<Major, u64>>,
    /// The IRQL to go back to, by spin lock and holder.
    pub(crate) spin_lock_levels: BTreeMap<(u64, usize), u8>,
    /// Requests that are complete, by the host's number, until the host takes them.
    pub(crate) completed: Shared<BTreeMap<u32, Completed>>,
    /// The handles of requests that are complete, with the host's numbers.
    pub(crate) ended_requests: Shared<BTreeMap<u64, u32>>,
    pub(crate) next_request: u32,
    pub(crate) resources: Resources,
    pub(crate) dma: Dma,
    pub(crate) pnp: Pnp,
    pub(crate) registry: Shared<Registry>,
}

/// The framework at work: its own state and the kernel's, and nothing else.
pub(crate) struct Framework<'s, A> {
    pub(crate) kernel: &'s mut Kernel<A>,
    pub(crate) wdf: &'s mut Wdf,
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Goes on with what the framework was doing.
    pub(crate) fn resume_wdf(
        &mut self,
        guest: &mut Guest,
        frame: WdfFrame,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        match frame {
            WdfFrame::Pnp(step) => self.resume_pnp(guest, step, value),
            WdfFrame::QueueEvent { queue, event } => self.begin_event(guest, queue, event),
            WdfFrame::QueueWorkItem { queue } => self.run_work_item(guest, queue),
            WdfFrame::QueueCalled {
                queue,
                event,
                after,
            } => self.queue_called(guest, queue, event, after),
            WdfFrame::InCallerContext { request } => self.call_in_caller_context(guest, request),
            WdfFrame::FileCreate { file, request } => self.create_file(guest, file, request),
            WdfFrame::FileCleanup { file } => self.clean_up(guest, file),
            WdfFrame::FileFlush { file } => self.flush(guest, file),
            WdfFrame::FileClose { file } => self.close_file(guest, file),
            WdfFrame::FileClosed { file } => self.file_closed(guest, file),
            WdfFrame::Interrupt(frame) => self.resume_interrupt(guest, frame, value),
            WdfFrame::ReturnWhatItReturns => Ok(Flow::Return(value)),
            WdfFrame::Lock(call) => self.lock_and_call(guest, call),
            WdfFrame::Unlock { lock, old, then } => {
                self.call_returned(guest, (lock, old), then, value)
            }
            WdfFrame::Unlocked { then, value } => self.resume_wdf(guest, *then, value),
            WdfFrame::AcquireLock { lock, old } => self.acquire_object_lock(guest, lock, old),
            WdfFrame::WaitLock { lock } => Ok(self.wait_lock_awaited(lock, value)),
            WdfFrame::AwaitState { queue } => Ok(self.await_state(queue)),
            WdfFrame::TimerWorkItem { timer } => self.run_timer(guest, timer),
            WdfFrame::TimerRan { timer } => Ok(self.timer_ran(timer)),
            WdfFrame::TimerStop { timer, result } => Ok(self.await_timer(timer, result)),
            WdfFrame::WorkItem { item } => self.run_work_item_of_driver(guest, item),
            WdfFrame::WorkItemRan { item } => Ok(self.work_item_ran(item)),
            WdfFrame::WorkItemFlush { item } => Ok(self.await_work_item(item)),
            WdfFrame::End(ending) => self.go_on_ending(guest, ending),
            WdfFrame::Complete {
                request,
                status,
                information,
            } => self.complete_disposed(guest, request, status, information),
            WdfFrame::DriverUnloaded => self.end_driver(guest, 0),
            WdfFrame::DriverEnded(value) => {
                self.wdf.driver.handle = 0;
                Ok(Flow::Return(value))
            }
            WdfFrame::Finish => Ok(Flow::Finish),
            WdfFrame::ReturnAfterCall(result) => Ok(Flow::Return(result)),
        }
    }
}
