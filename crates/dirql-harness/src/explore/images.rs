//! The images that scenarios are about, and the machines that they boot.

use std::collections::BTreeMap;
use std::fmt::Write;

use nt_model::{Config, Failure, Finding, Limit, Rule};
use ntsim::device::{PciDevice, edu::Edu, probe::Probe};
use ntsim::{Image, Machine};
use sha2::{Digest, Sha256};

use super::scenarios::{Listed, On, Subject};
use crate::cli::PlaceArgs;
use crate::target::{SelectError, sim, video};

/// The driver, and the miniport where it stands beside it.
#[derive(Debug)]
pub struct Images {
    driver: Image,
    miniport: Option<Image>,
}

impl Images {
    /// Loads what the command line names.
    ///
    /// # Errors
    ///
    /// [`SelectError`] where an image is not there, or is none.
    pub fn load(place: &PlaceArgs) -> Result<Self, SelectError> {
        Ok(Self {
            driver: sim::load(place)?,
            miniport: video::load(place)?,
        })
    }

    /// The image that scenarios of `subject` explore, where it is there.
    #[must_use]
    pub const fn of(&self, subject: Subject) -> Option<&Image> {
        match subject {
            Subject::Driver => Some(&self.driver),
            Subject::Miniport => self.miniport.as_ref(),
        }
    }

    /// The SHA-256 of each image as it is loaded, by what it is.
    #[must_use]
    pub fn hashes(&self) -> BTreeMap<String, String> {
        let hash = |subject: Subject| {
            let digest = Sha256::digest(self.of(subject)?.memory());
            let text = digest.iter().fold(String::new(), |mut text, byte| {
                // Text takes whatever is written to it.
                let _ = write!(text, "{byte:02x}");
                text
            });
            Some((subject.to_string(), text))
        };
        Subject::ALL.into_iter().filter_map(hash).collect()
    }

    /// Boots the machine of a scenario and starts its device.
    ///
    /// # Errors
    ///
    /// A [`Failure`]: the image is not there, is none that the machine takes, or does not start.
    pub fn boot(&self, listed: &Listed, config: &Config) -> Result<Machine, Failure> {
        let mut machine = self.switch_on(&listed.on, config)?;
        start(&listed.on, &mut machine)?;
        Ok(machine)
    }

    /// The machine of a scenario, whose device is not started.
    ///
    /// # Errors
    ///
    /// A [`Failure`]: the image is not there, or is none that the machine takes.
    pub fn switch_on(&self, on: &On, config: &Config) -> Result<Machine, Failure> {
        match on {
            On::Device(setup) => {
                let mut machine = machine(config.clone(), &self.driver, Box::new(Edu::new()))?;
                sim::set_up(&mut machine, setup)?;
                Ok(machine)
            }
            On::Adapter => {
                let image = self.miniport.as_ref();
                let image = image.ok_or_else(|| Failure::new(Finding::SetUp, video::MISSING))?;
                // Nothing declares which words of a device extension are atomic, so a race cannot be told from one.
                let config = Config {
                    rules: config.rules.without(Rule::Race),
                    ..config.clone()
                };
                machine(config, image, Box::new(Probe::new()))
            }
        }
    }
}

/// Starts the device of a machine.
///
/// # Errors
///
/// A [`Failure`]: it does not start.
pub fn start(on: &On, machine: &mut Machine) -> Result<(), Failure> {
    match on {
        On::Device(_) => machine.start(),
        On::Adapter => machine.start_video(),
    }
}

fn machine(config: Config, image: &Image, device: Box<dyn PciDevice>) -> Result<Machine, Failure> {
    Machine::new(config, image, device)
        .map_err(|error| Failure::new(Limit::Emulator, error.to_string()))
}
