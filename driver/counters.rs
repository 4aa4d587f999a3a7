//! What is counted outside the interrupt lock, by threads and DPCs on any processor.

use core::{
    array,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use dirql::{NotRun, atomics::Field};
use dirql_ioctl::statistics::{BUCKETS, StatisticsReply, bucket};

/// Counters and histograms. Zero bytes are all zero counts.
///
/// Each is exact by itself; a reader sees them at slightly different moments.
pub(crate) struct Counters {
    dpc: AtomicU64,
    synchronized: AtomicU64,
    not_run: AtomicU64,
    waited: [AtomicU64; BUCKETS],
    inside: [AtomicU64; BUCKETS],
}

impl Counters {
    /// What is atomic in it, for the table in the image.
    pub(crate) const ATOMICS: [Field; 5] =
        dirql::atomic_fields!(Self: dpc, synchronized, not_run, waited, inside);

    /// Counts a run of the DPC.
    pub(crate) fn count_dpc(&self) {
        self.dpc.fetch_add(1, Relaxed);
    }

    /// Counts a call of the adapter that did not run its closure.
    pub(crate) fn count_not_run(&self, _reason: NotRun) {
        self.not_run.fetch_add(1, Relaxed);
    }

    /// Counts a closure of a synchronize request, with the cycles it waited and took.
    pub(crate) fn count_synchronized(&self, waited: u64, inside: u64) {
        self.synchronized.fetch_add(1, Relaxed);
        for (histogram, cycles) in [(&self.waited, waited), (&self.inside, inside)] {
            if let Some(counter) = histogram.get(bucket(cycles)) {
                counter.fetch_add(1, Relaxed);
            }
        }
    }

    /// Writes the counters into a reply.
    pub(crate) fn report(&self, reply: &mut StatisticsReply) {
        reply.dpc = self.dpc.load(Relaxed);
        reply.synchronized = self.synchronized.load(Relaxed);
        reply.not_run = self.not_run.load(Relaxed);
        reply.waited = array::from_fn(|index| load(&self.waited, index));
        reply.inside = array::from_fn(|index| load(&self.inside, index));
    }

    /// Sets every counter to 0.
    pub(crate) fn reset(&self) {
        let scalars = [&self.dpc, &self.synchronized, &self.not_run];
        let all = scalars.into_iter().chain(&self.waited).chain(&self.inside);
        for counter in all {
            counter.store(0, Relaxed);
        }
    }
}

/// A count of a histogram; 0 past its end, which no caller asks for.
fn load(histogram: &[AtomicU64; BUCKETS], index: usize) -> u64 {
    histogram.get(index).map_or(0, |count| count.load(Relaxed))
}
