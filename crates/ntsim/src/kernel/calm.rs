//! Stretches of instructions at which nothing is due: each needs to be looked at for itself alone.
//!
//! A decision is due behind an instruction that has changed something, or at a moment that was known before: a deadline, a
//! preemption that was drawn, the end of a bound. The kernel counts the instructions up to the next of these moments once. It
//! looks at everything again behind them, or behind what changes any of it: a call, an access to device registers, a change
//! of IRQL.

use crate::{
    guest::code::Known,
    kernel::{Kernel, LOOK_EVERY, irql},
};

impl<A> Kernel<A> {
    /// Passes the instruction at `pc`, if nothing is due at it and it does no more than to access memory; none where all has to be
    /// looked at.
    #[inline]
    pub(crate) fn pass_calmly(&mut self, pc: u64) -> Option<Known> {
        if self.calm == 0 || self.attention {
            return None;
        }
        let known = self.code.borrow().execute_plain(pc)?;
        self.calm -= 1;
        self.cycles += 1;
        self.instructions_of_run += 1;
        self.instructions += 1;
        self.last_pc = pc;
        self.scheduler.pass_one();
        Some(known)
    }

    /// Something has changed: before the next instruction everything is looked at.
    #[inline]
    pub(crate) fn end_calm(&mut self) {
        self.calm = 0;
    }

    /// An instruction was looked at, and is executed: finds how many behind it can be passed.
    #[inline]
    pub(crate) fn find_calm(&mut self) {
        self.calm = self.calm_ahead();
    }

    fn calm_ahead(&self) -> u64 {
        let level = self.cpu().irql;
        // Above DISPATCH the time is measured. In pageable code the level matters.
        let level_matters =
            level > irql::DISPATCH || level == irql::DISPATCH && !self.pageable.is_empty();
        let is_watched = self.timeline.is_some() || self.watch.is_on();
        let is_due = self.attention || self.decided || self.is_half_done();
        if level_matters || is_watched || is_due {
            return 0;
        }
        let to_the_sought = self.sought.ahead(self.instructions);
        let to_the_deadline = self.deadline.saturating_sub(self.cycles);
        let to_the_bound = self
            .instructions_max
            .saturating_sub(self.instructions_of_run);
        let to_the_look = LOOK_EVERY - 1 - self.instructions % LOOK_EVERY;
        self.scheduler
            .passes()
            .min(to_the_sought)
            .min(to_the_deadline)
            .min(to_the_bound)
            .min(to_the_look)
    }
}
