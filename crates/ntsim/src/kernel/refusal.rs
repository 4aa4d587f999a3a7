//! Refused calls: a call that may fail by its page fails, where the host has named it by its way through the driver.

use crate::{
    declared::refusals::refusals,
    guest::{Guest, layout},
    kernel::{Kernel, calls::DEEPEST, state::activation::Flow},
};

impl<A> Kernel<A> {
    /// Answers a call of `routine` that is to be refused, instead of its routine; and notes it, where something watches.
    pub(crate) fn refuse_call(&mut self, guest: &Guest, routine: &'static str) -> Option<Flow<A>> {
        if !self.refused.looks() || refusals(routine).is_empty() {
            return None;
        }
        let calls = self.live_calls(guest, DEEPEST).into_iter();
        let calls = calls.filter_map(|call| u32::try_from(call - layout::IMAGE_BASE).ok());
        let calls = calls.collect();
        let answer = self.refused.meet(routine, calls)?;
        self.note(format!("fault: {routine} is refused with {answer:#x}"));
        if SYNCHRONIZES.contains(&routine) {
            self.interrupts.note_not_called();
        }
        Some(Flow::Return(answer))
    }
}

/// What, refused, has not called a routine that it was to synchronize.
const SYNCHRONIZES: [&str; 2] = ["KeSynchronizeExecution", "WdfInterruptSynchronize"];
