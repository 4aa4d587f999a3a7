//! `cargo xtask setup`: what the builds take, found or installed.
//!
//! Every command that builds does the part of it that it takes. Each thing gets one line.

use std::process::ExitCode;

use lexopt::Arg;

use crate::{
    Error, Workspace,
    command::step,
    configuration, editor,
    kit::packages,
    needs::{self, Need},
    perfetto,
    toolchain::{self, Choice, Toolchain},
};

/// `setup [--toolchain CHOICE] [--package] [--vm] [--c] [--wine] [--pictures] [--kit [--accept-license] [--from FILE|FOLDER...] [--out DIR]]`.
///
/// # Errors
/// As [`setup`], and a bad command line.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    use lexopt::ValueExt;
    let mut choice = Choice::default();
    let mut asked = vec![Need::Simulator];
    let mut with_kit = false;
    let mut kit = packages::Request::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("kit") => with_kit = true,
            Arg::Long(name) if packages::Request::OPTIONS.contains(&name) => {
                // The values are the parser's next, which the name borrows.
                let name = name.to_owned();
                kit.take(&name, arguments)?;
            }
            Arg::Long("toolchain") => choice = arguments.value()?.parse()?,
            Arg::Long(name) if Need::OPTIONS.iter().any(|(known, _)| name == *known) => {
                let known = Need::OPTIONS.iter().filter(|(known, _)| name == *known);
                asked.extend(known.flat_map(|(_, needs)| *needs));
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if !with_kit && !kit.is_empty() {
        return Err(Error::Usage(
            "--accept-license, --from and --out go with --kit".to_owned(),
        ));
    }
    setup(workspace, choice, &asked)?;
    if asked.contains(&Need::Pictures) {
        perfetto::provide(workspace)?;
    }
    if with_kit {
        packages::provide(workspace, &kit)?;
    }
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
    // One does not keep the other from being looked for: what is missing is said once.
    let toolchain = toolchain::provide(choice);
    let rest = needs::provide(needs);
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
