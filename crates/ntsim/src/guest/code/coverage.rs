//! Coverage: which instructions of an image were executed, and where its executed jumps never went.

use std::collections::{BTreeMap, BTreeSet};

use iced_x86::{Decoder, DecoderOptions};
use image::Image;

use super::{Found, Instructions};
use crate::guest::layout;

/// The instructions of an image that were executed in some runs.
///
/// All addresses are relative to the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    executed: BTreeSet<u32>,
    /// Where the conditional jumps among them may lead: the address of each behind it, and the jumps that lead there.
    ways: BTreeMap<u32, BTreeSet<u32>>,
}

/// A branch that was never executed, although the conditional jump that leads there was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The branch.
    pub to: u32,
    /// The jump.
    pub from: u32,
    /// `file:line` of both, where they are known.
    pub text: String,
}

impl Coverage {
    /// How many instructions were executed.
    #[must_use]
    pub fn instructions(&self) -> usize {
        self.executed.len()
    }

    /// The addresses of what was executed.
    pub fn executed(&self) -> impl Iterator<Item = u32> {
        self.executed.iter().copied()
    }

    /// Adds what was executed in other runs of the same image.
    pub fn add(&mut self, other: &Self) {
        self.executed.extend(&other.executed);
        for (to, from) in &other.ways {
            self.ways.entry(*to).or_default().extend(from);
        }
    }

    /// The branches that were never executed, although a conditional jump that leads there was: `file:line` of each and of
    /// the jump, where they are known, in the order of addresses.
    #[must_use]
    pub fn never_executed(&self, image: &Image) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let missed = self.missed(image).into_iter().map(|it| it.text);
        missed.filter(|text| seen.insert(text.clone())).collect()
    }

    /// The same, with the addresses.
    #[must_use]
    pub fn missed(&self, image: &Image) -> Vec<Missed> {
        let place = |rva: u32| {
            let place = image.symbols().resolve(rva);
            let line = place.file_line();
            line.unwrap_or_else(|| format!("{}+{rva:#x}", image.symbols().module()))
        };
        let never = self.ways.iter();
        let never = never.filter(|(to, _)| !self.executed.contains(to));
        never
            .flat_map(|(to, from)| {
                let there = place(*to);
                from.iter().map(move |from| Missed {
                    to: *to,
                    from: *from,
                    text: format!("{there}, from {}", place(*from)),
                })
            })
            .collect()
    }

    /// How many instructions the functions of an image have.
    #[must_use]
    pub fn instructions_of(image: &Image) -> usize {
        let memory = image.memory();
        let functions = image.function_table().chunks_exact(12).map(|entry| {
            let word = |at: usize| {
                let bytes = [entry[at], entry[at + 1], entry[at + 2], entry[at + 3]];
                u32::from_le_bytes(bytes) as usize
            };
            word(0)..word(4)
        });
        functions
            .filter_map(|range| memory.get(range))
            .map(|code| Decoder::new(64, code, DecoderOptions::NONE).iter().count())
            .sum()
    }
}

impl Instructions {
    /// Forgets what was executed.
    pub(crate) fn forget_executed(&mut self) {
        self.executed
            .iter()
            .for_each(|executed| executed.set(false));
    }

    /// What was executed since that was last forgotten.
    pub(crate) fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::default();
        for (rva, place) in self.places.iter().enumerate() {
            if *place != 0 && self.executed[*place as usize - 1].get() {
                coverage.executed.insert(rva as u32);
            }
        }
        for (from, to) in &self.jumps {
            let rva = (from - layout::IMAGE_BASE) as u32;
            let Found::Known(known) = self.at(*from) else {
                continue;
            };
            if !coverage.executed.contains(&rva) {
                continue;
            }
            for to in [known.next, *to] {
                let to = (to - layout::IMAGE_BASE) as u32;
                coverage.ways.entry(to).or_default().insert(rva);
            }
        }
        coverage
    }
}
