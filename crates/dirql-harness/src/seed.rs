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
    fn the_sequence_is_the_published_splitmix64() {
        let mut sequence = Sequence::new(1_234_567);
        assert_eq!(sequence.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(sequence.next_u64(), 3_203_168_211_198_807_973);
    }
}
