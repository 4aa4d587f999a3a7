//! Framework timers: one-shot and periodic, with the callback as a DPC.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        race::Edge,
        state::{
            activation::Flow,
            frame::{Frame, Holds},
            time::{CYCLES_PER_UNIT, Deadline, Timer},
            wait::{DispatcherObject, Wait},
        },
    },
    wdf::{
        Framework, INTERNAL,
        attributes::{Allowed, Attributes},
        callback_lock::Callback,
        state::{
            frame::WdfFrame,
            object::Kind,
            work_item::{FrameworkTimer, StartAborted, Work},
        },
    },
};

/// NT's units of 100 ns in a millisecond, in which a timer's period is given.
const UNITS_PER_MILLISECOND: u64 = 10_000;

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfTimerCreate`.
    pub(crate) fn wdf_timer_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (config, attributes, out) =
            (guest.argument(1)?, guest.argument(2)?, guest.argument(3)?);
        let size = guest.read_u32(config)?;
        if size != 40 {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("WDF_TIMER_CONFIG has the size {size}, not 40"),
            ));
        }
        let serialized = guest.read_u8(config + 20)? != 0;
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Level)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        if !self.wdf.objects.contains_key(&attributes.parent) {
            return Err(Failure::new(
                Rule::BadArgument,
                "WdfTimerCreate needs a parent object in its attributes",
            ));
        }
        let passive = attributes.is_passive();
        let lock = match self.effective_lock(attributes.parent, serialized, passive)? {
            Ok(lock) => lock,
            Err(status) => return Ok(Flow::status(status)),
        };
        let routine = guest.read_u64(config + 8)?;
        let timer = Timer {
            routine: if passive || lock.is_some() {
                self.kernel.traps.address_of(INTERNAL, "FxTimerHandler")
            } else {
                routine
            },
            period: u64::from(guest.read_u32(config + 16)?)
                * UNITS_PER_MILLISECOND
                * CYCLES_PER_UNIT,
        };
        let handle = self.new_wdf_object(guest, Kind::Timer, attributes.parent, &attributes)?;
        self.kernel.timers.make(handle, timer);
        if let Some(lock) = lock {
            self.wdf.serialized.insert(handle, lock);
        }
        let framework = FrameworkTimer {
            routine,
            work: passive.then(Work::default),
            stopping: None,
        };
        self.wdf.timers.insert(handle, framework);
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfTimerStart`: whether the timer was running; a running one is moved.
    pub(crate) fn wdf_timer_start(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Timer)?;
        let due = guest.argument(2)?.cast_signed();
        if due > 0 {
            return Err(Failure::not_modelled("a timer with an absolute due time"));
        }
        let timer = self.wdf.timers.get_mut(&handle);
        if let Some(aborted) = timer.and_then(|timer| timer.stopping.as_mut()) {
            // Who stops the timer is told that it was armed, and it is not (`FxTimer::Start`).
            aborted.0 = true;
            return Ok(Flow::Return(0));
        }
        self.kernel.releases(Edge::DpcBegin(handle));
        let was_armed = self.kernel.timers.disarm(Deadline::Timer(handle));
        let delay = due.unsigned_abs().saturating_mul(CYCLES_PER_UNIT);
        let at = self.kernel.cycles.saturating_add(delay);
        self.kernel.timers.arm(at, Deadline::Timer(handle));
        Ok(Flow::Return(u64::from(was_armed)))
    }

    /// `WdfTimerStop`: whether the timer was armed. A callback that is queued already runs; who waits, waits for every DPC
    /// that is queued, and for the timer's work item (`FxTimer::Stop`).
    pub(crate) fn wdf_timer_stop(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Timer)?;
        let wait = guest.argument_u8(2)? != 0;
        if wait && self.kernel.cpu().irql != irql::PASSIVE {
            return Err(Failure::new(
                Rule::Irql,
                "WdfTimerStop was told to wait above PASSIVE",
            ));
        }
        let thread = self.kernel.cpu().thread;
        if wait
            && thread.is_some()
            && self
                .timer_work(handle)
                .is_some_and(|work| work.running == thread)
        {
            self.verifier_breaks(
                "WdfTimerStop, waiting,",
                "outside of the timer's own callback",
            )?;
            return Ok(Flow::Return(0));
        }
        let was_armed = u64::from(self.kernel.timers.disarm(Deadline::Timer(handle)));
        if !wait {
            return Ok(Flow::Return(was_armed));
        }
        let timer = self.wdf.timers.get_mut(&handle);
        let stopping = &mut timer.expect("a timer's handle names it").stopping;
        if stopping.replace(StartAborted::default()).is_some() {
            self.verifier_breaks("WdfTimerStop, waiting,", "by one thread at a time")?;
        }
        if let Some(wait) = self.kernel.flush_dpcs() {
            return Ok(Flow::WaitThen {
                wait,
                frame: Frame::above(WdfFrame::TimerStop {
                    timer: handle,
                    result: was_armed,
                }),
            });
        }
        Ok(self.await_timer(handle, was_armed))
    }

    /// `WdfTimerStop` waits for what the timer runs, and then returns.
    pub(super) fn await_timer(&mut self, handle: u64, result: u64) -> Flow<A> {
        if let Some(object) = self.under_way(handle) {
            return Flow::WaitThen {
                wait: Wait {
                    object: Some(object),
                },
                frame: Frame::above(WdfFrame::TimerStop {
                    timer: handle,
                    result,
                }),
            };
        }
        self.kernel.acquires(Edge::DpcEnd(handle));
        self.kernel.acquires(Edge::WorkItemEnd(handle));
        let timer = self.wdf.timers.get_mut(&handle);
        let aborted = timer.and_then(|timer| timer.stopping.take());
        Flow::Return(result | u64::from(aborted.unwrap_or_default().0))
    }

    /// A timer that is serialized, or whose callback is at PASSIVE, expires (`FxTimer::_FxTimerDpcThunk`).
    pub(crate) fn fx_timer_handler(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = guest.argument(0)?;
        let Some(timer) = self.wdf.timers.get_mut(&handle) else {
            return Ok(Flow::Return(0));
        };
        match &mut timer.work {
            None => self.call_timer(guest, handle, WdfFrame::ReturnAfterCall(0)),
            // `TryToEnqueue`: not while the last one is under way.
            Some(work) if work.is_under_way() => Ok(Flow::Return(0)),
            Some(work) => {
                work.queued = true;
                self.kernel.releases(Edge::WorkItemBegin(handle));
                let frame = Frame::above(WdfFrame::TimerWorkItem { timer: handle });
                self.kernel.spawn(guest, "work item of a timer", frame)?;
                Ok(Flow::Return(0))
            }
        }
    }

    /// The work item of a timer begins.
    pub(super) fn run_timer(&mut self, guest: &mut Guest, handle: u64) -> Result<Flow<A>, Failure> {
        self.kernel.acquires(Edge::WorkItemBegin(handle));
        let thread = self.kernel.cpu().thread;
        if let Some(work) = self.timer_work(handle) {
            *work = Work {
                queued: false,
                running: thread,
            };
        }
        self.call_timer(guest, handle, WdfFrame::TimerRan { timer: handle })
    }

    /// The work item of a timer ends.
    pub(super) fn timer_ran(&mut self, handle: u64) -> Flow<A> {
        if let Some(work) = self.timer_work(handle) {
            *work = Work::default();
        }
        self.kernel.releases(Edge::WorkItemEnd(handle));
        self.kernel
            .wake_waiters(DispatcherObject::WorkItem(handle), 0, usize::MAX);
        Flow::Finish
    }

    fn timer_work(&mut self, handle: u64) -> Option<&mut Work> {
        self.wdf.timers.get_mut(&handle)?.work.as_mut()
    }

    fn call_timer(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        then: WdfFrame,
    ) -> Result<Flow<A>, Failure> {
        let callback = Callback {
            what: "EvtTimerFunc",
            target: self.wdf.timers[&handle].routine,
            arguments: vec![handle],
        };
        let lock = self.wdf.serialized.get(&handle).copied();
        self.call_under(guest, lock, callback, then)
    }

    /// `WdfTimerGetParentObject`.
    pub(crate) fn wdf_timer_get_parent_object(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Timer)?;
        Ok(Flow::Return(self.wdf.objects[&handle].parent))
    }
}
