//! Debian packages: whether they can be installed, and installing them.

use std::{process::Command, sync::OnceLock};

use crate::{
    Error,
    command::{capture, exists},
};

/// The version of `package` that apt would install, where apt knows one.
#[must_use]
pub fn candidate(package: &str) -> Option<String> {
    // An empty list, as a minimal system has, knows none.
    refresh();
    let mut policy = Command::new("apt-cache");
    let said = capture(policy.args(["policy", package]).env("LC_ALL", "C")).ok()?;
    let version = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    (version != "(none)").then(|| version.to_owned())
}

/// Installs `packages`, which provide `what`.
///
/// # Errors
/// [`Error::Missing`] with the command to run, where apt is absent, refuses, or needs rights that this user lacks.
pub fn install(what: &str, packages: &[&str]) -> Result<(), Error> {
    let by_hand = format!("sudo apt-get install {}", packages.join(" "));
    let missing = |why: String| Error::Missing {
        what: what.to_owned(),
        how: format!("{why}; install it by `{by_hand}`, or by this system's own means"),
    };
    if !exists("apt-get") {
        return Err(missing("there is no apt-get".to_owned()));
    }
    let Some(apt) = Apt::here() else {
        return Err(missing(
            "apt-get needs root, and sudo is not here or asks for a password".to_owned(),
        ));
    };
    eprintln!("  {what}: installing {}", packages.join(", "));
    let refreshed = refresh();
    // What a package would replace is the user's to give up.
    let options = ["install", "--yes", "--no-install-recommends", "--no-remove"];
    apt.call(&[&options, packages].concat()).map_err(|error| {
        let refreshing = refreshed
            .map(|said| format!("{said}\n"))
            .unwrap_or_default();
        missing(format!("{refreshing}{error}"))
    })
}

/// Refreshes the lists of packages, once in a run and where this user may, and answers what went wrong.
///
/// An outdated list fails on packages that have since been replaced; that a mirror does not answer need not matter.
fn refresh() -> Option<&'static str> {
    static REFRESHED: OnceLock<Option<String>> = OnceLock::new();
    let refreshed = REFRESHED.get_or_init(|| {
        let error = Apt::here()?.call(&["update"]).err()?;
        Some(error.to_string())
    });
    refreshed.as_deref()
}

/// `apt-get`, with the rights that it takes.
#[derive(Clone, Copy)]
enum Apt {
    Root,
    Sudo,
}

impl Apt {
    fn here() -> Option<Self> {
        let as_root = capture(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
        if as_root {
            return Some(Self::Root);
        }
        let sudo = capture(Command::new("sudo").args(["-n", "true"]));
        sudo.is_ok().then_some(Self::Sudo)
    }

    fn call(self, arguments: &[&str]) -> Result<(), Error> {
        let mut command = match self {
            Self::Root => Command::new("apt-get"),
            Self::Sudo => {
                let mut sudo = Command::new("sudo");
                sudo.args(["-n", "--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
                sudo
            }
        };
        let command = command.args(arguments);
        capture(command.env("DEBIAN_FRONTEND", "noninteractive")).map(drop)
    }
}
