//! Framework work items: a routine at PASSIVE, on a thread of the system's.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        race::Edge,
        state::{
            activation::Flow,
            frame::{Frame, Holds},
            wait::{DispatcherObject, Wait},
        },
    },
    wdf::{
        Framework,
        attributes::{Allowed, Attributes},
        callback_lock::Callback,
        state::{
            frame::WdfFrame,
            object::Kind,
            work_item::{Work, WorkItem},
        },
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfWorkItemCreate`.
    pub(crate) fn wdf_work_item_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (config, attributes, out) =
            (guest.argument(1)?, guest.argument(2)?, guest.argument(3)?);
        let size = guest.read_u32(config)?;
        if size != 24 {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("WDF_WORKITEM_CONFIG has the size {size}, not 24"),
            ));
        }
        let (routine, serialized) = (guest.read_u64(config + 8)?, guest.read_u8(config + 16)?);
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        if routine == 0 || !self.wdf.objects.contains_key(&attributes.parent) {
            return Err(Failure::new(
                Rule::BadArgument,
                "WdfWorkItemCreate needs a routine, and a parent object in its attributes",
            ));
        }
        let lock = match self.effective_lock(attributes.parent, serialized != 0, true)? {
            Ok(lock) => lock,
            Err(status) => return Ok(Flow::status(status)),
        };
        let handle = self.new_wdf_object(guest, Kind::WorkItem, attributes.parent, &attributes)?;
        if let Some(lock) = lock {
            self.wdf.serialized.insert(handle, lock);
        }
        let item = WorkItem {
            routine,
            work: Work::default(),
        };
        self.wdf.work_items.insert(handle, item);
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfWorkItemEnqueue`: of no effect on one that is queued.
    pub(crate) fn wdf_work_item_enqueue(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::WorkItem)?;
        self.kernel.releases(Edge::WorkItemBegin(handle));
        let work = self.work_of(handle);
        if !core::mem::replace(&mut work.queued, true) {
            let frame = Frame::above(WdfFrame::WorkItem { item: handle });
            self.kernel
                .spawn(guest, "work item of the driver's", frame)?;
        }
        Ok(Flow::Return(0))
    }

    fn work_of(&mut self, handle: u64) -> &mut Work {
        let item = self.wdf.work_items.get_mut(&handle);
        &mut item.expect("a work item's handle names it").work
    }

    /// A work item begins (`FxWorkItem::WorkItemHandler`): it may be queued anew from here on.
    pub(super) fn run_work_item_of_driver(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<Flow<A>, Failure> {
        self.kernel.acquires(Edge::WorkItemBegin(handle));
        let thread = self.kernel.cpu().thread;
        let work = self.work_of(handle);
        work.queued = false;
        work.running = thread;
        let callback = Callback {
            what: "EvtWorkItem",
            target: self.wdf.work_items[&handle].routine,
            arguments: vec![handle],
        };
        let lock = self.wdf.serialized.get(&handle).copied();
        let then = WdfFrame::WorkItemRan { item: handle };
        self.call_under(guest, lock, callback, then)
    }

    /// A work item ends. The one that it queued anew may run already, and is the one that counts then.
    pub(super) fn work_item_ran(&mut self, handle: u64) -> Flow<A> {
        self.kernel.releases(Edge::WorkItemEnd(handle));
        let thread = self.kernel.cpu().thread;
        if let Some(item) = self.wdf.work_items.get_mut(&handle) {
            if item.work.running == thread {
                item.work.running = None;
            }
            if !item.work.is_under_way() {
                self.kernel
                    .wake_waiters(DispatcherObject::WorkItem(handle), 0, usize::MAX);
            }
        }
        Flow::Finish
    }

    /// `WdfWorkItemFlush`.
    pub(crate) fn wdf_work_item_flush(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::WorkItem)?;
        let thread = self.kernel.cpu().thread;
        if thread.is_some() && self.work_of(handle).running == thread {
            // `FxWorkItem::FlushAndWait` returns, and the verifier breaks in.
            self.kernel.unless_off(Failure::new(
                Rule::WdfVerifier,
                "WdfWorkItemFlush is called by the work item itself: it waits for nothing",
            ))?;
            return Ok(Flow::Return(0));
        }
        Ok(self.await_work_item(handle))
    }

    /// `WdfWorkItemFlush` waits until the work item neither runs nor is queued.
    pub(super) fn await_work_item(&mut self, handle: u64) -> Flow<A> {
        if let Some(object) = self.under_way(handle) {
            return Flow::WaitThen {
                wait: Wait {
                    object: Some(object),
                },
                frame: Frame::above(WdfFrame::WorkItemFlush { item: handle }),
            };
        }
        self.kernel.acquires(Edge::WorkItemEnd(handle));
        Flow::Return(0)
    }

    /// `WdfWorkItemGetParentObject`.
    pub(crate) fn wdf_work_item_get_parent_object(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::WorkItem)?;
        Ok(Flow::Return(self.wdf.objects[&handle].parent))
    }
}
