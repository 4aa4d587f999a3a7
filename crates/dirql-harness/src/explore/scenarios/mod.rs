//! The scenarios of the shipped drivers, a file for each kind. A new one is a few lines; [docs/exploring.md] says how.
//!
//! [docs/exploring.md]: https://github.com/dirql/dirql/blob/main/docs/exploring.md

mod ends;
mod errors;
mod interrupts;
mod moves;
mod power;
mod removal;
mod requests;
mod video;

use std::fmt;

use nt_model::InterruptResource;
use ntsim::Points;
use ntsim::explore::Bounds;

use super::stage::{Builder, Drama};
use crate::target::Setup;

/// A scenario with the machine that it takes.
#[derive(Debug)]
pub struct Listed {
    /// The scenario.
    pub drama: Drama,
    /// What its machine has.
    pub on: On,
}

/// What a scenario is about.
#[derive(Debug)]
pub enum On {
    /// The driver, on a device with what is set up besides.
    Device(Setup),
    /// The video miniport, on its adapter.
    Adapter,
}

/// The image that a scenario explores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The driver.
    Driver,
    /// The video miniport.
    Miniport,
}

impl Subject {
    /// Both, in the order of reports.
    pub const ALL: [Self; 2] = [Self::Driver, Self::Miniport];
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Driver => "driver",
            Self::Miniport => "miniport",
        })
    }
}

impl Listed {
    /// The image that it explores.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        match self.on {
            On::Device(_) => Subject::Driver,
            On::Adapter => Subject::Miniport,
        }
    }

    /// Whether the hardware can interrupt so.
    #[must_use]
    pub const fn takes(&self, interrupt: InterruptResource) -> bool {
        match self.on {
            On::Device(_) => true,
            On::Adapter => matches!(interrupt, InterruptResource::Line),
        }
    }

    /// The bounds under which it is explored. A miniport declares no atomic memory, so nothing looks for its conflicts, and
    /// every instruction is a point instead.
    #[must_use]
    pub const fn bounds(&self, asked: Bounds) -> Bounds {
        let points = match (&self.on, asked.points) {
            (On::Adapter, Points::Access) => Points::Instruction,
            (_, points) => points,
        };
        Bounds { points, ..asked }
    }
}

fn plain(builder: Builder) -> Listed {
    Listed {
        drama: builder.build(),
        on: On::Device(Setup::default()),
    }
}

/// Every scenario, in the order of the list.
#[must_use]
pub fn all() -> Vec<Listed> {
    let mut all = interrupts::all();
    all.extend(ends::all());
    all.extend(moves::all());
    all.extend(errors::all());
    all.extend(power::all());
    all.extend(removal::all());
    all.extend(video::all());
    all.extend(interrupts::pairs());
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_scenario_has_a_name_of_its_own() {
        let all = all();
        let names: BTreeSet<&str> = all.iter().map(|it| it.drama.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
        assert!(names.iter().all(|name| !name.contains([':', ' '])));
    }

    #[test]
    fn every_code_of_the_contract_is_sent() {
        let sent: BTreeSet<u32> = requests::every()
            .chain(errors::every())
            .map(|(_, message)| message.code().0)
            .collect();
        let codes = dirql_ioctl::code::ALL.into_iter();
        let codes = codes.chain(dirql_ioctl::code::OF_PSHED);
        assert_eq!(sent, codes.map(|(_, code)| code.0).collect());
    }
}
