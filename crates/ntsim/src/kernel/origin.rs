//! Where the driver asked for what it has: what the report of a leak points at.

use crate::{
    guest::Guest,
    kernel::{Kernel, state::activation::Call},
};

impl<A> Kernel<A> {
    /// The driver calls `routine` by the instruction that it executed last.
    pub(crate) fn begin_call(&mut self, routine: &'static str) {
        let at = self.last_pc;
        let cpu = self.cpu_index();
        if let Some(activation) = self.top(cpu) {
            activation.call = Some(Call { at, routine });
        }
    }

    /// The routine is at work no more: it has returned.
    pub(crate) fn end_call(&mut self) {
        let cpu = self.cpu_index();
        if let Some(activation) = self.top(cpu) {
            activation.call = None;
        }
    }

    /// The instruction that calls the routine which is at work; none where the driver calls none.
    pub(crate) fn calling(&self) -> Option<u64> {
        Some(self.innermost(self.live?)?.call?.at)
    }

    /// The name of that routine.
    pub(crate) fn routine_at_work(&self) -> Option<&'static str> {
        Some(self.innermost(self.live?)?.call?.routine)
    }

    /// Notes that the current call makes `what`, or gives it back.
    pub(crate) fn note_origin(&mut self, _: &Guest, what: u64) {
        if let Some(call) = self.calling() {
            self.origins.0.insert(what, call);
        }
    }

    /// `file:line` of the call that made `what`, or gave it back.
    pub(crate) fn origin(&self, what: u64) -> Option<String> {
        self.locate(*self.origins.0.get(&what)?)
    }
}
