//! What commands take of the machine besides the compiler of the driver: which programs, from which Debian package.
//!
//! All that several needs lack is installed at once, and where it cannot be, one message names all of it.

use std::{path::Path, process::Command};

use ntdriver::rustup::rustc;
pub(crate) use ntdriver::rustup::target_installed;

use crate::{
    Error,
    command::{capture, exists},
    libclang,
    package::HARNESS_TARGET,
    packages,
};

/// A group of programs that a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// What Unicorn, which is compiled from source, takes.
    Simulator,
    /// libclang and clang, by which bindings are made from a kit.
    Kit,
    /// `setup --package`: signing, and the harness for Windows.
    Package,
    /// `setup --vm`: QEMU, and what makes an ISO.
    Vm,
    /// `setup --vm`: what the tests on QEMU build their guests with.
    VmTests,
    /// `setup --c`: what the guests in C, and the libraries of the miniature kit, are built with.
    C,
    /// `setup --pictures`: a browser, in which the page of a run is tested, and what Perfetto's package for Python is installed by.
    Pictures,
    /// `setup --wine`: Wine, in which the harness for Windows is tested.
    Wine,
}

/// Something that is there or not, and the Debian package that brings it.
#[derive(Debug, Clone, Copy)]
struct Tool {
    name: &'static str,
    package: &'static str,
    present: fn() -> bool,
}

impl Tool {
    const fn new(name: &'static str, package: &'static str, present: fn() -> bool) -> Self {
        Self {
            name,
            package,
            present,
        }
    }
}

const C: [Tool; 2] = [
    Tool::new("C compiler", "gcc", || exists("cc")),
    Tool::new("C library headers", "libc6-dev", || {
        Path::new("/usr/include/stdio.h").exists()
    }),
];

const SIMULATOR: [Tool; 5] = [
    C[0],
    C[1],
    Tool::new("make", "make", || exists("make") || exists("ninja")),
    Tool::new("CMake", "cmake", || exists("cmake")),
    // Unicorn's `configure` stops without it, and its CMake goes on.
    Tool::new("pkg-config", "pkg-config", || exists("pkg-config")),
];

const KIT: [Tool; 3] = [
    Tool::new("libclang", "libclang-dev", || libclang::here().is_ok()),
    // What wdk-sys compiles a file of C with, and makes a library of it.
    Tool::new("clang", "clang", || installed("clang")),
    Tool::new("llvm-lib", "llvm", || installed_quietly("llvm-lib")),
];

const PACKAGE: [Tool; 4] = [
    // The version is that of the commit.
    Tool::new("git", "git", || exists("git")),
    Tool::new("osslsigncode", "osslsigncode", || installed("osslsigncode")),
    Tool::new("openssl", "openssl", || installed("openssl")),
    Tool::new("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64", || {
        installed("x86_64-w64-mingw32-gcc")
    }),
];

const VM: [Tool; 3] = [
    Tool::new("qemu-system-x86_64", "qemu-system-x86", || {
        installed("qemu-system-x86_64")
    }),
    Tool::new("qemu-img", "qemu-utils", || installed("qemu-img")),
    Tool::new("xorriso", "xorriso", || installed("xorriso")),
];

const VM_TESTS: [Tool; 1] = [Tool::new("cpio", "cpio", || installed("cpio"))];

const CLANG: [Tool; 2] = [
    Tool::new("clang", "clang", || installed("clang")),
    Tool::new("lld-link", "lld", || installed("lld-link")),
];

const WINE: [Tool; 1] = [Tool::new("wine64", "wine64", || installed("wine64"))];

