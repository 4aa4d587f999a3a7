//! `cargo xtask setup`: what the builds take, found or installed.
//!
//! The driver takes a compiler for its target. The simulator takes what Unicorn, which it compiles from source, takes:
//! CMake, a C compiler, make, and libclang to read Unicorn's header. Each gets one line.

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use lexopt::Arg;

use crate::{
    Error, Workspace,
    command::{exists, step},
    editor,
    extras::{self, Extra},
    packages,
    toolchain::{self, Choice, Toolchain},
};

/// Something the simulator's build takes.
struct Tool {
    name: &'static str,
    package: &'static str,
    present: fn() -> bool,
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "C compiler",
        package: "gcc",
        present: || exists("cc"),
    },
    Tool {
        name: "C library headers",
        package: "libc6-dev",
        present: || Path::new("/usr/include/stdio.h").exists(),
    },
    Tool {
        name: "make",
        package: "make",
        present: || exists("make") || exists("ninja"),
    },
    Tool {
        name: "CMake",
        package: "cmake",
        present: || exists("cmake"),
    },
    Tool {
        name: "pkg-config",
        package: "pkg-config",
        present: || exists("pkg-config"),
    },
    Tool {
        name: "libclang",
        package: "libclang-dev",
        present: libclang,
    },
];

/// `setup [--toolchain CHOICE] [--package] [--vm] [--wine]`.
///
/// # Errors
/// As [`setup`] and [`extras::provide`], and a bad command line.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    use lexopt::ValueExt;
    let mut choice = Choice::default();
    let mut asked = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("toolchain") => choice = arguments.value()?.parse()?,
            Arg::Long(name) if Extra::ALL.iter().any(|(known, _)| name == *known) => {
                let known = Extra::ALL.iter().filter(|(known, _)| name == *known);
                asked.extend(known.map(|(_, extra)| *extra));
            }
            other => return Err(other.unexpected().into()),
        }
    }
    setup(choice)?;
    for extra in asked {
        extras::provide(extra)?;
    }
    if cfg!(not(windows)) {
        editor::settle(workspace)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Finds or installs everything, and answers the compiler of the driver.
///
/// # Errors
/// [`Error::Missing`], with how to get it, for the first thing that is neither there nor to be installed.
pub fn setup(choice: Choice) -> Result<Toolchain, Error> {
    step("Setting up");
    let toolchain = toolchain::provide(choice)?;
    if cfg!(windows) {
        return Ok(toolchain);
    }
    let mut missing = Vec::new();
    for tool in TOOLS {
        if (tool.present)() {
            eprintln!("  {}: found", tool.name);
        } else {
            missing.push(tool);
        }
    }
    install(&missing)?;
    Ok(toolchain)
}

/// Installs `tools`, all at once.
fn install(tools: &[&Tool]) -> Result<(), Error> {
    if tools.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = tools.iter().map(|tool| tool.name).collect();
    let packages: Vec<&str> = tools.iter().map(|tool| tool.package).collect();
    packages::install(&names.join(", "), &packages)?;
    for tool in tools {
        if !(tool.present)() {
            return Err(Error::Missing {
                what: tool.name.to_owned(),
                how: format!(
                    "the package {} was installed and did not bring it",
                    tool.package
                ),
            });
        }
        eprintln!("  {}: installed", tool.name);
    }
    Ok(())
}

/// Whether the build scripts will find a libclang: in `LIBCLANG_PATH`, or where distributions put it.
fn libclang() -> bool {
    let named = env::var_os("LIBCLANG_PATH").map(PathBuf::from);
    let versions = Path::new("/usr/lib")
        .read_dir()
        .into_iter()
        .flatten()
        .flatten();
    let llvm = versions
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("llvm-"))
        })
        .map(|path| path.join("lib"));
    let usual = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"].map(PathBuf::from);
    named
        .into_iter()
        .chain(llvm)
        .chain(usual)
        .any(|folder| holds_libclang(&folder))
}

fn holds_libclang(folder: &Path) -> bool {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.into_iter().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name == "libclang.so" || name.starts_with("libclang.so.") || name.starts_with("libclang-")
    })
}
