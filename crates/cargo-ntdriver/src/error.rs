//! What stops a command.

use std::{fmt, io, path::PathBuf, process::ExitCode};

use crate::inspect::Violation;

/// Why a command stopped. Each says what happened, where, and what to do.
#[derive(Debug)]
pub enum Error {
    /// The command line was not understood.
    Usage(String),
    /// Something the build takes is not on this machine and could not be put there.
    Missing {
        /// The thing.
        what: String,
        /// How to get it.
        how: String,
    },
    /// Several things stopped it, none of which hides another.
    Several(Vec<Error>),
    /// A program whose own messages were shown failed.
    Failed {
        /// Its name, and what it was to do.
        what: String,
        /// How it ended.
        outcome: String,
    },
    /// A program could not be started, or failed unseen.
    Program {
        /// Its command line.
        line: String,
        /// What became of it.
        outcome: String,
    },
    /// cargo warned that a path override does not fit the published crate.
    PathOverride,
    /// A text file is of another form than it should be, or does not fit what it is for.
    Text {
        /// The file.
        path: PathBuf,
        /// A line of it.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// The image cannot be given an identity of its own.
    Seal {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// The image breaks rules.
    Image {
        /// The file.
        path: PathBuf,
        /// Every breach.
        violations: Vec<Violation>,
    },
    /// An INF breaks rules.
    Inf {
        /// The file.
        path: PathBuf,
        /// Every breach, with its line.
        broken: Vec<String>,
    },
    /// A file cannot be signed, or cannot sign.
    Unsigned {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A file or folder could not be read or written.
    Io {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// An [`Error::Io`] on `path`, for `map_err`.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { path, source }
    }

    /// What `errors` come to: one of them, or several.
    #[must_use]
    pub fn several(mut errors: Vec<Self>) -> Self {
        if errors.len() == 1 {
            return errors.remove(0);
        }
        Self::Several(errors)
    }

    /// That there are no `errors`.
    ///
    /// # Errors
    /// The errors.
    pub fn all(errors: Vec<Self>) -> Result<(), Self> {
        if errors.is_empty() {
            return Ok(());
        }
        Err(Self::several(errors))
    }

    /// 2 for a bad command line, 1 for everything else.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) => f.write_str(what),
            Self::Missing { what, how } => write!(f, "missing: {what}: {how}"),
            Self::Several(errors) => {
                for (index, error) in errors.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "\n  " };
                    write!(f, "{separator}{error}")?;
                }
                Ok(())
            }
            Self::Failed { what, outcome } => {
                write!(f, "`{what}` failed ({outcome}); its own messages are above")
            }
            Self::Program { line, outcome } => write!(f, "`{line}` {outcome}"),
            Self::PathOverride => f.write_str(
                "cargo warns about a path override: the dependencies of a stand-in (cross/wdk-build, cross/windows-future) differ \
                 from those of the published crate in Cargo.lock, and must be equal",
            ),
            Self::Text { path, line, why } => write!(f, "{}:{line}: {why}", path.display()),
            Self::Seal { path, why } => write!(f, "{} cannot be sealed: {why}", path.display()),
            Self::Image { path, violations } => {
                write!(f, "{} is not fit to load:", path.display())?;
                for violation in violations {
                    write!(f, "\n  {violation}")?;
                }
                Ok(())
            }
            Self::Inf { path, broken } => {
                write!(f, "{} breaks rules of INF files:", path.display())?;
                for breach in broken {
                    write!(f, "\n  {}:{breach}", path.display())?;
                }
                Ok(())
            }
            Self::Unsigned { path, why } => {
                write!(f, "{} is of no use for a signature: {why}", path.display())
            }
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
        }
    }
}

impl std::error::Error for Error {}

impl From<lexopt::Error> for Error {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}
