//! Something that happens to the adapter at a chosen instruction of a synchronize routine: a beam that returns,
//! a key that is pressed.

use nt_model::Failure;

use crate::{
    kernel::state::frame::Holds,
    video_port::{
        PortDriver,
        state::{frame::VideoFrame, stimulus::Stimulus},
    },
};

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

impl<A: Holds<VideoFrame>> PortDriver<'_, A> {
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
        self.kernel.note(format!(
            "the adapter's register {offset:#x} is written {value:#x} from outside"
        ));
        // Whatever was decided about this instruction, it was decided before.
        self.kernel.decided = false;
        self.kernel.device_write(0, offset, 4, u64::from(value))
    }
}
