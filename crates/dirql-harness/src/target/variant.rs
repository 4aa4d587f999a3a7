//! The ways in which one test is run: which interrupt resource, under which schedule.

use core::fmt;

/// The interrupt resource that the device was assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// A level-triggered line (`INTx`).
    Line,
    /// A message (MSI).
    Message,
}

/// How the simulator decides which processor and thread goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Schedule {
    /// Each thread runs until it blocks.
    Blocked,
    /// Seeded preemption, at any instruction.
    Random,
}

/// One way to run a test. Its text follows the `@` in a test's id: `msi/random`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant {
    /// The device's interrupt resource.
    pub resource: Resource,
    /// The schedule, where the target decides it; a real machine schedules as it likes.
    pub schedule: Option<Schedule>,
}

impl Variant {
    /// Every variant of the simulator.
    pub const SIMULATED: [Self; 4] = [
        Self::simulated(Resource::Line, Schedule::Blocked),
        Self::simulated(Resource::Line, Schedule::Random),
        Self::simulated(Resource::Message, Schedule::Blocked),
        Self::simulated(Resource::Message, Schedule::Random),
    ];

    /// A variant of the simulator.
    #[must_use]
    pub const fn simulated(resource: Resource, schedule: Schedule) -> Self {
        Self {
            resource,
            schedule: Some(schedule),
        }
    }

    /// A variant of a real machine.
    #[must_use]
    pub const fn real(resource: Resource) -> Self {
        Self {
            resource,
            schedule: None,
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.resource {
            Resource::Line => "intx",
            Resource::Message => "msi",
        })?;
        f.write_str(match self.schedule {
            Some(Schedule::Blocked) => "/blocked",
            Some(Schedule::Random) => "/random",
            None => "",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variant_reads_differently() {
        let texts = Variant::SIMULATED.map(|variant| variant.to_string());
        assert_eq!(
            texts,
            ["intx/blocked", "intx/random", "msi/blocked", "msi/random"]
        );
        assert_eq!(Variant::real(Resource::Message).to_string(), "msi");
    }
}
