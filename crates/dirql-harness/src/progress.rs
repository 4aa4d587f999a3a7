//! Progress on a terminal: which test runs, and how many have. Nothing is drawn anywhere else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::plan::Planned;

/// A line at the bottom of the terminal that standard error is, where it is one.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Progress over `tests` tests.
    ///
    /// # Panics
    ///
    /// Where the template, which is a constant, is wrong.
    #[must_use]
    pub fn new(tests: usize) -> Self {
        let bar = ProgressBar::new(tests.try_into().unwrap_or(u64::MAX));
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed} {wide_msg:.dim}");
        bar.set_style(style.expect("the template is a constant"));
        // The time goes on while one test runs.
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// A test is about to run.
    pub fn started(&self, planned: &Planned) {
        self.0.set_message(planned.id.clone());
        self.0.tick();
    }

    /// A test has run; `print` writes to the terminal while the line is away.
    pub fn finished<R>(&self, print: impl FnOnce() -> R) -> R {
        let result = self.0.suspend(print);
        self.0.inc(1);
        result
    }

    /// The line goes away.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}
