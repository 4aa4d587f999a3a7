//! `KeSynchronizeExecution`: raise to the object's IRQL, take its lock, call the routine, release,
//! restore, and return what the routine returned (nf-wdm-kesynchronizeexecution).
//!
//! Three things about it are left open, and policies here: what it returns, what it does with an interrupt that was
//! reported inactive, and what happens to a caller above its IRQL.

use nt_model::{Failure, InactiveSynchronize, Rule};

use crate::{
    guest::{Guest, given},
    kernel::{
        Kernel,
        state::{
            activation::Flow,
            frame::{Frame, SynchronizeFrame},
            spin_lock::Attempt,
        },
    },
};

const TRUE: u64 = 1;
const FALSE: u64 = 0;

impl<A> Kernel<A> {
    /// The connected interrupt object that the driver names in its first argument.
    fn interrupt_argument(&self, guest: &Guest, routine: &str) -> Result<(u8, u64), Failure> {
        self.lock_to_take(guest.argument(0)?, routine)
    }

    /// The level and the lock of a connected interrupt object, for a routine that is about to take it.
    pub(crate) fn lock_to_take(&self, object: u64, routine: &str) -> Result<(u8, u64), Failure> {
        let interrupt = self.interrupts.get(object).ok_or_else(|| {
            Failure::new(
                Rule::BadArgument,
                format!("{routine} was given {object:#x}, which is no connected interrupt"),
            )
        })?;
        let irql = self.cpu().irql;
        if irql > interrupt.synchronize_irql {
            let mut message = format!(
                "{routine} was called at IRQL {irql}, above the interrupt's SynchronizeIrql {}",
                interrupt.synchronize_irql
            );
            let mut broken = Rule::Irql;
            if self.policy.above_level_stops {
                message +=
                    " (bug check 0x9, IRQL_NOT_GREATER_OR_EQUAL, by the policy above_level_stops)";
                broken = Rule::Bugcheck;
            }
            return Err(Failure::new(broken, message));
        }
        Ok((interrupt.synchronize_irql, interrupt.lock))
    }

    /// `KeSynchronizeExecution`.
    pub(crate) fn ke_synchronize_execution(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (object, routine, context) =
            (guest.argument(0)?, guest.argument(1)?, guest.argument(2)?);
        self.lock_to_take(object, "KeSynchronizeExecution")?;
        given("KeSynchronizeExecution", "SynchronizeRoutine", routine)?;
        self.synchronize_on(guest, object, routine, vec![context])
    }

    /// Calls a routine as `KeSynchronizeExecution` does, with whatever arguments, for an export of any floor.
    pub(crate) fn synchronize_on(
        &mut self,
        guest: &mut Guest,
        object: u64,
        routine: u64,
        arguments: Vec<u64>,
    ) -> Result<Flow<A>, Failure> {
        let (level, lock) = self.lock_to_take(object, "KeSynchronizeExecution")?;
        let interrupt = self.interrupts.get(object);
        if interrupt.is_some_and(|interrupt| !interrupt.active) {
            match self.policy.inactive_synchronize {
                InactiveSynchronize::Runs => {}
                InactiveSynchronize::NotCalled => return Ok(Flow::Return(FALSE)),
                InactiveSynchronize::Forbidden => {
                    return Err(Failure::new(
                        Rule::BadArgument,
                        format!(
                            "KeSynchronizeExecution was given the interrupt {object:#x}, which was reported inactive: no page says what it does then (policy inactive_synchronize)"
                        ),
                    ));
                }
            }
        }
        let old = self.cpu().irql;
        self.cpu_mut().irql = level;
        let twice = core::mem::take(&mut self.injections.calls_twice);
        self.resume_synchronize(
            guest,
            SynchronizeFrame::Acquire {
                object,
                lock,
                old,
                routine,
                arguments,
                twice,
            },
            0,
        )
    }

    /// Whether an interrupt object is one of a passive-level line.
    fn is_passive(&self, object: u64) -> bool {
        let interrupt = self.interrupts.get(object);
        interrupt.is_some_and(|interrupt| self.interrupts.vector(interrupt.vector).is_passive())
    }

