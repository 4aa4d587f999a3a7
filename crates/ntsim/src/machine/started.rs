//! A machine right behind its start, where it begins again under another seed.
//!
//! A test under many seeds needs the driver loaded and started once: the start is drawn from one seed, and what comes behind it
//! from another one ([`Config::behind`](nt_model::Config)). A machine that was switched on with both, and one that has gone
//! back to where its start ended, do the same.

use nt_model::Failure;

use crate::machine::{Machine, snapshot::Snapshot};

/// A machine as it was when its start had ended.
#[derive(Debug)]
pub struct Started(Snapshot);

impl Machine {
    /// The machine where its start has ended.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    ///
    /// # Panics
    ///
    /// Where the machine has not started, or something was asked for since: no token names that.
    pub fn keep_start(&mut self) -> Result<Started, Failure> {
        assert!(self.just_started, "the start has ended, and nothing else");
        let kept = self.snapshot().map(Started);
        self.just_started = true;
        kept
    }

    /// Goes back to where its start has ended, and draws what comes behind it from `seed`: the machine is then as one that
    /// was switched on with this seed behind the start.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    ///
    /// # Panics
    ///
    /// Where it is the start of another machine.
    pub fn begin_again(&mut self, started: &Started, seed: u64) -> Result<(), Failure> {
        self.restore(&started.0)?;
        self.draw_behind_start(seed);
        Ok(())
    }

    /// The start has ended.
    pub(super) fn end_start(&mut self) {
        if let Some(seed) = self.config.behind {
            self.draw_behind_start(seed);
        }
        self.just_started = true;
    }

    fn draw_behind_start(&mut self, seed: u64) {
        self.config.behind = Some(seed);
        self.system_mut().kernel.draw_from(seed);
    }
}
