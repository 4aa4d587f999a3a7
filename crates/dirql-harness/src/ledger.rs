//! The ledger: what was asked of each control code in a run, and how it was answered.

use std::collections::BTreeMap;

use dirql_ioctl::{ControlCode, Status, code};

use crate::contract::Documented;
use crate::target::Answer;

/// How the requests of one control code ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Requests that were submitted.
    pub requests: u64,
    /// Those that succeeded.
    pub succeeded: u64,
    /// Those that were refused with a status that the contract documents for them.
    pub refused: u64,
    /// Those that were cancelled after a test asked for it.
    pub cancelled: u64,
    /// Those that were answered as the contract does not say.
    pub undocumented: u64,
}

impl Account {
    /// Requests whose end nothing saw: the session ended first.
    #[must_use]
    pub const fn unanswered(&self) -> u64 {
        let answered = self.succeeded + self.refused + self.cancelled + self.undocumented;
        self.requests.saturating_sub(answered)
    }

    const fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.succeeded += other.succeeded;
        self.refused += other.refused;
        self.cancelled += other.cancelled;
        self.undocumented += other.undocumented;
    }
}

/// The accounts of all control codes; unknown codes share one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    known: BTreeMap<ControlCode, Account>,
    unknown: Account,
}

impl Ledger {
    /// A request was submitted.
    pub fn submitted(&mut self, code: ControlCode) {
        self.account(code).requests += 1;
    }

    /// A request was answered. Returns whether the contract knows this answer to it.
    pub fn answered(
        &mut self,
        code: ControlCode,
        answer: &Answer,
        documented: Documented,
        asked_to_cancel: bool,
        meets_change: bool,
    ) -> bool {
        let account = self.account(code);
        if asked_to_cancel && answer.is(Status::CANCELLED) {
            account.cancelled += 1;
        } else if meets_change && documented.allows_in_a_change(answer) {
            account.refused += 1;
        } else if !documented.allows(answer) {
            account.undocumented += 1;
            return false;
        } else if answer.is_success() {
            account.succeeded += 1;
        } else {
            account.refused += 1;
        }
        true
    }

    /// Adds the ledger of one test to that of the run.
    pub fn merge(&mut self, other: &Self) {
        for (code, account) in &other.known {
            self.known.entry(*code).or_default().add(account);
        }
        self.unknown.add(&other.unknown);
    }

    /// A row for each code of the contract, and one for the codes that are not. Those of the feature
    /// `pshed` have one where they were sent: an image without it has none.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, Account)> + '_ {
        let sent = |(_, code): &&(&str, ControlCode)| self.known.contains_key(code);
        (code::ALL.iter())
            .chain(code::OF_PSHED.iter().filter(sent))
            .map(|(name, code)| (*name, self.known.get(code).copied().unwrap_or_default()))
            .chain(core::iter::once(("(unknown codes)", self.unknown)))
    }

    fn account(&mut self, code: ControlCode) -> &mut Account {
        if known().any(|(_, known)| *known == code) {
            self.known.entry(code).or_default()
        } else {
            &mut self.unknown
        }
    }
}

/// The codes of the contract, those of the feature `pshed` last.
fn known() -> impl Iterator<Item = &'static (&'static str, ControlCode)> {
    code::ALL.iter().chain(&code::OF_PSHED)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVED: Documented = Documented::ServedOr(&[]);

    #[test]
    fn each_answer_is_counted_once() {
        let mut ledger = Ledger::default();
        let bad = Documented::Refused(Status::INVALID_PARAMETER);
        for _ in 0..5 {
            ledger.submitted(code::WAIT);
        }
        assert!(ledger.answered(
            code::WAIT,
            &Answer::Exact(Status::SUCCESS),
            SERVED,
            false,
            false
        ));
        assert!(ledger.answered(
            code::WAIT,
            &Answer::Exact(Status::CANCELLED),
            SERVED,
            true,
            false
        ));
        assert!(ledger.answered(
            code::WAIT,
            &Answer::Exact(Status::INVALID_PARAMETER),
            bad,
            true,
            false
        ));
        assert!(!ledger.answered(
            code::WAIT,
            &Answer::Exact(Status::CANCELLED),
            SERVED,
            false,
            false
        ));
        let wait = ledger.known[&code::WAIT];
        assert_eq!(
            (
                wait.succeeded,
                wait.refused,
                wait.cancelled,
                wait.undocumented
            ),
            (1, 1, 1, 1)
        );
        assert_eq!(wait.unanswered(), 1);
    }

    #[test]
    fn unknown_codes_share_a_row_and_every_code_of_every_image_has_one() {
        let mut ledger = Ledger::default();
        ledger.submitted(ControlCode(0));
        ledger.submitted(ControlCode(code::QUERY.0 ^ 4));
        let mut sum = Ledger::default();
        sum.merge(&ledger);
        sum.merge(&ledger);
        let rows: Vec<_> = sum.rows().collect();
        assert_eq!(rows.len(), code::ALL.len() + 1);
        assert_eq!(rows.last().expect("a row").1.requests, 4);
    }

    #[test]
    fn a_code_of_the_plug_in_has_a_row_once_it_was_sent() {
        let mut ledger = Ledger::default();
        ledger.submitted(code::PSHED_INJECT);
        let rows: Vec<_> = ledger.rows().map(|(name, _)| name).collect();
        assert_eq!(rows.len(), code::ALL.len() + 2);
        assert!(rows.contains(&"pshed-inject"));
    }
}
