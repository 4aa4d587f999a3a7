//! Video miniports in the simulator: the project's own, and one that breaks the rules.

use ntsim::{Config, Failure, Image, Machine, Rule, VideoCompletion, device::Probe};

/// A machine with an adapter that interrupts, and nothing run yet.
///
/// # Panics
///
/// Where no machine can be set up for the image.
#[must_use]
pub fn machine(config: &Config, image: &Image) -> Machine {
    // Nothing declares which words of a device extension are atomic, so a race cannot be told from one.
    let config = Config {
        rules: config.rules.without(Rule::Race),
        ..config.clone()
    };
    match Machine::new(config, image, Box::new(Probe::new())) {
        Ok(machine) => machine,
        Err(error) => panic!("{error}"),
    }
}

/// A machine whose adapter is started.
///
/// # Errors
///
/// The failure that ended the start.
///
/// # Panics
///
/// As [`machine`].
pub fn start(config: &Config, image: &Image) -> Result<Machine, Failure> {
    let mut machine = machine(config, image);
    machine.start_video()?;
    Ok(machine)
}

/// Submits a request without input, and waits for it.
///
/// # Errors
///
/// The failure that ended the run.
pub fn ask(machine: &mut Machine, code: u32, output: u32) -> Result<VideoCompletion, Failure> {
    let request = machine.submit_video(code, &[], output)?;
    machine.wait_video(request)
}
