//! The exit codes of `dirql`, all of them, in one place.

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
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
