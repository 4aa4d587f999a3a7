//! `cargo xtask vm`: the package driven in a virtual machine with QEMU's `edu` device.
//!
//! The disk image is never written to: the guest gets an overlay on it. A generated ISO carries the package and
//! its scripts, and the guest sends its reports over a serial port that is QEMU's standard output. What comes
//! back is shown as `dirql run` shows a run, with its exit code.
//!
//! With `--iso windows.iso` the image is prepared first: an unattended installation that ends with the guest's script at
//! each logon.

mod channel;
mod disk;
mod iso;
mod qemu;
mod unattended;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Duration,
};

use lexopt::{Arg, ValueExt};

use crate::{
    Error, Workspace,
    command::{build_program, step},
    needs::Need,
    run::handed_on,
    setup::setup_without_driver,
};
pub use channel::{Received, receive};
pub use qemu::Accelerator;

/// What is asked for.
#[derive(Debug)]
struct Request {
    image: PathBuf,
    package: Option<PathBuf>,
    windows: Option<PathBuf>,
    /// The index of the edition in that ISO.
    edition: u32,
    accelerator: Accelerator,
    limit: Duration,
    memory: u32,
    /// Further arguments of QEMU.
    rest: Vec<std::ffi::OsString>,
}

/// `vm --image FILE [--package DIR] [--iso WINDOWS [--edition INDEX]] [--accel auto|kvm|tcg] [--limit MINUTES] [--memory MIB] [-- ARGUMENTS]`.
///
/// # Errors
/// QEMU or what else is needed is missing; the guest sends no report within the time; a bad command line.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let request = parse(arguments)?;
    let package = match &request.package {
        Some(package) => package.clone(),
        None => newest_package(workspace)?,
    };
    // The harness tells the reports; it is built here where none is named.
    let needs: &[Need] = match env::var_os("DIRQL_HARNESS") {
        Some(_) => &[Need::Vm],
        None => &[Need::Vm, Need::Simulator],
    };
    setup_without_driver(workspace, needs)?;
    let folder = workspace.target().join("vm");
    fs::create_dir_all(&folder).map_err(Error::io(&folder))?;

    step("Making the ISO");
    let answers = request
        .windows
        .as_ref()
        .map(|_| unattended::answers(request.edition));
    let iso = iso::make(&folder, &package, answers.as_deref())?;
    if let Some(windows) = &request.windows {
        step("Installing Windows, which takes an hour without KVM");
        disk::create(&request.image)?;
        let installation = qemu::Machine {
            disk: &request.image,
            isos: &[&iso, windows],
            from_iso: true,
            memory: request.memory,
            rest: &request.rest,
        };
        return session(workspace, &folder, &installation, &request);
    }
    let overlay = disk::overlay(&folder, &request.image)?;
    let machine = qemu::Machine {
        disk: &overlay,
        isos: &[&iso],
        from_iso: false,
        memory: request.memory,
        rest: &request.rest,
    };
    session(workspace, &folder, &machine, &request)
}

fn parse(arguments: &mut lexopt::Parser) -> Result<Request, Error> {
    let mut image = None;
    let mut request = Request {
        image: PathBuf::new(),
        package: None,
        windows: None,
        edition: 1,
        accelerator: Accelerator::Auto,
        limit: Duration::from_hours(1),
        memory: 4096,
        rest: Vec::new(),
    };
    loop {
        if let Some(rest) = handed_on(arguments) {
            request.rest = rest;
            break;
        }
        match arguments.next()? {
            None => break,
            Some(Arg::Long("image")) => image = Some(arguments.value()?.into()),
            Some(Arg::Long("package")) => request.package = Some(arguments.value()?.into()),
            Some(Arg::Long("iso")) => request.windows = Some(arguments.value()?.into()),
            Some(Arg::Long("edition")) => request.edition = arguments.value()?.parse()?,
            Some(Arg::Long("accel")) => request.accelerator = arguments.value()?.parse()?,
            Some(Arg::Long("memory")) => request.memory = arguments.value()?.parse()?,
            Some(Arg::Long("limit")) => {
                let minutes: u64 = arguments.value()?.parse()?;
                request.limit = Duration::from_mins(minutes);
            }
            Some(other) => return Err(other.unexpected().into()),
        }
    }
    request.image = image.ok_or_else(|| Error::Usage("vm: which --image?".to_owned()))?;
    Ok(request)
}

fn newest_package(workspace: &Workspace) -> Result<PathBuf, Error> {
    let package = workspace.target().join("package/dirql_driver_package");
    if package.join("dirql_driver.inf").exists() {
        return Ok(package);
    }
    Err(Error::Missing {
        what: "a package".to_owned(),
        how: "run `cargo xtask package`, or name one by --package".to_owned(),
    })
}

/// Runs the machine until it has sent its reports, and tells them.
fn session(
    workspace: &Workspace,
    folder: &Path,
    machine: &qemu::Machine<'_>,
    request: &Request,
) -> Result<ExitCode, Error> {
    step("Starting the virtual machine");
    let results = folder.join("results");
    if results.exists() {
        fs::remove_dir_all(&results).map_err(Error::io(&results))?;
    }
    fs::create_dir_all(&results).map_err(Error::io(&results))?;
    let received = machine.run(request.accelerator, request.limit)?;
    for (name, bytes) in &received.files {
        let file = results.join(name);
        fs::write(&file, bytes).map_err(Error::io(&file))?;
    }
    step(&format!(
        "The guest sent {} files: {}",
        received.files.len(),
        results.display()
    ));
    let reports: Vec<PathBuf> = received
        .files
        .iter()
        .filter(|(name, _)| {
            Path::new(name)
                .extension()
                .is_some_and(|ending| ending == "xml")
        })
        .map(|(name, _)| results.join(name))
        .collect();
    if reports.is_empty() {
        let code = u8::try_from(received.code).unwrap_or(1);
        // A guest without a report has not passed, whatever it says.
        return Ok(ExitCode::from(code.max(1)));
    }
    tell(workspace, &reports, received.code)
}

/// Prints the table of the reports by the harness, which `DIRQL_HARNESS` may name, and ends as the guest did.
fn tell(workspace: &Workspace, reports: &[PathBuf], guest: i32) -> Result<ExitCode, Error> {
    let harness = if let Some(harness) = env::var_os("DIRQL_HARNESS") {
        PathBuf::from(harness)
    } else {
        // The one that `cargo xtask run` leaves.
        build_program(workspace, "dirql-harness", "dirql")?
    };
    let status = Command::new(&harness)
        .arg("report")
        .args(reports)
        .status()
        .map_err(Error::io(&harness))?;
    let told = status.code().unwrap_or(1);
    let code = if guest == 0 { told } else { guest };
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
