//! The exit codes of `dirql`, all of them, in one place. docs/exit-codes.md has them beside those of `ntsim`.

/// How `dirql` ends. The numbers are stable: scripts may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything that was asked for was done, and no test failed (tests may have been skipped).
    Passed = 0,
    /// At least one test failed.
    Failed = 1,
    /// The command line is wrong; nothing was run.
    Usage = 2,
    /// What the command needs is missing: the image, the device, the permission; nothing was run.
    SetUp = 3,
    /// The filters match no test, so that nothing was shown. Not a success.
    NoTestMatched = 4,
    /// No test failed, and one at least met a limit of the simulator: of that one nothing is known.
    NoVerdict = 5,
    /// The user ended the run before its end, and no test had failed until then. The number is the one that shells use
    /// for Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// Every way to end, in the order of the numbers.
    pub const ALL: [Self; 7] = [
        Self::Passed,
        Self::Failed,
        Self::Usage,
        Self::SetUp,
        Self::NoTestMatched,
        Self::NoVerdict,
        Self::Interrupted,
    ];

    /// What the help says of the number.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "a test failed",
            Self::Usage => "the command line is wrong",
            Self::SetUp => {
                "something that is needed is missing (the image, the device, a permission)"
            }
            Self::NoTestMatched => "no test matched",
            Self::NoVerdict => {
                "no test failed, but of one there is no verdict (not modelled, or the emulator failed)"
            }
            Self::Interrupted => "interrupted, and no test had failed until then",
        }
    }

    /// The lines of the help.
    #[must_use]
    pub fn help() -> String {
        let lines = Self::ALL.map(|exit| format!("\n  {:<3}  {}", exit as u8, exit.meaning()));
        format!("Exit codes:{}", lines.concat())
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
