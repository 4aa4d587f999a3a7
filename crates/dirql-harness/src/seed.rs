//! Seeds: one number given by the user becomes an independent one for each test.
//!
//! The derivation depends on nothing but the two, so that a test keeps its schedule when others
//! are added, filtered out or run in another order.

/// The seed of the test `id` in a run with the seed `run`.
#[must_use]
pub fn derive(run: u64, id: &str) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = id.bytes().fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    Sequence::new(hash ^ Sequence::new(run).next_u64()).next_u64()
}

/// The seeds of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// That of all that is drawn, up to the end of the start.
    pub start: u64,
    /// That of what is drawn behind the start, where it is another one.
    pub behind: Option<u64>,
}

impl From<u64> for Seeds {
    fn from(start: u64) -> Self {
        Self {
            start,
            behind: None,
        }
    }
}

impl Seeds {
    /// The seeds of a test's run of this number, from 0. All have the start of the first.
    #[must_use]
    pub fn of_run(self, number: u64) -> Self {
        Self {
            behind: match number {
                0 => self.behind,
                number => Some(derive(self.start, &format!("behind the start, {number}"))),
            },
            ..self
        }
    }

    /// The seeds of another machine that the test boots. Where only what is behind the start varies, all have one start.
    #[must_use]
    pub fn of_boot(self, number: u64) -> Self {
        match self.behind {
            None => self.start.wrapping_add(number).into(),
            Some(behind) => Self {
                behind: Some(behind.wrapping_add(number)),
                ..self
            },
        }
    }

    /// The seed of choices beside the machine's.
    #[must_use]
    pub fn beside(self) -> u64 {
        self.behind.unwrap_or(self.start)
    }
}

/// A reproducible sequence of numbers (`SplitMix64`), for choices inside a test.
#[derive(Clone, Debug)]
pub struct Sequence(u64);

impl Sequence {
    /// The sequence that `seed` starts.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below `bound`.
    ///
    /// # Panics
    ///
    /// Where `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("usize is at most 64 bits");
        usize::try_from(self.next_u64() % bound).expect("smaller than bound, which was a usize")
    }

    /// One of the values of a slice.
    ///
    /// # Panics
    ///
    /// Where the slice is empty.
    pub fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_depends_on_run_and_test_and_nothing_else() {
        let seed = derive(1, "wait::cancelled@msi/random");
        assert_eq!(seed, derive(1, "wait::cancelled@msi/random"));
        assert_ne!(seed, derive(2, "wait::cancelled@msi/random"));
        assert_ne!(seed, derive(1, "wait::cancelled@msi/blocked"));
    }

    #[test]
    fn runs_of_a_test_have_one_start_and_each_another_seed_behind_it() {
        let first = Seeds::from(7);
        assert_eq!(first.of_run(0), first);
        let behind: Vec<Option<u64>> = (0..50).map(|number| first.of_run(number).behind).collect();
        let mut different = behind.clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), behind.len());
        assert!((1..50).all(|number| first.of_run(number).start == 7));
        let boots = [first.of_run(3), first.of_run(3).of_boot(1)];
        assert_eq!(boots[0].start, boots[1].start);
        assert_ne!(boots[0].beside(), boots[1].beside());
        assert_eq!(first.of_boot(2), Seeds::from(9));
    }

    #[test]
    fn the_sequence_is_the_published_splitmix64() {
        let mut sequence = Sequence::new(1_234_567);
        assert_eq!(sequence.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(sequence.next_u64(), 3_203_168_211_198_807_973);
    }
}
