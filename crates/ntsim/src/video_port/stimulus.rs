//! Something that happens to the adapter at a chosen instruction of a synchronize routine: a beam that returns,
//! a key that is pressed.

use crate::{Failure, sim::Sim};

/// A write to the adapter's first window that does not come from the miniport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stimulus {
    /// Before which instruction of the next synchronize routine it happens, counted from 0. Instructions of
    /// an interrupt that comes in between do not count.
    pub instruction: u64,
    /// The offset of the register.
    pub offset: u64,
    /// What is written.
    pub value: u32,
}

/// A stimulus that waits for its instruction.
#[derive(Debug, Default)]
pub(super) struct Armed {
    next: Option<Stimulus>,
    fired: u64,
}

impl super::VideoPort {
    /// Arms a stimulus, in place of any other.
    pub(crate) fn arm(&mut self, stimulus: Option<Stimulus>) {
        self.stimulus.next = stimulus;
    }

    /// Whether a stimulus waits.
    pub(crate) fn is_armed(&self) -> bool {
        self.stimulus.next.is_some()
    }

    /// How many stimuli have happened.
    pub(crate) fn stimuli(&self) -> u64 {
        self.stimulus.fired
    }
}

impl Sim {
    /// Lets the armed stimulus happen, if the instruction that is to be executed is its.
    pub(crate) fn look_for_stimulus(&mut self) -> Result<(), Failure> {
        let Some(stimulus) = &mut self.video_port.stimulus.next else {
            return Ok(());
        };
        if let Some(left) = stimulus.instruction.checked_sub(1) {
            if self.in_synchronize_routine()
                && let Some(stimulus) = &mut self.video_port.stimulus.next
            {
                stimulus.instruction = left;
            }
            return Ok(());
        }
        let Stimulus { offset, value, .. } = *stimulus;
        if !self.in_synchronize_routine() {
            return Ok(());
        }
        self.video_port.stimulus.next = None;
        self.video_port.stimulus.fired += 1;
        self.note(format!(
            "the adapter's register {offset:#x} is written {value:#x} from outside"
        ));
        // Whatever was decided about this instruction, it was decided before.
        self.decided = false;
        self.device_write(0, offset, 4, u64::from(value))
    }
}
