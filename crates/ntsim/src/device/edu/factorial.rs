//! The factorial engine: something that takes a while and then raises an interrupt.

use crate::device::time::VirtualTime;

use super::{FACTORIAL_LATENCY, FACTORIAL_STEP, STATUS_COMPUTING, STATUS_RAISE_WHEN_DONE};

/// The factorial and status registers.
#[derive(Debug, Clone, Default)]
pub(super) struct Factorial {
    /// The operand while one is computed, else the last result.
    value: u32,
    raise_when_done: bool,
    due: Option<VirtualTime>,
}

impl Factorial {
    pub(super) fn value(&self) -> u32 {
        self.value
    }

    pub(super) fn status(&self) -> u32 {
        let computing = if self.due.is_some() {
            STATUS_COMPUTING
        } else {
            0
        };
        let raise = if self.raise_when_done {
            STATUS_RAISE_WHEN_DONE
        } else {
            0
        };
        computing | raise
    }

    /// Only the bit that asks for an interrupt can be written.
    pub(super) fn set_status(&mut self, status: u32) {
        self.raise_when_done = status & STATUS_RAISE_WHEN_DONE != 0;
    }

    /// Begins a computation; while one runs, another operand is ignored.
    pub(super) fn begin(&mut self, operand: u32, now: VirtualTime) {
        if self.due.is_none() {
            self.value = operand;
            let work = FACTORIAL_STEP.saturating_mul(operand);
            self.due = Some(now.after(FACTORIAL_LATENCY.saturating_add(work)));
        }
    }

    pub(super) fn due(&self) -> Option<VirtualTime> {
        self.due
    }

    /// Whether one is computed that raises an interrupt when it is done.
    pub(super) fn raises(&self) -> bool {
        self.due.is_some() && self.raise_when_done
    }

    /// Ends the computation; true where that raises an interrupt. The bit counts as it stands now,
    /// not as it stood at the beginning.
    pub(super) fn finish(&mut self) -> bool {
        self.due = None;
        self.value = factorial(self.value);
        self.raise_when_done
    }
}

/// The factorial, modulo 2^32 as the device's register holds it.
fn factorial(n: u32) -> u32 {
    // From 34! on, the product has 32 factors of two and stays 0.
    (1..=n.min(34)).fold(1, u32::wrapping_mul)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_wraps_at_32_bits() {
        assert_eq!(factorial(0), 1);
        assert_eq!(factorial(12), 479_001_600);
        assert_eq!(factorial(13), 1_932_053_504);
        assert_eq!(factorial(33), 0x8000_0000);
        assert_eq!(factorial(34), 0);
        assert_eq!(factorial(u32::MAX), 0);
    }
}
