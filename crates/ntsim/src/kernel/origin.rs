//! Where the driver asked for what it has: what the report of a leak points at.

use unicorn_engine::RegisterX86;

use crate::{
    guest::Guest,
    kernel::{Kernel, state::traps::Trap},
};

impl<A> Kernel<A> {
    /// The instruction that calls an export right now; none where the driver calls none.
    pub(crate) fn calling(&self, guest: &Guest) -> Option<u64> {
        self.live?;
        let target = guest.reg(RegisterX86::RIP);
        if self.traps.missing_at(target).is_some() {
            return Some(self.last_pc);
        }
        match self.traps.at(target)? {
            Trap::Call(_) | Trap::Guard(_) => Some(self.last_pc),
            Trap::Return => None,
        }
    }

    /// Notes that the current call makes `what`, or gives it back.
    pub(crate) fn note_origin(&mut self, guest: &Guest, what: u64) {
        if let Some(call) = self.calling(guest) {
            self.origins.0.insert(what, call);
        }
    }

    /// `file:line` of the call that made `what`, or gave it back.
    pub(crate) fn origin(&self, what: u64) -> Option<String> {
        self.locate(*self.origins.0.get(&what)?)
    }
}
