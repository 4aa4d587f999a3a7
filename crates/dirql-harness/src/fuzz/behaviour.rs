//! Behaviours: what a program has shown of the driver, coarse enough to count.

use core::fmt;

use dirql_ioctl::ControlCode;

use crate::message::name;
use crate::target::Answer;

/// One request's end, apart from what its reply says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Behaviour {
    code: String,
    answer: String,
    asked_to_cancel: bool,
    company: Company,
}

/// How many other requests were pending when this one was submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Company {
    None,
    One,
    Few,
    Many,
}

impl Behaviour {
    /// What the end of one request shows.
    #[must_use]
    pub fn new(code: ControlCode, answer: &Answer, asked_to_cancel: bool, others: usize) -> Self {
        use dirql_ioctl::code::{ALL, OF_PSHED};

        let known = ALL.iter().chain(&OF_PSHED).any(|(_, it)| *it == code);
        Self {
            // A code that the contract does not know is one like another.
            code: if known { name(code) } else { "unknown".into() },
            answer: answer.to_string(),
            asked_to_cancel,
            company: match others {
                0 => Company::None,
                1 => Company::One,
                2..=8 => Company::Few,
                _ => Company::Many,
            },
        }
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            answer,
            asked_to_cancel,
            company,
        } = self;
        write!(f, "{code} -> {answer}")?;
        if *asked_to_cancel {
            f.write_str(", cancelled")?;
        }
        match company {
            Company::None => Ok(()),
            Company::One => f.write_str(", beside one other"),
            Company::Few => f.write_str(", beside a few"),
            Company::Many => f.write_str(", beside many"),
        }
    }
}
