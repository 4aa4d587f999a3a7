//! A machine whose device is started and open.

use std::collections::BTreeMap;

use ntsim::{
    Completion, Config, Failure, FileId, Image, InterruptResource, Machine, Policy, RequestId,
    Status, Strategy, Summary,
    device::{Bare, Edu, Identity, PciDevice},
};

/// The device that a driver is started on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// QEMU's edu.
    Edu,
    /// One without registers and interrupts.
    Bare,
}

impl Device {
    /// The device, as a machine takes it.
    #[must_use]
    pub fn make(self) -> Box<dyn PciDevice> {
        match self {
            Self::Edu => Box::new(Edu::new()),
            Self::Bare => Box::new(Bare::new(Identity {
                vendor: 0x1234,
                device: 1,
                revision: 0,
                class: 0x00FF_0000,
            })),
        }
    }
}

/// The configuration that lets a processor run until it blocks.
#[must_use]
pub fn until_blocked(interrupt: InterruptResource) -> Config {
    Config {
        interrupt,
        ..Config::default()
    }
}

/// The configuration that may switch at any instruction, by a seed.
#[must_use]
pub fn random(interrupt: InterruptResource, seed: u64) -> Config {
    Config {
        strategy: Strategy::Random,
        seed,
        interrupt,
        ..Config::default()
    }
}

/// A started device with one handle, which may read and write.
#[derive(Debug)]
pub struct Session {
    /// The machine, for what this type has no word for.
    pub machine: Machine,
    /// The handle.
    pub file: FileId,
}

impl Session {
    /// Starts the image's device and opens it.
    ///
    /// # Errors
    ///
    /// The failure that ended the start.
    ///
    /// # Panics
    ///
    /// Where no machine can be set up for the image.
    pub fn start(config: &Config, image: &Image, device: Device) -> Result<Self, Failure> {
        Self::begin(Self::make(config, image, device))
    }

    /// A machine with the image loaded and nothing run yet.
    ///
    /// # Panics
    ///
    /// Where no machine can be set up for the image.
    #[must_use]
    pub fn make(config: &Config, image: &Image, device: Device) -> Machine {
        match Machine::new(config.clone(), image, device.make()) {
            Ok(machine) => machine,
            Err(error) => panic!("{error}"),
        }
    }

    /// Starts a machine's device and opens it.
    ///
    /// # Errors
    ///
    /// The failure that ended the start.
    pub fn begin(mut machine: Machine) -> Result<Self, Failure> {
        machine.start()?;
        let file = machine.open(true, true)?;
        Ok(Self { machine, file })
    }

    /// As [`Self::start`], under a policy.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    ///
    /// # Panics
    ///
    /// As [`Self::start`].
    pub fn with_policy(
        config: &Config,
        policy: Policy,
        image: &Image,
        device: Device,
    ) -> Result<Self, Failure> {
        let config = Config {
            policy,
            ..config.clone()
        };
        Self::start(&config, image, device)
    }

    /// Submits a device control request.
    ///
    /// # Errors
    ///
    /// As [`Machine::submit`].
    pub fn submit(&mut self, code: u32, input: &[u8], output: usize) -> Result<RequestId, Failure> {
        self.machine.submit(self.file, code, input, output)
    }

    /// Submits a device control request and waits for it.
    ///
    /// # Errors
    ///
    /// As [`Machine::wait`].
    pub fn control(
        &mut self,
        code: u32,
        input: &[u8],
        output: usize,
    ) -> Result<Completion, Failure> {
        let request = self.submit(code, input, output)?;
        self.machine.wait(request)
    }

    /// Asks a guest by the request `code` for its numbers, and gives each its name.
    ///
    /// # Errors
    ///
    /// The failure that ended the run.
    ///
    /// # Panics
    ///
    /// Where the guest refuses.
    pub fn report(
        &mut self,
        code: u32,
        names: &[&'static str],
    ) -> Result<BTreeMap<&'static str, u32>, Failure> {
        let completion = self.control(code, &[], 4 * names.len())?;
        assert_eq!(completion.status, Status::SUCCESS, "report");
        let (words, _) = completion.output.as_chunks::<4>();
        let numbers = words.iter().map(|word| u32::from_le_bytes(*word));
        Ok(names.iter().copied().zip(numbers).collect())
    }

    /// Removes the device and unloads the driver.
    ///
    /// # Errors
    ///
    /// As [`Machine::remove`].
    pub fn remove(self) -> Result<Summary, Failure> {
        self.machine.remove()
    }
}
