//! Framework timers: one-shot and periodic, with the callback as a DPC.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        race::Edge,
        state::{
            activation::Flow,
            dpc::DpcId,
            frame::{Frame, Holds},
            time::{CYCLES_PER_UNIT, Deadline, Timer},
            wait::{DispatcherObject, Wait},
        },
    },
    wdf::{
        Framework,
        attributes::{Attributes, PASSIVE_LEVEL},
        state::{frame::WdfFrame, object::Kind},
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
        if guest.read_u8(config + 20)? != 0 {
            return Err(Failure::not_modelled(
                "a timer with automatic serialization",
            ));
        }
        let attributes = Attributes::read(guest, attributes)?;
        if attributes.execution_level == PASSIVE_LEVEL {
            return Err(Failure::not_modelled("a timer at passive level"));
        }
        if !self.wdf.objects.contains_key(&attributes.parent) {
            return Err(Failure::new(
                Rule::BadArgument,
                "WdfTimerCreate needs a parent object in its attributes",
            ));
        }
        let timer = Timer {
            routine: guest.read_u64(config + 8)?,
            period: u64::from(guest.read_u32(config + 16)?)
                * UNITS_PER_MILLISECOND
                * CYCLES_PER_UNIT,
        };
        let handle = self.new_wdf_object(guest, Kind::Timer, attributes.parent, &attributes)?;
        self.kernel.timers.make(handle, timer);
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
        self.kernel.releases(Edge::DpcBegin(handle));
        let was_armed = self.kernel.timers.disarm(Deadline::Timer(handle));
        let delay = due.unsigned_abs().saturating_mul(CYCLES_PER_UNIT);
        let at = self.kernel.cycles.saturating_add(delay);
        self.kernel.timers.arm(at, Deadline::Timer(handle));
        Ok(Flow::Return(u64::from(was_armed)))
    }

    /// `WdfTimerStop`: whether the timer was armed. A callback that is queued already runs; who waits, waits for it
    /// (`FxTimer::Stop`).
    pub(crate) fn wdf_timer_stop(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Timer)?;
        let wait = guest.argument_u8(2)? != 0;
        if wait && self.kernel.cpu().irql != irql::PASSIVE {
            return Err(Failure::new(
                Rule::Irql,
                "WdfTimerStop was told to wait above PASSIVE",
            ));
        }
        let was_armed = self.kernel.timers.disarm(Deadline::Timer(handle));
        if wait && self.kernel.dpc_is_pending(DpcId(handle)) {
            return Ok(Flow::WaitThen {
                wait: Wait {
                    object: Some(DispatcherObject::Dpc(handle)),
                },
                frame: Frame::ReturnAfter(u64::from(was_armed)),
            });
        }
        if wait {
            self.kernel.acquires(Edge::DpcEnd(handle));
        }
        Ok(Flow::Return(u64::from(was_armed)))
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
