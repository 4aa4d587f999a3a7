//! The exit codes of `ntsim`, all of them. docs/exit-codes.md has them beside those of `dirql`: a number means the same
//! in both.

use std::process::ExitCode;

use ntsim::{Cause, Failure, Limit};

/// How `ntsim` ends. The numbers are stable: scripts may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Every run ended well.
    Passed = 0,
    /// A rule was broken.
    Failed = 1,
    /// The command line is wrong; nothing was run. Half of it is clap's to find, and clap ends so.
    Usage = 2,
    /// The image cannot be run, or the output cannot be written.
    SetUp = 3,
    /// A run ended at a limit of the simulator: of the driver nothing is known.
    NoVerdict = 5,
    /// The user ended the command before its end. The number is the one that shells use for Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    const ALL: [Self; 6] = [
        Self::Passed,
        Self::Failed,
        Self::Usage,
        Self::SetUp,
        Self::NoVerdict,
        Self::Interrupted,
    ];

    const fn meaning(self) -> &'static str {
        match self {
            Self::Passed => "every run ended well",
            Self::Failed => "a rule was broken",
            Self::Usage => "the command line is wrong",
            Self::SetUp => "the image cannot be run, or the output cannot be written",
            Self::NoVerdict => {
                "there is no verdict on the driver (not modelled, or the emulator failed)"
            }
            Self::Interrupted => "interrupted, and no rule had been broken until then",
        }
    }

    /// The lines of the help.
    pub(crate) fn help() -> String {
        let lines = Self::ALL.map(|exit| format!("\n  {:<3}  {}", exit as u8, exit.meaning()));
        format!("Exit codes:{}", lines.concat())
    }

    /// What a run that ended so makes of the command.
    pub(crate) fn of(failure: &Failure) -> Self {
        match failure.cause {
            Cause::Limit(Limit::Interrupted) => Self::Interrupted,
            _ if failure.is_verdict() => Self::Failed,
            _ => Self::NoVerdict,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
