//! The round before: what the shares of a search have found, for those that lack conflicts of others.

use std::path::PathBuf;

use ntsim::explore::Shard;

use super::json::{Origin, ScenarioReport};
use super::merge::{self, Part};
use crate::target::SelectError;

/// The reports of the round before.
pub(super) struct Known {
    parts: Vec<Part>,
    shard: Shard,
}

/// What is known of a scenario.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// The words that any share has in its conflict set.
    pub(super) conflicts: Vec<u64>,
    /// The share's own report, where it had all of them.
    pub(super) own: Option<ScenarioReport>,
}

impl Known {
    /// Reads the reports, which must be of the search that goes on.
    pub(super) fn read(
        files: &[PathBuf],
        origin: &Origin,
        shard: Shard,
    ) -> Result<Self, SelectError> {
        let parts = merge::read(files)?;
        for part in &parts {
            let refused = |why| {
                let file = &part.file;
                SelectError::Usage(format!("{file} is of another search than this one: {why}"))
            };
            if let Some(difference) = part.report.of.difference(origin) {
                return Err(refused(difference));
            }
            if part.shard.of() != shard.of() {
                return Err(refused(format!(
                    "share {}, and not of {}",
                    part.shard,
                    shard.of()
                )));
            }
        }
        Ok(Self { parts, shard })
    }

    /// What is known of a scenario on a machine.
    pub(super) fn of(&self, name: &str, machine: &str) -> Before {
        let of = |part: &'_ Part| {
            let mut scenarios = part.report.scenarios.iter();
            scenarios
                .find(|it| it.name == name && it.machine == machine)
                .cloned()
        };
        let all: Vec<ScenarioReport> = self.parts.iter().filter_map(of).collect();
        let conflicts = merge::union(&all.iter().collect::<Vec<_>>());
        let own = self.parts.iter().find(|part| part.shard == self.shard);
        let own = own.and_then(of).filter(|own| {
            let known = own.share.as_ref();
            own.complete && known.is_some_and(|share| share.conflict_set == conflicts)
        });
        Before { conflicts, own }
    }
}
