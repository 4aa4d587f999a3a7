//! Probabilistic concurrency testing: schedules that are drawn by priorities, and find what has a small depth with a
//! probability that has a bound.

use nt_model::Failure;

use crate::{
    explore::{
        run::Explorer,
        search::{Bounds, Drawn, Exploration, Search, Step, part},
    },
    kernel::state::{
        plan::Points,
        priorities::{Priorities, Reach},
    },
};

/// Which schedules are drawn by priorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pct {
    /// How many orders of two things a bug takes, 1 or more.
    pub depth: u32,
    /// What they are drawn from.
    pub seed: u64,
    /// The number of the first; those before it were drawn already.
    pub first: u64,
    /// How many are drawn.
    pub count: u64,
    /// What is known of contexts and points of the scenario.
    pub reach: Reach,
}

impl<S: Clone> Explorer<'_, S> {
    /// Runs schedules that are drawn by priorities. `known` are words of the conflict set that were found before. `tell` is
    /// told of each, and ends the search by `false`.
    ///
    /// Contexts and points are the most that a schedule had so far. One that has more, or grows the conflict set, voids the
    /// bound of those before it, which were drawn for fewer.
    ///
    /// # Errors
    ///
    /// As [`Self::explore`].
    pub fn draw_by_priorities(
        &mut self,
        points: Points,
        pct: Pct,
        known: &[u64],
        tell: impl FnMut(&Exploration) -> bool,
    ) -> Result<Exploration, Failure> {
        let bounds = Bounds {
            points,
            preemptions: u32::MAX,
        };
        let mut search = Search::new(bounds, known, tell);
        self.begin(bounds)?;
        let mut drawn = Drawn {
            reach: pct.reach,
            ..Drawn::default()
        };
        for number in pct.first..pct.first + pct.count {
            let priorities = Priorities::new(pct.depth, pct.seed, number, drawn.reach.points);
            let Step { outcome, grown } = search.run(self, &[], Some(priorities), true)?;
            let reach = outcome.record.reach;
            if drawn.reach.has(reach) && !(grown && points == Points::Access) {
                drawn.under += 1;
            } else {
                drawn.reach = drawn.reach.most(reach);
                drawn.under = 0;
                drawn.voided += 1;
            }
            search.found.points = drawn.reach.points;
            search.found.drawn = Some(drawn);
            search.found.progress = part(number + 1 - pct.first, pct.count);
            if !search.tell() {
                break;
            }
        }
        Ok(search.end(self, false))
    }
}
