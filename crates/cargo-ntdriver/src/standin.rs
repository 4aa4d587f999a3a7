//! The stand-ins for crates that do not work on a host without Windows: embedded in this program, unpacked by their hash.
//!
//! `wdk-build` finds a kit through Windows' registry, and `windows-future` does not compile elsewhere. A build takes the
//! stand-ins by cargo's `paths`, which replaces a package of the same name and version and leaves Cargo.lock alone. Each
//! has the dependencies of the version that it stands for, because cargo compares them.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use cargo_metadata::semver::Version;
use sha2::{Digest, Sha256};

use crate::{Error, embedded, folder};

/// A package that is stood in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandIn {
    /// The package.
    pub package: &'static str,
    /// The version that it stands for.
    pub version: &'static str,
    /// Its folder among the files.
    folder: &'static str,
}

/// Every package that is stood in for, in each version.
pub const SUPPORTED: &[StandIn] = &[
    StandIn {
        package: "wdk-build",
        version: "0.6.0",
        folder: "wdk-build",
    },
    StandIn {
        package: "windows-future",
        version: "0.3.2",
        folder: "windows-future",
    },
];

/// A version without a stand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// The package.
    pub package: String,
    /// The version that the driver's Cargo.lock has.
    pub version: String,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = SUPPORTED
            .iter()
            .filter(|known| known.package == self.package)
            .map(|known| known.version)
            .collect();
        write!(
            f,
            "the driver is locked to {} {}, which has no stand-in on this host; those with one: {}. \
             Name one of these in Cargo.toml and run `cargo update`",
            self.package,
            self.version,
            known.join(", ")
        )
    }
}

/// The stand-ins for what `locked` names, as pairs of a package and its version.
///
/// # Errors
/// A package that is stood in for has a version that is not.
pub fn choose<'a>(
    locked: impl IntoIterator<Item = (&'a str, &'a Version)>,
) -> Result<Vec<StandIn>, Unsupported> {
    let mut chosen = Vec::new();
    for (package, version) in locked {
        let mut of_package = SUPPORTED
            .iter()
            .filter(|known| known.package == package)
            .peekable();
        if of_package.peek().is_none() {
            continue;
        }
        let version = version.to_string();
        match of_package.find(|known| known.version == version) {
            Some(known) => chosen.push(*known),
            None => {
                return Err(Unsupported {
                    package: package.to_owned(),
                    version,
                });
            }
        }
    }
    Ok(chosen)
}

impl StandIn {
    /// Its folder below the one that [`unpack`] answers.
    #[must_use]
    pub fn below(&self, unpacked: &Path) -> PathBuf {
        unpacked.join(self.folder)
    }
}

/// Unpacks the files into the user's cache, in a folder named by their hash, and answers that folder.
///
/// What is there already is used as it is: the folder gets its name when it is complete.
///
/// # Errors
/// There is no place for a cache, or it cannot be written.
pub fn unpack() -> Result<PathBuf, Error> {
    let place = cache()?.join(format!("stand-ins-{}", hash()));
    if place.exists() {
        return Ok(place);
    }
    let unfinished = place.with_extension(std::process::id().to_string());
    fs::create_dir_all(&unfinished).map_err(Error::io(&unfinished))?;
    for (name, bytes) in embedded::cross() {
        let file = unfinished.join(name);
        let folder = file.parent().unwrap_or(&unfinished);
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        fs::write(&file, bytes).map_err(Error::io(&file))?;
    }
    match fs::rename(&unfinished, &place) {
        // Another run was faster.
        Err(_) if place.exists() => {
            fs::remove_dir_all(&unfinished).map_err(Error::io(&unfinished))?;
        }
        renamed => renamed.map_err(Error::io(&place))?,
    }
    Ok(place)
}

/// The folder of this program in the user's cache.
///
/// # Errors
/// Neither `XDG_CACHE_HOME` nor `HOME` is set.
pub fn cache() -> Result<PathBuf, Error> {
    folder::ours(
        "XDG_CACHE_HOME",
        ".cache",
        "a folder for a cache",
        "set HOME or XDG_CACHE_HOME",
    )
}

/// The hash of all names and contents.
fn hash() -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in embedded::cross() {
        for part in [name.as_bytes(), bytes] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
    }
    let mut start = [0; 8];
    start.copy_from_slice(&hash.finalize()[..8]);
    format!("{:016x}", u64::from_be_bytes(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stand_in_has_the_name_and_the_version_that_it_stands_for() {
        for known in SUPPORTED {
            let name = format!("{}/Cargo.toml", known.folder);
            let (_, manifest) = embedded::cross()
                .iter()
                .find(|(known, _)| *known == name)
                .expect("a stand-in has a manifest");
            let manifest = String::from_utf8_lossy(manifest);
            assert!(manifest.contains(&format!("\nname = \"{}\"\n", known.package)));
            assert!(manifest.contains(&format!("\nversion = \"{}\"\n", known.version)));
        }
    }

    #[test]
    fn another_version_is_refused_by_name_with_those_that_have_a_stand_in() {
        let versions = [Version::new(0, 6, 0), Version::new(0, 3, 2)];
        let fitting = choose(["wdk-build", "windows-future"].into_iter().zip(&versions));
        assert_eq!(fitting.as_deref(), Ok(SUPPORTED));
        let other = Version::new(0, 7, 1);
        let refused = choose([("serde", &other), ("wdk-build", &other)]).unwrap_err();
        let said = refused.to_string();
        assert!(said.contains("wdk-build 0.7.1"), "{said}");
        assert!(said.contains("those with one: 0.6.0."), "{said}");
    }
}
