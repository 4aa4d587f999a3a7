//! Virtual time: deadlines of waits, timers and the device.

use std::collections::BTreeSet;

use crate::{
    Failure, Rule, Status,
    activation::Flow,
    device::{NoSystemMemory, VirtualTime},
    guest::Guest,
    kernel::{
        io_space::Presence,
        thread::{State, ThreadId},
    },
    sim::Sim,
};

/// Cycles of the time stamp counter in NT's unit of 100 ns, as on a 3 GHz processor.
pub(crate) const CYCLES_PER_UNIT: u64 = 300;
/// Nanoseconds in NT's unit of time.
pub(crate) const NANOSECONDS_PER_UNIT: u64 = 100;

/// What happens at a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deadline {
    /// A thread's wait times out, or its delay ends.
    Wait(ThreadId),
    /// A framework timer expires.
    WdfTimer(u64),
}

/// Armed deadlines in the order of time.
#[derive(Default)]
pub(crate) struct Timers {
    armed: BTreeSet<(u64, Deadline)>,
}

impl Timers {
    pub(crate) fn arm(&mut self, at: u64, deadline: Deadline) {
        self.armed.insert((at, deadline));
    }

    /// Whether the deadline was armed.
    pub(crate) fn disarm(&mut self, deadline: Deadline) -> bool {
        let before = self.armed.len();
        self.armed.retain(|(_, armed)| *armed != deadline);
        before != self.armed.len()
    }

    fn next(&self) -> Option<u64> {
        self.armed.first().map(|(at, _)| *at)
    }

    fn pop_due(&mut self, now: u64) -> Option<Deadline> {
        let (at, deadline) = *self.armed.first()?;
        if at > now {
            return None;
        }
        self.armed.pop_first();
        Some(deadline)
    }
}

impl Sim {
    /// The device's view of time.
    pub(crate) fn device_time(&self) -> VirtualTime {
        VirtualTime::from_nanos(self.cycles * NANOSECONDS_PER_UNIT / CYCLES_PER_UNIT)
    }

    fn device_deadline(&self) -> Option<u64> {
        // What is gone does nothing any more.
        if self.kernel.io_space.presence == Presence::Gone {
            return None;
        }
        self.device.next_event().map(|at| {
            // Rounded up, so that the device finds its time reached.
            (at.as_nanos() * CYCLES_PER_UNIT).div_ceil(NANOSECONDS_PER_UNIT)
        })
    }

    /// The next moment at which something happens by itself.
    fn next_event(&self) -> Option<u64> {
        let stalls = self.cpus.iter().map(|cpu| cpu.stalled_until);
        let stall = stalls.filter(|until| *until > self.cycles).min();
        [self.kernel.timers.next(), self.device_deadline(), stall]
            .into_iter()
            .flatten()
            .min()
    }

    /// The next moment at which the guests have to be looked at.
    fn next_deadline(&self) -> Option<u64> {
        let watchdogs = self.cpus.iter().filter_map(|cpu| cpu.dpc_watchdog);
        let watchdog = watchdogs.map(|(at, _)| at).min();
        [self.next_event(), watchdog].into_iter().flatten().min()
    }

    /// Finds out anew when the guests have to be looked at: after whatever arms a timer, or touches the device.
    pub(crate) fn find_deadline(&mut self) {
        self.deadline = self.next_deadline().unwrap_or(u64::MAX);
    }

    /// Carries out what is due.
    pub(crate) fn fire_due_timers(&mut self) -> Result<(), Failure> {
        self.watch_dpcs()?;
        if self.device_deadline().is_some_and(|at| at <= self.cycles) {
            let now = self.device_time();
            self.device
                .tick(now, &mut NoSystemMemory)
                .map_err(|fault| Failure::new(Rule::BadMmio, fault.to_string()))?;
            self.collect_device_interrupts();
        }
        while let Some(deadline) = self.kernel.timers.pop_due(self.cycles) {
            match deadline {
                Deadline::Wait(thread) => self.time_out(thread),
                Deadline::WdfTimer(timer) => self.wdf_timer_expired(timer),
            }
        }
        Ok(())
    }

    /// Where nothing can go on, time passes until something happens by itself. Returns whether
    /// something did.
    pub(crate) fn skip_to_next_timer(&mut self) -> Result<bool, Failure> {
        // A DPC that waits for ever is a hang, and reported as one.
        let Some(at) = self.next_event() else {
            return Ok(false);
        };
        self.cycles = self.cycles.max(at);
        self.fire_due_timers()?;
        Ok(true)
    }

    fn time_out(&mut self, id: ThreadId) {
        let Some(thread) = self.kernel.threads.get(id) else {
            return;
        };
        if let State::Waiting(wait) = &thread.state {
            // A delay ends with success, a wait for an object with a time-out.
            let value = if wait.object.is_some() {
                Status::TIMEOUT.into()
            } else {
                Status::SUCCESS.into()
            };
            self.kernel.threads.wake(id, value);
            self.attention = true;
        }
    }

    /// `KeStallExecutionProcessor`: time passes on this processor, and interrupts may come.
    pub(crate) fn ke_stall_execution_processor(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let microseconds = u64::from(guest.argument_u32(0)?);
        self.pass_time(microseconds * 10 * CYCLES_PER_UNIT)?;
        self.attention = true;
        Ok(Flow::Return(0))
    }
}
