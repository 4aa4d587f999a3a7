//! How long this thread has had a processor, which other work on the machine does not stretch as it does a clock's time.

use std::time::Duration;

/// The time that the calling thread has spent on processors; none where the system does not say.
#[must_use]
pub fn processor_time() -> Option<Duration> {
    // Linux: nanoseconds on a processor, nanoseconds of waiting for one, and turns ("sched-stats").
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn work_takes_processor_time() {
        let before = processor_time();
        let mut sum = 0_u64;
        // A tick of the scheduler is a few milliseconds.
        while processor_time() == before {
            sum = (0..1_000_000).fold(sum, |sum, number| std::hint::black_box(sum ^ number));
        }
        assert!(processor_time() > before, "{sum}");
    }
}
