//! `cargo xtask setup`: what the builds take, found or installed.
//!
//! Every command that builds does the part of it that it takes. Each thing gets one line.

use std::process::ExitCode;

use lexopt::Arg;

use crate::{
    Error, Workspace,
    command::step,
    compile, configuration, editor,
    needs::{self, Need},
    toolchain::{self, Choice, Toolchain},
};

/// `setup [--toolchain CHOICE] [--package] [--vm] [--c] [--wine]`.
///
/// # Errors
/// As [`setup`], and a bad command line.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    use lexopt::ValueExt;
    let mut choice = Choice::default();
    let mut asked = vec![Need::Simulator];
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("toolchain") => choice = arguments.value()?.parse()?,
            Arg::Long(name) if Need::OPTIONS.iter().any(|(known, _)| name == *known) => {
                let known = Need::OPTIONS.iter().filter(|(known, _)| name == *known);
                asked.extend(known.flat_map(|(_, needs)| *needs));
            }
            other => return Err(other.unexpected().into()),
        }
    }
    setup(workspace, choice, &asked)?;
    if cfg!(not(windows)) {
        editor::settle(workspace)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Finds or installs the compiler of the driver and what `needs` name, and answers the compiler.
///
/// # Errors
/// [`Error::Missing`], or [`Error::Several`], with how to get each thing that is neither there nor to be installed.
pub fn setup(workspace: &Workspace, choice: Choice, needs: &[Need]) -> Result<Toolchain, Error> {
    step("Setting up");
    configuration::check(workspace)?;
    let mut needs = needs.to_vec();
    if compile::kit_is_named() {
        needs.push(Need::Kit);
    }
    // One does not keep the other from being looked for: what is missing is said once.
    let toolchain = toolchain::provide(choice);
    let rest = needs::provide(&needs);
    match (toolchain, rest) {
        (Ok(toolchain), Ok(())) => Ok(toolchain),
        (toolchain, rest) => Err(Error::several(
            [toolchain.err(), rest.err()]
                .into_iter()
                .flatten()
                .collect(),
        )),
    }
}

/// Finds or installs what `needs` name, for a command that compiles no driver.
///
/// # Errors
/// As [`setup`].
pub fn setup_without_driver(workspace: &Workspace, needs: &[Need]) -> Result<(), Error> {
    step("Setting up");
    configuration::check(workspace)?;
    needs::provide(needs)
}
