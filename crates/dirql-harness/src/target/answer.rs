//! What a request was answered, as exactly as the target can tell.

use core::fmt;

use dirql_ioctl::Status;

/// The status of a completed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The NTSTATUS itself.
    Exact(Status),
    /// Only the Win32 error is known: the system refused the request before it wrote a status.
    Win32 {
        /// The error code.
        code: u32,
        /// The statuses of the contract that the system turns into this code.
        candidates: Vec<Status>,
    },
}

impl Answer {
    /// Whether the request succeeded.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Exact(status) if status.is_success())
    }

    /// Whether the answer is `status`, or cannot be told apart from it.
    #[must_use]
    pub fn is(&self, status: Status) -> bool {
        match self {
            Self::Exact(exact) => *exact == status,
            Self::Win32 { candidates, .. } => candidates.contains(&status),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(status) => write!(f, "{status}"),
            Self::Win32 { code, .. } => write!(f, "Win32 error {code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_win32_error_is_any_status_that_it_stands_for() {
        let answer = Answer::Win32 {
            code: 5,
            candidates: vec![Status::ACCESS_DENIED],
        };
        assert!(answer.is(Status::ACCESS_DENIED));
        assert!(!answer.is(Status::INVALID_PARAMETER));
        assert!(!answer.is_success());
    }

    #[test]
    fn an_exact_status_is_itself_only() {
        let answer = Answer::Exact(Status::SUCCESS);
        assert!(answer.is_success() && answer.is(Status::SUCCESS));
        assert!(!answer.is(Status::CANCELLED));
    }
}
