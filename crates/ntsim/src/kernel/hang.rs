//! A hang: nothing can go on, and something still waits. Who is stuck, on what, and where.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{
        Kernel,
        state::{
            activation::{Activation, Then},
            thread::State,
        },
    },
};

/// An activation that cannot go on.
struct Stuck {
    /// Who, and on what.
    what: String,
    /// Whether it spins: then it keeps a processor, and others may be stuck only for that.
    spins: bool,
    /// The driver's calls that led there, innermost first.
    stack: Vec<u64>,
}

impl<A> Kernel<A> {
    /// The report of a hang: `what` did not happen.
    pub(crate) fn hang(&self, guest: &Guest, what: &str) -> Failure {
        let stuck = self.stuck(guest);
        let mut parts: Vec<String> = stuck
            .iter()
            .map(
                |stuck| match stuck.stack.first().and_then(|at| self.locate(*at)) {
                    Some(place) => format!("{} at {place}", stuck.what),
                    None => stuck.what.clone(),
                },
            )
            .collect();
        for (index, cpu) in self.cpus.iter().enumerate() {
            for lock in self.spin_locks.held_by(index) {
                parts.push(format!(
                    "processor {index} (IRQL {}) holds the spin lock {lock:#x}",
                    cpu.irql
                ));
            }
        }
        if parts.is_empty() {
            parts.push("no thread is left".to_owned());
        }
        let mut failure = Failure::new(
            Rule::Hang,
            format!("nothing can go on, and {what}; {}", parts.join(", ")),
        );
        // A thread that waits for another is older than it, so the youngest is the likeliest cause.
        let cause = stuck
            .iter()
            .rev()
            .filter(|stuck| !stuck.stack.is_empty())
            .max_by_key(|stuck| stuck.spins);
        if let Some(cause) = cause {
            let place = cause.stack.iter().find_map(|at| self.locate(*at));
            failure = self.with_calls(failure.at(place), &cause.stack);
        }
        failure
    }

    /// The threads that have not ended and what runs on top of them, in the order of their age.
    fn stuck(&self, guest: &Guest) -> Vec<Stuck> {
        let mut all = Vec::new();
        for (_, thread) in self.threads.iter() {
            let doing = match (&thread.state, &thread.activation.then) {
                (State::Terminated, _) => continue,
                (_, Then::Spin(lock)) => format!("spins for the spin lock {lock:#x}"),
                (State::Ready, _) => "is ready".to_owned(),
                (State::Running, _) => "has a processor".to_owned(),
                (State::Waiting(wait), _) => match wait.object {
                    Some(object) => format!("waits for {object:x?}"),
                    None => "waits for time to pass".to_owned(),
                },
            };
            all.push(self.stuck_activation(
                guest,
                &thread.activation,
                format!("thread '{}' {doing}", thread.name),
            ));
        }
        for (index, cpu) in self.cpus.iter().enumerate() {
            for activation in &cpu.nested {
                let doing = match activation.then {
                    Then::Spin(lock) => format!("spins for the spin lock {lock:#x}"),
                    _ => "is interrupted".to_owned(),
                };
                let what = format!("the {:?} on processor {index} {doing}", activation.origin);
                all.push(self.stuck_activation(guest, activation, what));
            }
        }
        all
    }

    fn stuck_activation(&self, guest: &Guest, activation: &Activation<A>, what: String) -> Stuck {
        Stuck {
            what,
            spins: matches!(activation.then, Then::Spin(_)),
            stack: self.calls_put_aside(guest, activation),
        }
    }
}
