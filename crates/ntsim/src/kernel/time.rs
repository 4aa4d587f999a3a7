//! Virtual time: deadlines of waits, timers and the device.

use nt_model::{Failure, Status};

use crate::{
    device::VirtualTime,
    guest::Guest,
    kernel::{
        Kernel,
        state::{
            activation::Flow,
            dpc::{Dpc, DpcId},
            io_space::Presence,
            thread::{State, ThreadId},
            time::{CYCLES_PER_UNIT, Deadline, NANOSECONDS_PER_UNIT},
        },
    },
};

/// So many expiries are awaited of timers before a host that waits until nothing goes on goes on itself.
const EXPIRIES_MAX: u32 = 32;

impl<A> Kernel<A> {
    /// The device's view of time.
    pub(crate) fn device_time(&self) -> VirtualTime {
        VirtualTime::from_nanos(self.cycles * NANOSECONDS_PER_UNIT / CYCLES_PER_UNIT)
    }

    fn device_deadline(&self) -> Option<u64> {
        // What is gone does nothing any more.
        if self.io_space.presence == Presence::Gone {
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
        let posted = self.next_posted();
        [self.timers.next(), self.device_deadline(), stall, posted]
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
    pub(crate) fn fire_due_timers(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        self.watch_dpcs()?;
        if self.device_deadline().is_some_and(|at| at <= self.cycles) {
            self.tick_device(guest)?;
        }
        self.take_due_writes();
        while let Some(deadline) = self.timers.pop_due(self.cycles) {
            match deadline {
                Deadline::Wait(thread) => self.time_out(thread),
                Deadline::Timer(timer) => {
                    self.timers.expired_of_run += 1;
                    self.timer_expired(timer);
                }
            }
        }
        Ok(())
    }

    /// Where nothing can go on, time passes until something happens by itself. Returns whether
    /// something did.
    pub(crate) fn skip_to_next_timer(&mut self, guest: &mut Guest) -> Result<bool, Failure> {
        // A DPC that waits for ever is a hang, and reported as one.
        let Some(at) = self.next_event() else {
            return Ok(false);
        };
        self.cycles = self.cycles.max(at);
        self.fire_due_timers(guest)?;
        Ok(true)
    }

    /// Whether nothing would go on any more but a driver's timers, which have shown that they go on for ever.
    pub(crate) fn only_timers_go_on(&self) -> bool {
        let mut armed = self.timers.armed.iter();
        self.timers.expired_of_run >= EXPIRIES_MAX
            && armed.all(|(_, deadline)| matches!(deadline, Deadline::Timer(_)))
            && self.device_deadline().is_none()
            && self.next_posted().is_none()
    }

    fn time_out(&mut self, id: ThreadId) {
        let Some(thread) = self.threads.get(id) else {
            return;
        };
        if let State::Waiting(wait) = &thread.state {
            // A delay ends with success, a wait for an object with a time-out.
            let value = if wait.object.is_some() {
                Status::TIMEOUT.into()
            } else {
                Status::SUCCESS.into()
            };
            self.threads.wake(id, value);
            self.attention = true;
        }
    }

    /// `KeStallExecutionProcessor`: time passes on this processor, and interrupts may come.
    pub(crate) fn ke_stall_execution_processor(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let microseconds = u64::from(guest.argument_u32(0)?);
        self.pass_time(microseconds * 10 * CYCLES_PER_UNIT)?;
        self.attention = true;
        Ok(Flow::Return(0))
    }
}

impl<A> Kernel<A> {
    /// A timer has expired: its callback is queued as a DPC.
    pub(crate) fn timer_expired(&mut self, handle: u64) {
        let Some(timer) = self.timers.of_drivers.get(&handle).copied() else {
            return;
        };
        if timer.period != 0 {
            self.timers
                .arm(self.cycles + timer.period, Deadline::Timer(handle));
        }
        let dpc = Dpc {
            routine: timer.routine,
            arguments: vec![handle],
        };
        self.queue_dpc(DpcId(handle), dpc);
    }
}
