//! What ends a run from outside: a number of instructions, and the user.
//!
//! Neither changes what happens before. So the token needs no mention of them.

use std::sync::{Arc, atomic::AtomicBool};

use super::Machine;

impl Machine {
    /// Lets what the host asks for take so many instructions of the driver at most, instead of two thousand million, before
    /// the rule `endless` is broken.
    pub fn limit_instructions(&mut self, most: u64) {
        self.sim_mut().instructions_max = most;
    }

    /// Ends the run, as `interrupted`, once `interrupt` is set: within 65,536 instructions of the driver.
    pub fn end_on(&mut self, interrupt: Arc<AtomicBool>) {
        self.sim_mut().interrupt = Some(interrupt);
    }
}
