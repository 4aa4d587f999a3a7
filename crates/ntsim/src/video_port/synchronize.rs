//! `VideoPortSynchronizeExecution` (nf-video-videoportsynchronizeexecution).

use crate::{
    activation::{Flow, Frame},
    failure::{Failure, rule},
    guest::Guest,
    kernel::spin_lock::Attempt,
    processor::irql,
    sim::Sim,
};

use super::{High, VideoFrame};

/// A synchronized call between two of its steps.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Raised; the lock is not held yet.
    Acquire {
        lock: u64,
        old: u8,
        routine: u64,
        context: u64,
    },
    /// The routine runs, with this lock held.
    Running { lock: Option<u64>, old: u8 },
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
        if self.is_pageable(routine) {
            let place = self.locate_function(routine);
            return Err(Failure::new(
                rule::BAD_ARGUMENT,
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
                rule::IRQL,
                format!(
                    "VideoPortSynchronizeExecution was called at IRQL {old}, above that of the routine, {level}"
                ),
            ));
        }
        self.cpu_mut().irql = level;
        match lock {
            Some(lock) => {
                let step = Step::Acquire {
                    lock,
                    old,
                    routine,
                    context,
                };
                self.resume_video_synchronize(guest, step, 0)
            }
            None => Ok(run(routine, context, Step::Running { lock: None, old })),
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
                rule::BAD_ARGUMENT,
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
            Step::Acquire {
                lock,
                old,
                routine,
                context,
            } => Ok(match self.try_lock(guest, lock)? {
                Attempt::Busy => Flow::Spin {
                    lock,
                    frame: Frame::VideoPort(VideoFrame::Synchronize(step)),
                },
                Attempt::Acquired => run(
                    routine,
                    context,
                    Step::Running {
                        lock: Some(lock),
                        old,
                    },
                ),
            }),
            Step::Running { lock, old } => {
                if let Some(lock) = lock {
                    self.unlock(guest, lock)?;
                }
                self.cpu_mut().irql = old;
                self.attention = true;
                Ok(Flow::Return(value & 0xFF))
            }
        }
    }
}

fn run(routine: u64, context: u64, step: Step) -> Flow {
    Flow::Call {
        what: "video synchronize routine",
        target: routine,
        arguments: vec![context],
        frame: Frame::VideoPort(VideoFrame::Synchronize(step)),
    }
}
