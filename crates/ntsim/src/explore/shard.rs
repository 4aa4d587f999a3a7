//! Shares of a search: several searches divide the schedules of a scenario among them.

use std::{fmt, str::FromStr};

/// One share of several, counted from 1.
///
/// Schedules without a preemption belong to the first share. The others are dealt out by their first preemption, in the
/// order in which a search meets it: what follows from a schedule is in its share. So every schedule is in one share, and in
/// the same one in every search that has the same points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard {
    number: u32,
    of: u32,
}

impl Shard {
    /// The share that is everything.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// The share `number` of `of`; none where there is no such share.
    #[must_use]
    pub const fn new(number: u32, of: u32) -> Option<Self> {
        if number == 0 || number > of {
            return None;
        }
        Some(Self { number, of })
    }

    /// Which share it is, counted from 1.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number
    }

    /// How many shares there are.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Whether the schedules without a preemption belong to it.
    pub(super) const fn is_first(self) -> bool {
        self.number == 1
    }

    /// Whether the first preemption that is dealt out as this one, counted from 0, belongs to it.
    pub(super) const fn has(self, dealt: u64) -> bool {
        dealt % self.of as u64 == self.number as u64 - 1
    }

    /// How many of so many first preemptions belong to it, of which the first is dealt out as `from`.
    pub(super) const fn count(self, from: u64, count: u64) -> u64 {
        self.before(from + count) - self.before(from)
    }

    /// How many belong to it that are dealt out before `dealt`.
    const fn before(self, dealt: u64) -> u64 {
        (dealt + (self.of - self.number) as u64) / self.of as u64
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// The text is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoShard;

impl fmt::Display for NoShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a share is K/N with K from 1 to N, for example 2/8")
    }
}

impl std::error::Error for NoShard {}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let parts = text.split_once('/');
        let parsed =
            parts.and_then(|(number, of)| Self::new(number.parse().ok()?, of.parse().ok()?));
        parsed.ok_or(NoShard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_as_it_is_written_and_no_other() {
        let shard = Shard::new(2, 8).expect("there is one");
        assert_eq!(shard.to_string(), "2/8");
        assert_eq!("2/8".parse(), Ok(shard));
        for none in ["0/8", "9/8", "2", "2/", "/8", "a/b", "1/0", ""] {
            assert_eq!(none.parse::<Shard>(), Err(NoShard), "{none}");
        }
    }

    #[test]
    fn what_is_dealt_out_belongs_to_one_share_and_is_counted_there() {
        for of in 1..7 {
            let shares: Vec<Shard> = (1..=of).filter_map(|it| Shard::new(it, of)).collect();
            for dealt in 0..40 {
                let owners = shares.iter().filter(|share| share.has(dealt));
                assert_eq!(owners.count(), 1, "{dealt} of {of}");
            }
            for share in &shares {
                for (from, count) in [(0, 0), (0, 1), (3, 17), (5, 30)] {
                    let one_by_one = (from..from + count).filter(|it| share.has(*it)).count();
                    assert_eq!(
                        share.count(from, count),
                        one_by_one as u64,
                        "{share} {from}"
                    );
                }
            }
        }
    }
}