const PICTURES: [Tool; 2] = [
    Tool::new("Chromium", "chromium", || {
        ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .any(exists)
    }),
    Tool::new("venv for Python", "python3-venv", || {
        capture(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_ok()
    }),
];

impl Need {
    /// Those that are asked for by an option of `setup`, which the others need not be.
    pub const OPTIONS: &[(&str, &[Self])] = &[
        ("package", &[Self::Package]),
        ("vm", &[Self::Vm, Self::VmTests]),
        ("c", &[Self::C, Self::Kit]),
        ("wine", &[Self::Wine]),
        ("pictures", &[Self::Pictures]),
    ];

    /// The command that provides it and all that was to be had anyway.
    const fn command(self) -> &'static str {
        match self {
            Self::Simulator => "cargo xtask setup",
            Self::Package => "cargo xtask setup --package",
            Self::Vm | Self::VmTests => "cargo xtask setup --vm",
            Self::C | Self::Kit => "cargo xtask setup --c",
            Self::Wine => "cargo xtask setup --wine",
            Self::Pictures => "cargo xtask setup --pictures",
        }
    }

    const fn tools(self) -> &'static [Tool] {
        match self {
            Self::Simulator => &SIMULATOR,
            Self::Kit => &KIT,
            Self::Package => &PACKAGE,
            Self::Vm => &VM,
            Self::VmTests => &VM_TESTS,
            Self::C => &CLANG,
            Self::Wine => &WINE,
            Self::Pictures => &PICTURES,
        }
    }

    /// The target that it compiles for.
    const fn target(self) -> Option<&'static str> {
        match self {
            Self::Package => Some(HARNESS_TARGET),
            // The kernel that runs the register script on QEMU's device, in ntsim's tests.
            Self::VmTests => Some("x86_64-unknown-none"),
            Self::Simulator | Self::Kit | Self::Vm | Self::C | Self::Wine | Self::Pictures => None,
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

/// Whether `program`, which knows no `--version`, is on the PATH.
fn installed_quietly(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// That all of `need` is there, without installing any of it.
///
/// # Errors
/// [`Error::Missing`] that names all that is not, and the command that provides it.
pub fn ready(need: Need) -> Result<(), Error> {
    let absent = need.tools().iter().filter(|tool| !(tool.present)());
    let mut absent: Vec<String> = absent.map(|tool| tool.name.to_owned()).collect();
    if let Some(target) = need.target()
        && !target_installed(target)
    {
        absent.push(format!("rustup's target {target}"));
    }
    if absent.is_empty() {
        return Ok(());
    }
    Err(Error::Missing {
        what: absent.join(", "),
        how: format!("run `{}`", need.command()),
    })
}

/// Finds or installs all of `needs`, and says on standard error what it did.
///
/// # Errors
/// [`Error::Missing`], or [`Error::Several`], with how to get what is neither there nor to be installed.
pub fn provide(needs: &[Need]) -> Result<(), Error> {
    if cfg!(windows) {
        return Ok(());
    }
    let mut errors = Vec::new();
    errors.extend(programs(needs).err());
    for need in needs {
        if let Some(target) = need.target() {
            errors.extend(rustup_target(target, need.command()).err());
        }
    }
    Error::all(errors)
}

/// Finds or installs the programs, all that are missing at once.
fn programs(needs: &[Need]) -> Result<(), Error> {
    // What only the user can put right is said before anything is installed in vain.
    if needs.contains(&Need::Kit)
        && let Err(libclang::NotFound::Named(why)) = libclang::here()
    {
        return Err(Error::Missing {
            what: "libclang".to_owned(),
            how: why,
        });
    }
    let mut missing: Vec<Tool> = Vec::new();
    for tool in needs.iter().flat_map(|need| need.tools()) {
        if (tool.present)() {
            eprintln!("  {}: found", tool.name);
        } else if missing.iter().all(|other| other.name != tool.name) {
            missing.push(*tool);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|tool| tool.name).collect();
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    let command = needs
        .first()
        .map_or("cargo xtask setup", |need| need.command());
    packages::install(&names.join(", "), &packages).map_err(|error| match error {
        Error::Missing { what, how } => Error::Missing {
            what,
            how: format!("{how}; `{command}` does it where it may"),
        },
        other => other,
    })?;
    let mut errors = Vec::new();
    for tool in missing {
        if (tool.present)() {
            eprintln!("  {}: installed", tool.name);
        } else {
            errors.push(Error::Missing {
                what: tool.name.to_owned(),
                how: format!(
                    "the package {} was installed and did not bring it",
                    tool.package
                ),
            });
        }
    }
    Error::all(errors)
}

/// Finds or installs rustup's library for `target`.
pub(crate) fn rustup_target(target: &str, command: &str) -> Result<(), Error> {
    if target_installed(target) {
        eprintln!("  rustup's target {target}: found");
        return Ok(());
    }
    let missing = |how: String| Error::Missing {
        what: format!("the target {target}"),
        how,
    };
    if !exists("rustup") {
        return Err(missing(
            "rustup is not on the PATH; get it from https://rustup.rs".to_owned(),
        ));
    }
    let added = capture(Command::new("rustup").args(["target", "add", target]));
    added.map_err(|error| {
        missing(format!(
            "run `{command}`; `rustup target add {target}` failed here: {error}"
        ))
    })?;
    // rustup adds it to its own toolchain, which need not be the compiler in use, and believes its own list.
    if !target_installed(target) {
        return Err(missing(format!(
            "rustup says that it is there, and {} has no library for it",
            rustc().display()
        )));
    }
    eprintln!("  rustup's target {target}: installed");
    Ok(())
}
