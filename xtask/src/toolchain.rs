//! By which compiler the driver is built.
//!
//! rustup's compiler takes its target's precompiled `core` from rustup. Where that target cannot be had, Debian's
//! `rustc-web` compiles `core` itself from `rust-web-src`. Both use rustup's cargo and linker.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Command,
    str::FromStr,
};

use ntdriver::rustup::rustc as rustc_of_cargo;

use crate::{Error, command::capture, needs, packages};

pub use ntdriver::rustup::TARGET;

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
        Choice::Auto => rustup().or_else(|first| {
            eprintln!("  rustup's target {TARGET}: not to be had, trying Debian's compiler");
            // The user may put either right.
            debian().map_err(|second| Error::Several(vec![first, second]))
        }),
    }
}

fn rustup() -> Result<Toolchain, Error> {
    needs::rustup_target(TARGET, "cargo xtask setup")?;
    Ok(Toolchain::Rustup)
}

/// Where the package `rustc-web` puts its compiler.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// The first two numbers of a compiler's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl Version {
    /// The oldest compiler that the workspace's packages take.
    fn needed() -> Self {
        Self::parse(env!("CARGO_PKG_RUST_VERSION")).expect("Cargo.toml has a version there")
    }

    /// Reads `1.85.0+dfsg3-1~deb12u3` and `1.95`.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        let mut number = || numbers.next()?.parse().ok();
        Some(Self(number()?, number()?))
    }

    /// Reads what `rustc --version` prints.
    fn of_compiler(said: &str) -> Option<Self> {
        Self::parse(said.strip_prefix("rustc ")?)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// What can be had of Debian's compiler.
#[derive(Debug, PartialEq, Eq)]
enum Offer {
    /// It is installed, with its library's source.
    Installed,
    /// apt would install one that is new enough.
    Installable,
    /// Why it is of no use, in one line.
    Useless(String),
}

impl Offer {
    /// From the version of the installed compiler and the one that apt would install.
    fn judge(installed: Option<Version>, sources: bool, candidate: Option<Version>) -> Self {
        let needed = Version::needed();
        let found = match (installed, candidate) {
            (Some(installed), _) if installed >= needed && sources => return Self::Installed,
            (_, Some(candidate)) if candidate >= needed => return Self::Installable,
            (_, Some(candidate)) => format!("{candidate} offered by this system's archives"),
            (Some(installed), None) => format!("{installed} found"),
            (None, None) => "none found".to_owned(),
        };
        Self::Useless(format!(
            "rustc-web: {found}, {needed} needed; Debian's security archive has newer ones"
        ))
    }

    fn here() -> Self {
        let rustc = Path::new(DEBIAN_RUSTC);
        let said = capture(Command::new(rustc).arg("--version")).ok();
        let installed = said.as_deref().and_then(Version::of_compiler);
        let sources = debian_sources(rustc);
        // apt is asked where the answer matters only: it takes its time.
        let offer = Self::judge(installed, sources, None);
        if offer == Self::Installed {
            return offer;
        }
        let candidates = ["rustc-web", "rust-web-src"].map(packages::candidate);
        let candidates = candidates.map(|version| version.as_deref().and_then(Version::parse));
        // Both must be of one version.
        let candidate = candidates[0].filter(|version| candidates[1] == Some(*version));
        Self::judge(installed, sources, candidate)
    }
}

/// That Debian's compiler is here, or can be had, in a version that the workspace takes.
///
/// # Errors
/// [`Error::Missing`] with one line that says what was found and what is needed.
pub fn debian_offered() -> Result<(), Error> {
    match Offer::here() {
        Offer::Installed | Offer::Installable => Ok(()),
        Offer::Useless(why) => Err(useless(why)),
    }
}

fn useless(why: String) -> Error {
    Error::Missing {
        what: format!("Debian's compiler for {TARGET}"),
        how: why,
    }
}

fn debian() -> Result<Toolchain, Error> {
    let rustc = PathBuf::from(DEBIAN_RUSTC);
    match Offer::here() {
        Offer::Installed => eprintln!("  Debian's rustc-web and rust-web-src: found"),
        Offer::Useless(why) => return Err(useless(why)),
        Offer::Installable => {
            packages::install(
                "Debian's compiler and its library's source",
                &["rustc-web", "rust-web-src"],
            )?;
            if Offer::here() != Offer::Installed {
                return Err(Error::Missing {
                    what: format!("the library's source for {DEBIAN_RUSTC}"),
                    how: "the packages rustc-web and rust-web-src must be of one version"
                        .to_owned(),
                });
            }
            eprintln!("  Debian's rustc-web and rust-web-src: installed");
        }
    }

    let sysroot = capture(Command::new(rustc_of_cargo()).args(["--print", "sysroot"]))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_debian_and_from_the_compiler() {
        assert_eq!(
            Version::parse("1.85.0+dfsg3-1~deb12u3"),
            Some(Version(1, 85))
        );
        let said = "rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)";
        assert_eq!(Version::of_compiler(said), Some(Version(1, 96)));
        assert_eq!(Version::of_compiler("gcc 12.2.0"), None);
        assert_eq!(Version::parse("(none)"), None);
    }

    #[test]
    fn an_old_compiler_of_debian_is_not_tried_and_one_line_says_what_is_needed() {
        let old = Some(Version(1, 85));
        let needed = Version::needed();
        let useless = |found: &str| {
            Offer::Useless(format!(
                "rustc-web: {found}, {needed} needed; Debian's security archive has newer ones"
            ))
        };
        let offered = useless("1.85 offered by this system's archives");
        assert_eq!(Offer::judge(None, false, old), offered);
        assert_eq!(Offer::judge(old, true, old), offered);
        assert_eq!(Offer::judge(old, true, None), useless("1.85 found"));
        assert_eq!(Offer::judge(None, false, None), useless("none found"));
        // A new compiler without the source it compiles `core` from cannot build either.
        assert_eq!(
            Offer::judge(Some(needed), false, None),
            useless(&format!("{needed} found"))
        );
    }

    #[test]
    fn a_compiler_of_debian_that_is_new_enough_is_taken_or_installed() {
        let (old, new) = (Some(Version(1, 85)), Some(Version(1, 96)));
        assert_eq!(Offer::judge(new, true, None), Offer::Installed);
        assert_eq!(Offer::judge(None, false, new), Offer::Installable);
        assert_eq!(Offer::judge(old, true, new), Offer::Installable);
        assert_eq!(Offer::judge(new, false, new), Offer::Installable);
    }
}
