//! What a schedule breaks.

use nt_model::Failure;

use crate::kernel::state::plan::Turn;

/// A place of the driver's that takes part in a violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// `file:line`, or module and offset where no line is known.
    pub place: String,
    /// The driver's calls that led there, innermost first, where they are known.
    pub calls: Vec<String>,
}

/// A rule or an expectation that a schedule breaks.
#[derive(Clone, Debug)]
pub struct Violation {
    /// What is broken, and where.
    pub failure: Failure,
    /// The places that take part: where the failure is, and, of a race, the access that came first.
    pub sites: Vec<Site>,
    /// The first schedule that breaks it, its turns as they are counted where every instruction is a point.
    pub turns: Vec<Turn>,
    /// The actors, by their places, in the order in which they acted in that schedule.
    pub acted: Vec<usize>,
    /// How many schedules break it.
    pub schedules: u64,
}

impl Violation {
    /// Whether another schedule breaks the same rule at the same places, whichever of them comes first.
    pub(super) fn is_as(&self, failure: &Failure, sites: &[Site]) -> bool {
        let known = |place: &String| self.sites.iter().any(|it| it.place == *place);
        self.failure.cause == failure.cause
            && self.sites.len() == sites.len()
            && sites.iter().all(|site| known(&site.place))
            && self
                .sites
                .iter()
                .all(|site| sites.iter().any(|it| it.place == site.place))
    }
}
