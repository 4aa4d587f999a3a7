//! What a histogram of the statistics says of the values that it counted.

use dirql_ioctl::statistics::BUCKETS;

/// The smallest and the largest sum of values that a histogram with these counts can stand for.
pub(super) fn sums_that_fit(counts: &[u64; BUCKETS]) -> (u64, u64) {
    let mut low = 0_u64;
    let mut high = 0_u64;
    for (bucket, count) in counts.iter().enumerate() {
        let least = if bucket == 0 { 0 } else { 1 << bucket };
        let most = if bucket == BUCKETS - 1 {
            u64::MAX
        } else {
            (2 << bucket) - 1
        };
        low = low.saturating_add(count.saturating_mul(least));
        high = high.saturating_add(count.saturating_mul(most));
    }
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_a_histogram_are_bounded_by_its_buckets() {
        let mut counts = [0; BUCKETS];
        counts[0] = 1;
        counts[3] = 2;
        assert_eq!(sums_that_fit(&counts), (16, 31));
        counts[BUCKETS - 1] = 1;
        assert_eq!(sums_that_fit(&counts), (16 + (1 << 31), u64::MAX));
    }
}