    /// Refuses to take or give up the spin lock of an interrupt that has none.
    fn has_spin_lock(&self, object: u64, routine: &str) -> Result<(), Failure> {
        if !self.is_passive(object) {
            return Ok(());
        }
        Err(Failure::new(
            Rule::Bugcheck,
            format!(
                "{routine} was called on a passive-level interrupt, which has an event and no spin lock"
            ),
        ))
    }

    /// `KeAcquireInterruptSpinLock`.
    pub(crate) fn ke_acquire_interrupt_spin_lock(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (level, lock) = self.interrupt_argument(guest, "KeAcquireInterruptSpinLock")?;
        self.has_spin_lock(guest.argument(0)?, "KeAcquireInterruptSpinLock")?;
        let old = self.cpu().irql;
        self.cpu_mut().irql = level;
        self.acquire_then_return(guest, lock, u64::from(old))
    }

    /// `KeReleaseInterruptSpinLock`.
    pub(crate) fn ke_release_interrupt_spin_lock(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (level, lock) = self.interrupt_argument(guest, "KeReleaseInterruptSpinLock")?;
        self.has_spin_lock(guest.argument(0)?, "KeReleaseInterruptSpinLock")?;
        let (old, now) = (guest.argument_u8(1)?, self.cpu().irql);
        self.unlock(guest, lock)?;
        if now != level || old > level {
            return Err(Failure::new(
                Rule::Irql,
                format!(
                    "KeReleaseInterruptSpinLock was called at IRQL {now} to go back to {old}; the lock is held at {level}"
                ),
            ));
        }
        self.check_lowering("KeReleaseInterruptSpinLock was called", old)?;
        self.cpu_mut().irql = old;
        Ok(Flow::Return(0))
    }

    /// Whether a synchronized call on the interrupt object has begun and not ended.
    pub(crate) fn synchronize_in_flight(&self, wanted: u64) -> bool {
        let threads = self.threads.iter().map(|(_, thread)| &thread.activation);
        let nested = self.cpus.iter().flat_map(|cpu| &cpu.nested);
        threads.chain(nested).flat_map(|activation| &activation.frames).any(|record| {
            matches!(
                record.frame,
                Frame::Synchronize(
                    SynchronizeFrame::Acquire { object, .. } | SynchronizeFrame::Running { object, .. }
                ) if object == wanted
            )
        })
    }

    /// Goes on with a synchronized call.
    pub(crate) fn resume_synchronize(
        &mut self,
        guest: &mut Guest,
        frame: SynchronizeFrame,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        match frame {
            SynchronizeFrame::Acquire { object, .. } if self.is_passive(object) => {
                Ok(self.synchronize_by_event(frame))
            }
            SynchronizeFrame::Acquire {
                object,
                lock,
                old,
                routine,
                arguments,
                twice,
            } => Ok(match self.try_lock(guest, lock)? {
                Attempt::Busy => Flow::Spin {
                    lock,
                    frame: Frame::Synchronize(SynchronizeFrame::Acquire {
                        object,
                        lock,
                        old,
                        routine,
                        arguments,
                        twice,
                    }),
                },
                Attempt::Acquired => Flow::Call {
                    what: "synchronize routine",
                    target: routine,
                    arguments: arguments.clone(),
                    frame: Frame::Synchronize(SynchronizeFrame::Running {
                        object,
                        lock,
                        old,
                        again: twice.then_some((routine, arguments)),
                    }),
                },
            }),
            SynchronizeFrame::Running {
                object,
                lock,
                old,
                again: Some((target, arguments)),
            } => Ok(Flow::Call {
                what: "synchronize routine",
                target,
                arguments,
                frame: Frame::Synchronize(SynchronizeFrame::Running {
                    object,
                    lock,
                    old,
                    again: None,
                }),
            }),
            SynchronizeFrame::Running {
                object, lock, old, ..
            } => {
                if !self.release_event(lock) {
                    self.unlock(guest, lock)?;
                }
                self.cpu_mut().irql = old;
                // An error source, which PSHED synchronizes with in these steps too, is no interrupt.
                let of_interrupt = self.interrupts.get(object).is_some();
                Ok(Flow::Return(
                    if of_interrupt && self.policy.synchronize_returns_true {
                        TRUE
                    } else {
                        value & 0xFF
                    },
                ))
            }
            SynchronizeFrame::AcquireOnly { lock, value } => {
                self.acquire_then_return(guest, lock, value)
            }
        }
    }
}
