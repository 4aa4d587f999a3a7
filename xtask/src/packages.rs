//! Debian packages: whether they can be installed, and installing them.

use std::process::Command;

use crate::{
    Error,
    command::{capture, exists},
};

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
    let as_root = is_root();
    if !as_root && capture(Command::new("sudo").args(["-n", "true"])).is_err() {
        return Err(missing(
            "apt-get needs root, and sudo asks for a password".to_owned(),
        ));
    }
    eprintln!("  {what}: installing {}", packages.join(", "));
    let apt = |arguments: &[&str]| {
        let mut command = if as_root {
            Command::new("apt-get")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
            sudo
        };
        capture(
            command
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    // An outdated list fails on packages that have since been replaced, so it is refreshed first; that a mirror
    // does not answer need not matter.
    let refreshed = apt(&["update"]);
    match apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat()) {
        Ok(_) => Ok(()),
        Err(error) => {
            let refreshing = refreshed
                .err()
                .map(|error| format!("{error}\n"))
                .unwrap_or_default();
            Err(missing(format!("{refreshing}{error}")))
        }
    }
}

fn is_root() -> bool {
    capture(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}
