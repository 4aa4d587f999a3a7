//! What only some commands take: packaging, the virtual machine, and the tests under Wine.
//!
//! A build or a run of the simulator takes none of it, so `cargo xtask setup` installs it only when asked to.

use std::{path::Path, process::Command};

use crate::{
    Error,
    command::{capture, exists},
    package::HARNESS_TARGET,
    packages,
};

/// A group of programs, by the option that asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    /// `--package`: signing, and the harness for Windows.
    Package,
    /// `--vm`: QEMU, and what makes an ISO.
    Vm,
    /// `--wine`: Wine, in which the harness for Windows is tested.
    Wine,
}

impl Extra {
    /// Every group with its option.
    pub const ALL: &[(&str, Self)] = &[
        ("package", Self::Package),
        ("vm", Self::Vm),
        ("wine", Self::Wine),
    ];

    /// Its programs, each with the Debian package that brings it.
    const fn programs(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Package => &[
                ("osslsigncode", "osslsigncode"),
                ("openssl", "openssl"),
                ("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"),
            ],
            Self::Vm => &[
                ("qemu-system-x86_64", "qemu-system-x86"),
                ("qemu-img", "qemu-utils"),
                ("xorriso", "xorriso"),
                ("cpio", "cpio"),
            ],
            Self::Wine => &[("wine64", "wine64")],
        }
    }

    /// The target that it compiles for.
    const fn target(self) -> Option<&'static str> {
        match self {
            Self::Package => Some(HARNESS_TARGET),
            // The kernel that runs the register script on QEMU's device, in ntsim's tests.
            Self::Vm => Some("x86_64-unknown-none"),
            Self::Wine => None,
        }
    }
}

/// Whether `program` is on the PATH, or where Debian keeps Wine.
#[must_use]
pub fn installed(program: &str) -> bool {
    let openssl = || capture(Command::new(program).arg("version")).is_ok();
    exists(program)
        || (program == "openssl" && openssl())
        || Path::new("/usr/lib/wine").join(program).exists()
}

/// Installs what is missing of `extra`.
///
/// # Errors
/// [`Error::Missing`] with how to get it.
pub fn provide(extra: Extra) -> Result<(), Error> {
    let missing: Vec<&(&str, &str)> = extra
        .programs()
        .iter()
        .filter(|(program, _)| !installed(program))
        .collect();
    for (program, _) in extra.programs() {
        if !missing.iter().any(|(absent, _)| absent == program) {
            eprintln!("  {program}: found");
        }
    }
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|(program, _)| *program).collect();
        let packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
        packages::install(&names.join(", "), &packages)?;
        for name in names {
            eprintln!("  {name}: installed");
        }
    }
    if let Some(target) = extra.target() {
        let add = ["target", "add", target];
        capture(Command::new("rustup").args(add)).map_err(|error| Error::Missing {
            what: format!("the target {target}"),
            how: format!("run `rustup target add {target}`, which failed here: {error}"),
        })?;
        eprintln!("  rustup's target {target}: there");
    }
    Ok(())
}
