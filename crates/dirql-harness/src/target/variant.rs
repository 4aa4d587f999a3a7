//! The ways in which one test is run: which interrupt resource, under which schedule.

use core::fmt;

use nt_model::{InterruptResource, Strategy};

/// One way to run a test. Its text follows the `@` in a test's id: `msi/random`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant {
    /// The device's interrupt resource.
    pub resource: InterruptResource,
    /// The schedule, where the target decides it; a real machine schedules as it likes.
    pub schedule: Option<Strategy>,
}

impl Variant {
    /// Every variant of the simulator.
    pub const SIMULATED: [Self; 4] = [
        Self::simulated(InterruptResource::Line, Strategy::RunUntilBlocked),
        Self::simulated(InterruptResource::Line, Strategy::Random),
        Self::simulated(InterruptResource::Message, Strategy::RunUntilBlocked),
        Self::simulated(InterruptResource::Message, Strategy::Random),
    ];

    /// A variant of the simulator.
    #[must_use]
    pub const fn simulated(resource: InterruptResource, schedule: Strategy) -> Self {
        Self {
            resource,
            schedule: Some(schedule),
        }
    }

    /// A variant of a real machine.
    #[must_use]
    pub const fn real(resource: InterruptResource) -> Self {
        Self {
            resource,
            schedule: None,
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.resource {
            InterruptResource::Line => "intx",
            InterruptResource::Message => "msi",
        })?;
        f.write_str(match self.schedule {
            Some(Strategy::RunUntilBlocked) => "/blocked",
            Some(Strategy::Random) => "/random",
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
        assert_eq!(Variant::real(InterruptResource::Message).to_string(), "msi");
    }
}
