//! Why a callback ran at the IRQL at which it ran: what a report of a broken rule of IRQL says of it.

use nt_model::{Cause, Failure, Rule};

use crate::{
    kernel::{
        irql,
        state::{activation::Origin, frame::FrameRecord},
    },
    system::{Frame, System, frames::Above},
    wdf::state::frame::WdfFrame,
};

/// Whether a rule is about the level at which something runs.
const fn is_of_level(cause: Cause) -> bool {
    matches!(cause, Cause::Rule(Rule::Irql | Rule::Pageable))
}

impl System {
    /// Adds to a failure why the callback in which it happened ran at DISPATCH.
    pub(super) fn with_level(&self, mut failure: Failure) -> Failure {
        if is_of_level(failure.cause)
            && let Some(why) = self.why_at_dispatch()
        {
            failure.message.push_str("; ");
            failure.message.push_str(&why);
        }
        failure
    }

    /// Why the innermost callback of the framework's runs at DISPATCH; none where it does not, or where no callback of the
    /// framework's runs.
    fn why_at_dispatch(&self) -> Option<String> {
        let activation = self.kernel.innermost(self.kernel.live?)?;
        let mut callbacks = activation.frames.iter().rev();
        let mut callbacks = callbacks.by_ref().filter(|record| record.irql.is_some());
        let innermost = callbacks.next()?;
        if innermost.irql != Some(irql::DISPATCH) {
            return None;
        }
        let because = match &innermost.frame {
            Frame::Above(Above::Wdf(WdfFrame::Unlock { lock, old, .. })) => {
                let what = self.wdf.describe_callback_lock(*lock);
                if *old < irql::DISPATCH {
                    what
                } else {
                    format!(
                        "{what}, and {}",
                        self.why_before(innermost, callbacks.next(), activation.origin)
                    )
                }
            }
            Frame::Above(Above::Wdf(_)) => {
                self.why_before(innermost, callbacks.next(), activation.origin)
            }
            _ => return None,
        };
        Some(format!(
            "{} ran at DISPATCH_LEVEL because {because}",
            innermost.what
        ))
    }

    /// Why it was at DISPATCH when `record` was called, whose caller runs inside of the callback `outer`.
    fn why_before(
        &self,
        record: &FrameRecord<Above>,
        outer: Option<&FrameRecord<Above>>,
        origin: Origin,
    ) -> String {
        let Some(call) = record.call else {
            return "a DPC of the framework's called it".to_owned();
        };
        let place = match self.kernel.locate(call.at) {
            Some(place) => format!("{} at {place}", call.routine),
            None => call.routine.to_owned(),
        };
        match outer {
            Some(outer) if outer.irql == Some(irql::DISPATCH) => {
                let within = match outer.what {
                    "DPC" if origin == Origin::Dpc => "in a DPC",
                    what => {
                        return format!(
                            "{place} was called in {what}, at DISPATCH_LEVEL, and called it"
                        );
                    }
                };
                format!("{place} was called {within} and called it")
            }
            _ => format!("{place} was called at DISPATCH_LEVEL and called it"),
        }
    }
}
