//! `cargo xtask COMMAND`: see the crate `xtask`.

use std::process::ExitCode;

use ntdriver::menu::{Command, Menu};
use xtask::{Error, Workspace, bench, build, features, inf, package, run, setup, test, vm};

type Run = fn(&Workspace, &mut lexopt::Parser) -> Result<ExitCode, Error>;

const COMMANDS: &[Command<Run>] = &[
    (
        "setup",
        "[--toolchain auto|rustup|debian] [--package] [--vm] [--c] [--wine] [--pictures] [--kit [--accept-license] [--from FILE|FOLDER...] [--out DIR]]",
        "find or install what the builds take, and what packages, virtual machines, guests in C and tests of pictures and under Wine do",
        setup::command,
    ),
    (
        "build",
        "[--debug] [--toolchain auto|rustup|debian] [--kit FOLDER] [--out DIR]",
        "build and inspect dirql_driver.sys, dirql_wdf.sys and dirql_video.sys, print the path of each and of its PDB",
        build::command,
    ),
    (
        "inspect",
        "FILE [--debug | --kit]",
        "inspect a driver image",
        build::inspect_command,
    ),
    (
        "check-inf",
        "[FILE...]",
        "check the INFs against rules of InfVerif",
        inf::command,
    ),
    (
        "package",
        "[--out DIR] [--key FILE --certificate FILE] [--image FILE] [--toolchain auto|rustup|debian] [--kit FOLDER]",
        "build, sign and pack what a Windows machine installs, print the folder's path",
        package::command,
    ),
    (
        "vm",
        "--image DISK [--package DIR] [--iso WINDOWS [--edition INDEX]] [--accel auto|kvm|tcg] [--limit MINUTES] [--memory MIB] [-- ARGUMENTS]",
        "drive the package on a virtual machine's edu device; ARGUMENTS go to QEMU",
        vm::command,
    ),
    (
        "run",
        "[--wdf] [--toolchain auto|rustup|debian] [--kit FOLDER] [-- ARGUMENTS]",
        "set up, build, and drive both drivers in the simulator, or that with the framework's interrupt alone; ARGUMENTS go to `dirql run`",
        run::command,
    ),
    (
        "fuzz",
        "[--wdf] [--toolchain auto|rustup|debian] [--kit FOLDER] [-- ARGUMENTS]",
        "set up, build, and fuzz the driver in the simulator; ARGUMENTS go to `dirql fuzz`",
        run::fuzz_command,
    ),
    (
        "explore",
        "[--wdf] [--toolchain auto|rustup|debian] [--kit FOLDER] [-- ARGUMENTS]",
        "set up, build, and run every schedule of a scenario under a bound; ARGUMENTS go to `dirql explore`",
        run::explore_command,
    ),
    (
        "faults",
        "[--wdf] [--toolchain auto|rustup|debian] [--kit FOLDER] [-- ARGUMENTS]",
        "set up, build, and refuse each call of both drivers that may fail, or of that with the framework's interrupt alone; ARGUMENTS go to `dirql faults`",
        run::faults_command,
    ),
    (
        "test",
        "[--quick] [--toolchain auto|rustup|debian] [--kit FOLDER] [-- ARGUMENTS]",
        "set up, build, and run every test, or with --quick those that take no minutes; ARGUMENTS go to `cargo test`",
        test::command,
    ),
    (
        "features",
        "",
        "check every combination of features of every crate",
        features::command,
    ),
    (
        "bench",
        "[--toolchain auto|rustup|debian] [--kit FOLDER]",
        "set up, build, and count what a synchronized call and a request cost",
        bench::command,
    ),
];

const MENU: Menu<Run> = Menu {
    program: "cargo xtask",
    version: None,
    term: None,
    commands: COMMANDS,
};

fn main() -> ExitCode {
    match dispatch() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            error.exit_code()
        }
    }
}

fn dispatch() -> Result<ExitCode, Error> {
    match MENU.choose(std::env::args_os().skip(1).collect())? {
        Some((run, mut arguments)) => run(&Workspace::find()?, &mut arguments),
        None => Ok(ExitCode::SUCCESS),
    }
}
