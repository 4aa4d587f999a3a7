//! What has to be gone when a driver is unloaded.

use crate::{
    failure::{Failure, rule},
    guest::Guest,
    kernel::thread::State,
    sim::Sim,
};

impl Sim {
    /// Checks that nothing of the driver's is left.
    pub(crate) fn check_leaks(&self, guest: &Guest) -> Result<(), Failure> {
        let leak = |what: String| Err(Failure::new(rule::OBJECT_LEAK, what));
        if let Some(request) = self.wdf.requests.values().next() {
            return Err(Failure::new(
                rule::REQUEST_LEAK,
                format!("request {} was never completed", request.number),
            ));
        }
        if let Some(interrupt) = self.kernel.interrupts.connected().next() {
            return leak(format!(
                "an interrupt of vector {:#x} is still connected",
                interrupt.vector
            ));
        }
        if let Some((base, length)) = self.kernel.io_space.iter().next() {
            return leak(format!(
                "{length:#x} bytes of device registers are still mapped at {base:#x}"
            ));
        }
        if let Some((handle, object)) = self.kernel.handles.iter().next() {
            return leak(format!("the handle {handle:#x} ({object:?}) is still open"));
        }
        if let Some((_, thread)) = self
            .kernel
            .threads
            .iter()
            .find(|(_, thread)| !matches!(thread.state, State::Terminated))
        {
            return leak(format!("the thread '{}' still runs", thread.name));
        }
        self.check_pool_at_unload(guest)
    }

    /// The threads that have not ended, for the report of a hang.
    pub(crate) fn describe_threads(&self) -> String {
        let mut parts = Vec::new();
        for (_, thread) in self.kernel.threads.iter() {
            let doing = match &thread.state {
                State::Ready => "is ready".to_owned(),
                State::Running => "has a processor".to_owned(),
                State::Waiting(wait) => match wait.object {
                    Some(object) => format!("waits for {object:x?}"),
                    None => "waits for time to pass".to_owned(),
                },
                State::Terminated => continue,
            };
            parts.push(format!("thread '{}' {doing}", thread.name));
        }
        for (index, cpu) in self.cpus.iter().enumerate() {
            for lock in self.kernel.spin_locks.held_by(index) {
                parts.push(format!(
                    "processor {index} (IRQL {}) holds the spin lock {lock:#x}",
                    cpu.irql
                ));
            }
            if let Some(activation) = cpu.nested.last() {
                parts.push(format!(
                    "processor {index} is in {:?}, {:?}",
                    activation.origin, activation.then
                ));
            }
        }
        if parts.is_empty() {
            "no thread is left".to_owned()
        } else {
            parts.join(", ")
        }
    }
}
