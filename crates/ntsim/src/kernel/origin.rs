//! Where the driver asked for what it has: what the report of a leak points at.

use nt_model::Failure;

use crate::{
    guest::Guest,
    kernel::{Kernel, state::activation::Call},
};

/// How many calls are kept of each origin: the call, and some that led there.
const KEPT: usize = 6;

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
    pub(crate) fn note_origin(&mut self, guest: &Guest, what: u64) {
        if self.calling().is_some() {
            let calls = self.calls_kept(guest);
            self.origins.0.insert(what, calls);
        }
    }

    /// The current call and those that led there, as far as an origin keeps them.
    pub(crate) fn calls_kept(&self, guest: &Guest) -> Box<[u64]> {
        let mut calls = self.live_calls(guest, KEPT);
        calls.truncate(KEPT);
        calls.into()
    }

    /// `file:line` of the call that made `what`, or gave it back: of the driver's own, where an adapter called on its
    /// behalf.
    pub(crate) fn origin(&self, what: u64) -> Option<String> {
        self.own_line(self.origins.0.get(&what)?)
    }

    /// `file:line` of the driver's own call among `calls`, or of the innermost.
    fn own_line(&self, calls: &[u64]) -> Option<String> {
        let own = calls.iter().find(|call| !self.is_adapter(**call));
        self.locate(*own.or_else(|| calls.first())?)
    }

    /// The failure with the place that `what` comes from, and with the calls that led there.
    pub(crate) fn blame(&self, failure: Failure, what: u64) -> Failure {
        match self.origins.0.get(&what) {
            Some(calls) => self.blame_calls(failure, calls),
            None => failure.at(None),
        }
    }

    /// The failure with the place of `calls`, which led to it earlier, and with them.
    pub(crate) fn blame_calls(&self, failure: Failure, calls: &[u64]) -> Failure {
        self.with_calls(failure.at(self.own_line(calls)), calls)
    }
}
