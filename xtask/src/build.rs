//! `cargo xtask build` and `cargo xtask inspect`: the images, made and judged.

use std::{fs, path::PathBuf, process::ExitCode};

use lexopt::{Arg, ValueExt};

use crate::{
    Error, Workspace, driver, inspect::Scope, kit::Kit, miniport, needs::Need, recipe::Options,
    setup::setup, toolchain::Choice,
};

/// `build [--debug] [--toolchain CHOICE] [--kit FOLDER] [--out DIR]`.
///
/// # Errors
/// As [`driver::build`], no toolchain, and a bad command line.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut options = Options {
        kit: Kit::of_the_environment()?,
        ..Options::default()
    };
    let mut choice = Choice::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("debug") => options.debug = true,
            Arg::Long("toolchain") => choice = arguments.value()?.parse()?,
            Arg::Long("kit") => options.kit = Some(Kit::at(arguments.value()?.as_ref())?),
            Arg::Long("out") => options.out = Some(arguments.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    let needs: &[Need] = if options.kit.is_some() {
        &[Need::Kit]
    } else {
        &[]
    };
    let toolchain = setup(workspace, choice, needs)?;
    for built in [
        driver::build(workspace, &toolchain, &options)?,
        driver::build_wdf(workspace, &toolchain, &options)?,
        miniport::build(workspace, &toolchain, &options)?,
    ] {
        println!("{}", built.sys.display());
        println!("{}", built.pdb.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// `inspect FILE [--debug | --kit]`.
///
/// # Errors
/// An image that is not fit to load; a file that cannot be read; a bad command line.
pub fn inspect_command(_: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut file: Option<PathBuf> = None;
    let mut scope = Scope::Release;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("debug") => scope = Scope::Other,
            Arg::Long("kit") => scope = Scope::Kit,
            Arg::Value(value) if file.is_none() => file = Some(value.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    let file = file.ok_or_else(|| Error::Usage("inspect: which file?".to_owned()))?;
    let bytes = fs::read(&file).map_err(Error::io(&file))?;
    let binding = driver::judge(&file, &bytes, scope)?;
    println!("{}: fit to load; {binding}", file.display());
    Ok(ExitCode::SUCCESS)
}
