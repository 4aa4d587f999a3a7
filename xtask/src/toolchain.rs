//! By which compiler the driver is built.
//!
//! rustup's compiler takes its target's precompiled `core` from rustup. Where that target cannot be had, Debian's
//! `rustc-web` compiles `core` itself from `rust-web-src`. Both use rustup's cargo and linker.

use std::{
    path::{Path, PathBuf},
    process::Command,
    str::FromStr,
};

use crate::{
    Error,
    command::{capture, exists},
    packages,
};

/// The target of the driver.
pub const TARGET: &str = "x86_64-pc-windows-msvc";

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// rustup where its target is or can be installed, Debian otherwise.
    #[default]
    Auto,
    /// rustup or nothing.
    Rustup,
    /// Debian or nothing.
    Debian,
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "rustup" => Ok(Self::Rustup),
            "debian" => Ok(Self::Debian),
            _ => Err(format!("no toolchain {text}: it is auto, rustup or debian")),
        }
    }
}

/// A compiler that is ready for [`TARGET`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// rustup's compiler and target.
    Rustup,
    /// Debian's compiler, with the linker that rustup's compiler ships.
    Debian {
        /// `rustc` of the package `rustc-web`.
        rustc: PathBuf,
        /// `rust-lld`.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// The name in folder names and messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rustup => "rustup",
            Self::Debian { .. } => "debian",
        }
    }
}

/// Finds or installs a compiler, and says on standard error what it did.
///
/// # Errors
/// [`Error::Missing`] with the packages to install, when neither can be had or not the one that was asked for.
pub fn provide(choice: Choice) -> Result<Toolchain, Error> {
    match choice {
        Choice::Rustup => rustup(),
        Choice::Debian => debian(),
        Choice::Auto => rustup().or_else(|error| {
            eprintln!("  {error}");
            eprintln!("  rustup's target {TARGET}: not to be had, trying Debian's compiler");
            debian()
        }),
    }
}

fn rustup() -> Result<Toolchain, Error> {
    if target_installed()? {
        eprintln!("  rustup's target {TARGET}: found");
        return Ok(Toolchain::Rustup);
    }
    if !exists("rustup") {
        return Err(Error::Missing {
            what: format!("the target {TARGET}"),
            how: "rustup is not on the PATH; get it from https://rustup.rs".to_owned(),
        });
    }
    capture(Command::new("rustup").args(["target", "add", TARGET])).map_err(|error| {
        Error::Missing {
            what: format!("the target {TARGET}"),
            how: format!("run `rustup target add {TARGET}`, which failed here: {error}"),
        }
    })?;
    eprintln!("  rustup's target {TARGET}: installed");
    Ok(Toolchain::Rustup)
}

/// Whether the compiler in use has a `core` for the target.
fn target_installed() -> Result<bool, Error> {
    let folder =
        capture(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    let entries = Path::new(&folder)
        .read_dir()
        .into_iter()
        .flatten()
        .flatten();
    Ok(entries
        .into_iter()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-")))
}

/// Where the package `rustc-web` puts its compiler.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

fn debian() -> Result<Toolchain, Error> {
    let rustc = PathBuf::from(DEBIAN_RUSTC);
    if debian_sources(&rustc) {
        eprintln!("  Debian's rustc-web and rust-web-src: found");
    } else {
        packages::install(
            "Debian's compiler and its library's source",
            &["rustc-web", "rust-web-src"],
        )?;
        if !debian_sources(&rustc) {
            return Err(Error::Missing {
                what: format!("the library's source for {DEBIAN_RUSTC}"),
                how: "the packages rustc-web and rust-web-src must be of one version".to_owned(),
            });
        }
        eprintln!("  Debian's rustc-web and rust-web-src: installed");
    }

    let sysroot = capture(Command::new("rustc").args(["--print", "sysroot"]))?;
    let linker = Path::new(&sysroot).join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
    if !linker.exists() {
        return Err(Error::Missing {
            what: "rust-lld".to_owned(),
            how: format!(
                "{} should be there; install a compiler by rustup",
                linker.display()
            ),
        });
    }
    Ok(Toolchain::Debian { rustc, linker })
}

/// Whether `rustc` can compile `core` itself: its sysroot holds the library's source.
fn debian_sources(rustc: &Path) -> bool {
    let sysroot = capture(Command::new(rustc).args(["--print", "sysroot"]));
    sysroot.is_ok_and(|sysroot| {
        Path::new(&sysroot)
            .join("lib/rustlib/src/rust/library/core/Cargo.toml")
            .exists()
    })
}
