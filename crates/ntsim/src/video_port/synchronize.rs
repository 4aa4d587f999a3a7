//! `VideoPortSynchronizeExecution` (nf-video-videoportsynchronizeexecution).

use nt_model::{Failure, High, Rule};

use crate::{
    guest::{Guest, given},
    kernel::{
        irql,
        state::{
            activation::Flow,
            frame::{Frame, Holds},
            spin_lock::Attempt,
        },
    },
    video_port::{
        PortDriver, VideoRun,
        state::{
            frame::VideoFrame,
            synchronize::{Call, Step},
        },
    },
};

/// `SYNCH_LEVEL` on x64, as a peer implementation has it.
const SYNCH: u8 = 12;

/// What a priority comes to: the IRQL of the routine, and the lock that is held.
type Terms = (u8, Option<u64>);

impl<A: Holds<VideoFrame>> PortDriver<'_, A> {
    /// `VideoPortSynchronizeExecution`.
    pub(crate) fn video_port_synchronize_execution(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
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
        if self.kernel.is_pageable(routine) {
            let place = self.kernel.locate_function(routine);
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "VideoPortSynchronizeExecution was given the routine at {routine:#x}, which is pageable; it must not be"
                ),
            )
            .at(place));
        }
        let old = self.kernel.cpu().irql;
        let (level, lock) = self.terms(priority, old)?;
        if old > level {
            return Err(Failure::new(
                Rule::Irql,
                format!(
                    "VideoPortSynchronizeExecution was called at IRQL {old}, above that of the routine, {level}"
                ),
            ));
        }
        self.kernel.cpu_mut().irql = level;
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
        let policy = self.kernel.config.video;
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
    ) -> Result<Flow<A>, Failure> {
        match step {
            Step::Acquire { lock, call } => Ok(match self.kernel.try_lock(guest, lock)? {
                Attempt::Busy => Flow::Spin {
                    lock,
                    frame: Frame::above(VideoFrame::Synchronize(step)),
                },
                Attempt::Acquired => self.run_routine(call, Some(lock)),
            }),
            Step::Running { lock, old, run } => {
                self.video_port.runs.end(run);
                if let Some(lock) = lock {
                    self.kernel.unlock(guest, lock)?;
                }
                self.kernel.cpu_mut().irql = old;
                self.kernel.attention = true;
                Ok(Flow::Return(value & 0xFF))
            }
        }
    }

    /// Calls the routine, at the IRQL and under the lock that it now has.
    fn run_routine(&mut self, call: Call, lock: Option<u64>) -> Flow<A> {
        let run = VideoRun {
            priority: call.priority,
            caller: call.old,
            irql: self.kernel.cpu().irql,
            locked: lock.is_some(),
            interrupted: 0,
            // A service routine that this one does not exclude may be at work already.
            alongside: self.kernel.isrs_running() as u32,
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
            frame: Frame::above(VideoFrame::Synchronize(step)),
        }
    }
}
