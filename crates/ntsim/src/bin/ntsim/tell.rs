//! What the command tells: lines on standard output, and progress on the terminal that standard error is, where it is
//! one.

use std::{
    io::{self, ErrorKind, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// How often progress is drawn anew while a run goes on.
const TICK: Duration = Duration::from_millis(200);

/// Both, so that neither writes over the other.
pub(crate) struct Teller {
    bar: ProgressBar,
    /// Nothing reads any more: the runs keep their verdict and the command its exit code.
    gone: bool,
}

impl Teller {
    /// For so many runs.
    pub(crate) fn new(runs: u64) -> Self {
        let bar = ProgressBar::new(runs);
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} runs {elapsed} {wide_msg}");
        bar.set_style(style.expect("the template is a constant"));
        bar.enable_steady_tick(TICK);
        Self { bar, gone: false }
    }

    /// A run begins.
    pub(crate) fn began(&self, token: &str) {
        self.bar.set_message(token.to_owned());
    }

    /// Writes to standard output.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        if self.gone {
            return Ok(());
        }
        let written = self.bar.suspend(|| {
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        });
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(())
            }
            written => written,
        }
    }

    /// A run has ended.
    pub(crate) fn ended(&self) {
        self.bar.inc(1);
    }

    /// The command has come to its end: `summary` goes to standard error, and where nothing reads that, nothing is told.
    pub(crate) fn end(self, summary: &str) {
        self.bar.finish_and_clear();
        let _ = writeln!(io::stderr(), "{summary}");
    }
}
