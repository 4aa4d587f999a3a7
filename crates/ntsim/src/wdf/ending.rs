//! The end of an object and of everything below it: children before parents, siblings in the order of their creation
//! (`FxObject::DisposeChildrenWorker`, `FxObject::DestroyChildren`).
//!
//! All are disposed of first, each with its `EvtCleanupCallback`; then all are destroyed, each with its
//! `EvtDestroyCallback`, unless it is referenced. A timer is stopped, and a DPC that is queued or runs is waited out, before
//! the callback (`FxTimer::Dispose`, `FxDpc::Dispose`). Both run where the object is deleted, or by a work item where
//! that is above PASSIVE and one of them ends at PASSIVE alone (`FxObject::ShouldDeferDisposeLocked`).

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        race::Edge,
        state::{
            activation::Flow,
            dpc::DpcId,
            frame::{Frame, Holds},
            wait::{DispatcherObject, Wait},
        },
    },
    wdf::{
        Framework,
        state::{device::Control, ending::Ending, frame::WdfFrame, object::Kind},
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// The object and all below it, children before parents.
    fn with_children(&self, handle: u64) -> Vec<u64> {
        let mut all = Vec::new();
        let mut open = vec![handle];
        // Parents before children, the youngest sibling first; then the other way round.
        while let Some(handle) = open.pop() {
            if let Some(object) = self.wdf.objects.get(&handle) {
                all.push(handle);
                open.extend(&object.children);
            }
        }
        all
    }

    fn ends_at_passive(&self, handle: u64) -> bool {
        let object = self.wdf.objects.get(&handle);
        object.is_some_and(|object| object.kind.ends_at_passive())
            || self.has_passive_callbacks(handle)
    }

    /// Ends an object and all below it, and then goes on with `then`.
    pub(super) fn end(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        last: bool,
        then: WdfFrame,
    ) -> Result<Flow<A>, Failure> {
        let all = self.with_children(handle);
        let ending = Ending {
            dispose: all.clone(),
            destroy: all,
            last,
            then,
        };
        self.go_on_ending(guest, Box::new(ending))
    }

    /// As [`Self::end`] at the driver's request: by a work item where the IRQL does not allow it here.
    pub(super) fn end_or_defer(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<Flow<A>, Failure> {
        let above = self.kernel.cpu().irql > irql::PASSIVE;
        let mut all = self.with_children(handle).into_iter();
        if above && all.any(|handle| self.ends_at_passive(handle)) {
            self.end_by_work_item(guest, handle)?;
            return Ok(Flow::Return(0));
        }
        self.end(guest, handle, false, WdfFrame::ReturnAfterCall(0))
    }

    /// Disposes of a request that is about to be completed, and ends what is below it.
    pub(super) fn dispose_of_request(
        &mut self,
        guest: &mut Guest,
        request: u64,
        then: WdfFrame,
    ) -> Result<Flow<A>, Failure> {
        let all = self.with_children(request);
        let passive = self.kernel.cpu().irql == irql::PASSIVE;
        if !passive && all.iter().any(|handle| self.ends_at_passive(*handle)) {
            // `VerifierBreakpoint_RequestEarlyDisposeDeferred`.
            return Err(Failure::not_modelled(
                "a request that is completed above PASSIVE and has a child that ends at PASSIVE alone",
            ));
        }
        let ending = Ending {
            destroy: all[1..].to_vec(),
            dispose: all,
            last: false,
            then,
        };
        self.go_on_ending(guest, Box::new(ending))
    }

    /// A request is complete. Where the framework completed it, and something is to be called for it, a thread does so.
    pub(super) fn end_request_object(
        &mut self,
        guest: &mut Guest,
        request: u64,
    ) -> Result<(), Failure> {
        let Some(object) = self.wdf.objects.get_mut(&request) else {
            return Ok(());
        };
        object.deleted = true;
        let mut contexts = object.contexts.iter();
        let mut children = object.children.iter();
        let plain = children.all(|child| {
            self.wdf
                .request_memories
                .values()
                .any(|memory| memory == child)
        });
        if contexts.any(|context| context.cleanup != 0) || !plain {
            return self.end_by_work_item(guest, request);
        }
        if object.has_end_callbacks() {
            // The completion of the driver's goes on with it.
            return Ok(());
        }
        self.delete_wdf_object(guest, request)
    }

    /// The object of a request that is complete is destroyed; then the call returns.
    pub(super) fn destroy_request(
        &mut self,
        guest: &mut Guest,
        request: u64,
    ) -> Result<Flow<A>, Failure> {
        self.go_on_ending(
            guest,
            Box::new(Ending {
                dispose: Vec::new(),
                destroy: vec![request],
                last: false,
                then: WdfFrame::ReturnAfterCall(0),
            }),
        )
    }

    /// Has a work item end an object and all below it.
    pub(super) fn end_by_work_item(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<(), Failure> {
        let all = self.with_children(handle);
        let ending = Ending {
            dispose: all.clone(),
            destroy: all,
            last: false,
            then: WdfFrame::Finish,
        };
        let frame = Frame::above(WdfFrame::End(Box::new(ending)));
        self.kernel
            .spawn(guest, "work item that ends objects", frame)
            .map(drop)
    }

    /// The last reference of an object that is disposed of is gone.
    pub(super) fn destroy_released(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<Flow<A>, Failure> {
        let defer = self.kernel.cpu().irql > irql::PASSIVE && self.ends_at_passive(handle);
        let ending = |then| {
            Box::new(Ending {
                dispose: Vec::new(),
                destroy: vec![handle],
                last: false,
                then,
            })
        };
        if defer {
            let frame = Frame::above(WdfFrame::End(ending(WdfFrame::Finish)));
            self.kernel
                .spawn(guest, "work item that ends objects", frame)?;
            return Ok(Flow::Return(0));
        }
        self.go_on_ending(guest, ending(WdfFrame::ReturnAfterCall(0)))
    }

    /// Goes on with the end of objects.
    pub(super) fn go_on_ending(
        &mut self,
        guest: &mut Guest,
        mut ending: Box<Ending<WdfFrame>>,
    ) -> Result<Flow<A>, Failure> {
        while let Some(handle) = ending.dispose.last().copied() {
            if let Some(object) = self.waits_for(handle) {
                return Ok(Flow::WaitThen {
                    wait: Wait {
                        object: Some(object),
                    },
                    frame: Frame::above(WdfFrame::End(ending)),
                });
            }
            // What the driver did with a request before it gave it away is over, by the lock of the queue that had it.
            let parent = self.wdf.objects.get(&handle).map(|object| object.parent);
            for request in [Some(handle), parent].into_iter().flatten() {
                self.kernel.acquires(Edge::Request(request));
            }
            // `FxCommonBuffer::Dispose`: before the callback, and whether or not the object is referenced.
            self.free_common_buffer(guest, handle)?;
            if let Some(target) = self.next_cleanup(handle) {
                return Ok(Flow::Call {
                    what: "EvtCleanupCallback",
                    target,
                    arguments: vec![handle],
                    frame: Frame::above(WdfFrame::End(ending)),
                });
            }
            ending.dispose.pop();
        }
        while let Some(handle) = ending.destroy.last().copied() {
            if !self.is_left(handle, ending.last)? {
                ending.destroy.pop();
                continue;
            }
            if let Some((what, target)) = self.next_destroy(handle) {
                return Ok(Flow::Call {
                    what,
                    target,
                    arguments: vec![handle],
                    frame: Frame::above(WdfFrame::End(ending)),
                });
            }
            self.free_wdf_object(guest, handle)?;
            ending.destroy.pop();
        }
        self.resume_wdf(guest, ending.then, 0)
    }

    /// What the end of an object has to wait for.
    fn waits_for(&mut self, handle: u64) -> Option<DispatcherObject> {
        let kind = self.wdf.objects.get(&handle)?.kind;
        self.stop_wdf_object(handle);
        if kind == Kind::Interrupt {
            return self.interrupt_under_way(handle);
        }
        if matches!(kind, Kind::Timer | Kind::Dpc | Kind::Queue | Kind::WorkItem) {
            if let Some(object) = self.under_way(handle) {
                return Some(object);
            }
            self.kernel.acquires(Edge::DpcEnd(handle));
            self.kernel.acquires(Edge::WorkItemEnd(handle));
        }
        None
    }

    /// What is under way of a DPC, a timer, a queue or a work item, on another strand than this one.
    pub(super) fn under_way(&self, handle: u64) -> Option<DispatcherObject> {
        if self.kernel.dpc_is_pending(DpcId(handle)) {
            return Some(DispatcherObject::Dpc(handle));
        }
        let timer = self.wdf.timers.get(&handle).and_then(|timer| timer.work);
        let item = self.wdf.work_items.get(&handle).map(|item| item.work);
        // `FxWorkItem::FlushAndRundown`: not where the work item ends itself.
        let own = item
            .is_some_and(|work| work.running.is_some() && work.running == self.kernel.cpu().thread);
        let work = timer.or(item).filter(|work| work.is_under_way() && !own);
        work.map(|_| DispatcherObject::WorkItem(handle))
    }

    /// The next `EvtCleanupCallback` of an object.
    fn next_cleanup(&mut self, handle: u64) -> Option<u64> {
        let object = self.wdf.objects.get_mut(&handle)?;
        let mut contexts = object.contexts.iter_mut();
        let context = contexts.find(|context| context.cleanup != 0)?;
        Some(core::mem::take(&mut context.cleanup))
    }

    /// The next `EvtDestroyCallback` of an object. A context that came after the others were cleaned up has both.
    fn next_destroy(&mut self, handle: u64) -> Option<(&'static str, u64)> {
        let object = self.wdf.objects.get_mut(&handle)?;
        let mut contexts = object.contexts.iter_mut();
        let context = contexts.find(|context| context.cleanup != 0 || context.destroy != 0)?;
        Some(match context.cleanup {
            0 => ("EvtDestroyCallback", core::mem::take(&mut context.destroy)),
            _ => ("EvtCleanupCallback", core::mem::take(&mut context.cleanup)),
        })
    }

    /// Whether an object is there and is to be destroyed: no reference keeps it.
    fn is_left(&mut self, handle: u64, last: bool) -> Result<bool, Failure> {
        let Some(object) = self.wdf.objects.get_mut(&handle) else {
            return Ok(false);
        };
        object.deleted = true;
        if object.references == 0 {
            return Ok(true);
        }
        // What is referenced is a handle and its contexts, and no interrupt any more.
        self.wdf.interrupts.remove(&handle);
        if last {
            return Err(Failure::new(
                Rule::ObjectLeak,
                format!(
                    "a {:?} object is still referenced {} times when the device is deleted",
                    object.kind, object.references
                ),
            ));
        }
        Ok(false)
    }

    /// `WdfObjectDelete`.
    pub(crate) fn wdf_object_delete(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.any_handle(guest, 1)?;
        let object = &self.wdf.objects[&handle];
        let kind = object.kind;
        if object.deleted || object.delete_called {
            return Err(Failure::new(
                Rule::BadHandle,
                format!("the {kind:?} {handle:#x} is deleted a second time"),
            ));
        }
        let dispatched_to = self.wdf.dispatching.values().any(|queue| *queue == handle);
        let is_frameworks = match kind {
            Kind::Driver | Kind::File | Kind::ResourceList | Kind::Interrupt => true,
            Kind::Device => self.wdf.device.control == Control::No,
            Kind::Queue => {
                dispatched_to
                    || self
                        .wdf
                        .queues
                        .get(&handle)
                        .is_some_and(|queue| queue.default)
            }
            _ => false,
        };
        if is_frameworks {
            // `STATUS_CANNOT_DELETE` is traced, and the verifier breaks in.
            self.kernel.unless_off(Failure::new(
                Rule::WdfVerifier,
                format!("WdfObjectDelete is called for a {kind:?} that the framework deletes by itself: it does nothing"),
            ))?;
            return Ok(Flow::Return(0));
        }
        match kind {
            Kind::Request => {
                return Err(Failure::new(
                    Rule::RequestMisuse,
                    "WdfObjectDelete is called for a request that the driver did not create",
                ));
            }
            Kind::Queue => {
                return Err(Failure::not_modelled("WdfObjectDelete of a queue"));
            }
            _ => {}
        }
        let object = self.wdf.objects.get_mut(&handle).expect("just found");
        object.delete_called = true;
        self.end_or_defer(guest, handle)
    }
}
