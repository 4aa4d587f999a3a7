//! `PshedSynchronizeExecution`: raise to the IRQL of the source's handler, take its lock, call the routine
//! (nf-ntddk-pshedsynchronizeexecution).

use nt_model::{Failure, Rule};

use crate::{
    guest::{Guest, given},
    kernel::state::{
        activation::Flow,
        frame::{Holds, SynchronizeFrame},
    },
    whea::{HardwareErrors, state::frame::WheaFrame},
};

impl<A: Holds<WheaFrame>> HardwareErrors<'_, A> {
    /// `PshedSynchronizeExecution`.
    pub(crate) fn pshed_synchronize_execution(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (descriptor, routine, context) =
            (guest.argument(0)?, guest.argument(1)?, guest.argument(2)?);
        let place = if self.kernel.policy.descriptor_matched_by_id {
            let id = guest.read_u32(descriptor + 28)?;
            self.whea.error_source(id)
        } else {
            let mut sources = self.whea.sources.iter();
            sources.position(|source| source.descriptor == descriptor && source.id != 0)
        };
        let bad = |what: String| Err(Failure::new(Rule::BadArgument, what));
        let Some(place) = place else {
            return bad(format!(
                "PshedSynchronizeExecution was given {descriptor:#x}, which is no descriptor that PSHED has handed over"
            ));
        };
        if !self.driver_is_plugin() {
            return bad(
                "PshedSynchronizeExecution was called by a driver that is no registered plug-in"
                    .to_owned(),
            );
        }
        let source = &self.whea.sources[place];
        let (level, lock, id) = (source.irql, source.lock, source.id);
        if !source.kind.is_maskable() && !self.kernel.policy.unmaskable_runs {
            return bad(format!(
                "PshedSynchronizeExecution was called for error source {id}, whose handler no IRQL masks: no page says what it does then"
            ));
        }
        given("PshedSynchronizeExecution", "SynchronizeRoutine", routine)?;
        let old = self.kernel.cpu().irql;
        if old > level {
            return Err(Failure::new(
                Rule::Irql,
                format!(
                    "PshedSynchronizeExecution was called at IRQL {old}, above that of the handler of error source {id}, {level}"
                ),
            ));
        }
        self.kernel.cpu_mut().irql = level;
        let frame = SynchronizeFrame::Acquire {
            object: lock,
            lock,
            old,
            routine,
            arguments: vec![context],
            twice: false,
        };
        self.kernel.resume_synchronize(guest, frame, 0)
    }
}
