//! What was executed of an image, in a form by which the reports of several searches are joined.

use std::collections::{BTreeMap, BTreeSet};

use ntsim::{Coverage, Image};
use serde::{Deserialize, Serialize};

/// The instructions that were executed, and the branches that were not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Executed {
    /// The addresses of the instructions, each as the distance from the one before it.
    distances: String,
    /// The branches that were never executed.
    missed: Vec<Branch>,
}

/// A branch, and the conditional jump that leads there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Branch {
    to: u32,
    from: u32,
    text: String,
}

impl Executed {
    pub(super) fn of(coverage: &Coverage, image: &Image) -> Self {
        let missed = coverage.missed(image).into_iter().map(|it| Branch {
            to: it.to,
            from: it.from,
            text: it.text,
        });
        Self {
            distances: distances(coverage.executed()),
            missed: missed.collect(),
        }
    }

    /// What was executed in any of them.
    ///
    /// # Errors
    ///
    /// What is wrong with one that was read.
    pub(super) fn join<'a>(all: impl IntoIterator<Item = &'a Self>) -> Result<Self, String> {
        let (mut executed, mut missed) = (BTreeSet::new(), BTreeMap::new());
        for one in all {
            executed.extend(addresses(&one.distances)?);
            let branches = one.missed.iter();
            missed.extend(branches.map(|it| ((it.to, it.from), it.clone())));
        }
        missed.retain(|(to, _), _| !executed.contains(to));
        Ok(Self {
            distances: distances(executed.into_iter()),
            missed: missed.into_values().collect(),
        })
    }

    /// How many instructions were executed.
    pub(super) fn instructions(&self) -> usize {
        self.distances.split_whitespace().count()
    }

    /// The branches that were never executed.
    pub(super) fn never_executed(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let texts = self.missed.iter().map(|it| it.text.clone());
        texts.filter(|text| seen.insert(text.clone())).collect()
    }
}

fn distances(addresses: impl Iterator<Item = u32>) -> String {
    let mut before = 0;
    let distances: Vec<String> = addresses
        .map(|address| {
            let distance = address - before;
            before = address;
            distance.to_string()
        })
        .collect();
    distances.join(" ")
}

fn addresses(distances: &str) -> Result<Vec<u32>, String> {
    let mut at = 0_u32;
    let step = |word: &str| {
        at = at.checked_add(word.parse().ok()?)?;
        Some(at)
    };
    let addresses: Option<Vec<u32>> = distances.split_whitespace().map(step).collect();
    addresses
        .ok_or_else(|| "the instructions that were executed are no list of distances".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn executed(all: &[u32], missed: &[(u32, u32)]) -> Executed {
        let missed = missed.iter().map(|(to, from)| Branch {
            to: *to,
            from: *from,
            text: format!("{to}, from {from}"),
        });
        Executed {
            distances: distances(all.iter().copied()),
            missed: missed.collect(),
        }
    }

    #[test]
    fn what_one_has_missed_and_another_has_executed_is_not_missed() {
        let one = executed(&[16, 20, 4000], &[(24, 20), (4008, 4000)]);
        let other = executed(&[16, 24], &[(4016, 24)]);
        let joined = Executed::join([&one, &other]).expect("they are lists");
        assert_eq!(joined.instructions(), 4);
        assert_eq!(
            joined.never_executed(),
            ["4008, from 4000", "4016, from 24"]
        );
        assert_eq!(addresses(&joined.distances), Ok(vec![16, 20, 24, 4000]));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let bad = Executed {
            distances: "4 x".to_owned(),
            missed: Vec::new(),
        };
        assert!(Executed::join([&bad]).is_err());
    }
}
