//! `VideoPortSynchronizeExecution` (nf-video-videoportsynchronizeexecution).

use crate::{
    Failure, High, Rule,
    activation::{Flow, Frame},
    guest::{Guest, given},
    kernel::spin_lock::Attempt,
    processor::irql,
    sim::Sim,
};

use super::{VideoFrame, VideoRun};

/// A synchronized call between two of its steps.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Raised; the lock is not held yet.
    Acquire { lock: u64, call: Call },
    /// The routine runs, with this lock held. The number is that of the run.
    Running {
        lock: Option<u64>,
        old: u8,
        run: u32,
    },
}

/// What a call asks for, and the IRQL that it came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    priority: u32,
    old: u8,
    routine: u64,
    context: u64,
}

/// `SYNCH_LEVEL` on x64, as a peer implementation has it.
const SYNCH: u8 = 12;

/// What a priority comes to: the IRQL of the routine, and the lock that is held.
type Terms = (u8, Option<u64>);

impl Sim {
    /// `VideoPortSynchronizeExecution`.
    pub(crate) fn video_port_synchronize_execution(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let (priority, routine, context) = (
            guest.argument_u32(1)?,
            guest.argument(2)?,
            guest.argument(3)?,
        );
        self.video_extension(guest, "VideoPortSynchronizeExecution")?;
        given(
            "VideoPortSynchronizeExecution",
            "SynchronizeRoutine",
            routine,
        )?;
        if self.is_pageable(routine) {
            let place = self.locate_function(routine);
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "VideoPortSynchronizeExecution was given the routine at {routine:#x}, which is pageable; it must not be"
                ),
            )
            .at(place));
        }
        let old = self.cpu().irql;
        let (level, lock) = self.terms(priority, old)?;
        if old > level {
            return Err(Failure::new(
                Rule::Irql,
                format!(
                    "VideoPortSynchronizeExecution was called at IRQL {old}, above that of the routine, {level}"
                ),
            ));
        }
        self.cpu_mut().irql = level;
        let call = Call {
            priority,
            old,
            routine,
            context,
        };
        match lock {
            Some(lock) => self.resume_video_synchronize(guest, Step::Acquire { lock, call }, 0),
            None => Ok(self.run_routine(call, None)),
        }
    }

    /// What a priority comes to for a caller at `old`.
    fn terms(&self, priority: u32, old: u8) -> Result<Terms, Failure> {
        let policy = self.config.video;
        let low = if policy.low_raises {
            (old.max(irql::DISPATCH), None)
        } else {
            (old, None)
        };
        let connected = self
            .video_port
            .adapter
            .interrupt
            .and_then(|object| self.kernel.interrupts.get(object));
        let medium = match connected {
            Some(interrupt) if !policy.medium_degrades => {
                (interrupt.synchronize_irql, Some(interrupt.lock))
            }
            _ => low,
        };
        match (priority, policy.high) {
            (0, _) => Ok(low),
            (1, _) | (2, High::AsMedium) => Ok(medium),
            (2, High::Masked) => Ok((irql::HIGH, medium.1)),
            (2, High::Unlocked) => Ok((old.max(SYNCH), None)),
            (other, _) => Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "VideoPortSynchronizeExecution was given the priority {other}; what it does then is not documented"
                ),
            )),
        }
    }

    /// Goes on with a synchronized call.
    pub(super) fn resume_video_synchronize(
        &mut self,
        guest: &mut Guest,
        step: Step,
        value: u64,
    ) -> Result<Flow, Failure> {
        match step {
            Step::Acquire { lock, call } => Ok(match self.try_lock(guest, lock)? {
                Attempt::Busy => Flow::Spin {
                    lock,
                    frame: Frame::VideoPort(VideoFrame::Synchronize(step)),
                },
                Attempt::Acquired => self.run_routine(call, Some(lock)),
            }),
            Step::Running { lock, old, run } => {
                self.video_port.runs.end(run);
                if let Some(lock) = lock {
                    self.unlock(guest, lock)?;
                }
                self.cpu_mut().irql = old;
                self.attention = true;
                Ok(Flow::Return(value & 0xFF))
            }
        }
    }

    /// Calls the routine, at the IRQL and under the lock that it now has.
    fn run_routine(&mut self, call: Call, lock: Option<u64>) -> Flow {
        let run = VideoRun {
            priority: call.priority,
            caller: call.old,
            irql: self.cpu().irql,
            locked: lock.is_some(),
            interrupted: 0,
            // A service routine that this one does not exclude may be at work already.
            alongside: self.isrs_running() as u32,
        };
        let step = Step::Running {
            lock,
            old: call.old,
            run: self.video_port.runs.begin(run),
        };
        Flow::Call {
            what: "video synchronize routine",
            target: call.routine,
            arguments: vec![call.context],
            frame: Frame::VideoPort(VideoFrame::Synchronize(step)),
        }
    }
}
