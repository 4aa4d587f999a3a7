//! What of the image was executed.

use crate::{guest::code::coverage::Coverage, machine::Machine};

impl Machine {
    /// Counts from here on what is executed of the image. A machine that goes back to a snapshot goes on counting.
    pub fn forget_coverage(&mut self) {
        self.system().kernel.code.borrow_mut().forget_executed();
    }

    /// What was executed of the image since that was last forgotten.
    ///
    /// An emulator that has run another machine of the same image goes on counting: [`Self::forget_coverage`] comes before.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.system().kernel.code.borrow().coverage()
    }
}
