//! Time above DISPATCH: how long an interrupt service routine, or a synchronized routine, keeps others out.

use nt_model::{Failure, Rule};

use crate::kernel::{Kernel, irql, state::time::CYCLES_PER_UNIT};

/// How long a processor may stay above DISPATCH without a break, in cycles: 25 us of virtual time, where an
/// instruction is a cycle. It is the most that the guidelines give an interrupt service routine.
const CYCLES_MAX: u64 = 250 * CYCLES_PER_UNIT;

impl<A> Kernel<A> {
    /// Time passes on the current processor, for what is live there.
    #[inline]
    pub(crate) fn pass_time(&mut self, cycles: u64) -> Result<(), Failure> {
        self.cycles += cycles;
        let processor = self.cpu_mut();
        if processor.irql <= irql::DISPATCH {
            processor.raised_for = 0;
            return Ok(());
        }
        processor.raised_for += cycles;
        if processor.raised_for <= CYCLES_MAX {
            return Ok(());
        }
        self.was_above_too_long()
    }

    #[cold]
    fn was_above_too_long(&mut self) -> Result<(), Failure> {
        let processor = self.cpu_mut();
        // Said once, where the rule is off.
        processor.raised_for = 0;
        let (level, microseconds) = (processor.irql, CYCLES_MAX / CYCLES_PER_UNIT / 10);
        self.unless_off(Failure::new(
            Rule::DirqlTime,
            format!(
                "the driver has been above DISPATCH, at IRQL {level}, for more than {microseconds} us without a break: what its level masks waits as long"
            ),
        ))
    }
}
