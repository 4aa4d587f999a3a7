//! A Windows Driver Kit on Linux: a folder with its headers and its libraries, by which the images are built instead of the
//! embedded bindings.
//!
//! `--kit FOLDER` names it, or `WDKContentRoot`, which is the kit's own variable. cross/wdk-build reads the variable in each
//! build script, so both come to one thing there. [`packages`] makes such a folder from Microsoft's packages.

pub mod packages;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::Error;

/// What names a kit, to Microsoft's tools and to build scripts.
const VARIABLE: &str = "WDKContentRoot";
/// What names the port driver's library to the miniport's build script.
const VIDEOPRT: &str = "DIRQL_VIDEOPRT_LIB";
/// The package that links it.
const MINIPORT: &str = "dirql-miniport";

/// A kit, as its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kit {
    root: PathBuf,
}

impl Kit {
    /// The kit in the folder `root`.
    ///
    /// # Errors
    /// [`Error::Usage`], where there are no headers of kernel mode.
    pub fn at(root: &Path) -> Result<Self, Error> {
        let usage = |why: &str| {
            Error::Usage(format!(
                "{} is no kit: {why}; `cargo xtask setup --kit` makes one, see docs/windows.md",
                root.display()
            ))
        };
        // Build scripts run in folders of their own.
        let root = root
            .canonicalize()
            .map_err(|_| usage("there is no such folder"))?;
        let kit = Self { root };
        for (part, what) in [("Include", "headers"), ("Lib", "libraries")] {
            if kit.folder(part, "km").is_none() {
                return Err(usage(&format!(
                    "it has no {what} of kernel mode, neither in {part}/10.*/km nor in km"
                )));
            }
        }
        Ok(kit)
    }

    /// The kit that `WDKContentRoot` names; none on Windows, where `wdk-build` finds one by itself.
    ///
    /// # Errors
    /// As [`Kit::at`].
    pub fn of_the_environment() -> Result<Option<Self>, Error> {
        let named = env::var_os(VARIABLE).filter(|root| !root.is_empty());
        match named {
            Some(root) if cfg!(not(windows)) => Self::at(Path::new(&root)).map(Some),
            _ => Ok(None),
        }
    }

    /// Its root.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder `name` of the newest version in `part`, or of the root.
    fn folder(&self, part: &str, name: &str) -> Option<PathBuf> {
        let part = entry(&self.root, part).unwrap_or_else(|| self.root.clone());
        let mut versions: Vec<(Vec<u32>, PathBuf)> = fs::read_dir(&part)
            .ok()?
            .flatten()
            .filter_map(|entry| Some((version(entry.file_name().to_str()?)?, entry.path())))
            .collect();
        versions.sort();
        let versions = versions.into_iter().rev().map(|(_, path)| path);
        versions
            .chain([part])
            .find_map(|folder| entry(&folder, name).filter(|path| path.is_dir()))
    }

    /// Names the kit to cargo, which builds `package`.
    ///
    /// # Errors
    /// [`Error::Missing`], where the kit has no library of the port driver, and the package takes it.
    pub(crate) fn name(&self, command: &mut Command, package: &str) -> Result<(), Error> {
        command.env(VARIABLE, &self.root);
        if package != MINIPORT {
            return Ok(());
        }
        let library = self
            .folder("Lib", "km")
            .and_then(|km| entry(&km, "x64"))
            .and_then(|libraries| entry(&libraries, "videoprt.lib"))
            .ok_or_else(|| Error::Missing {
                what: "videoprt.lib".to_owned(),
                how: format!("the kit {} has none in its km/x64", self.root.display()),
            })?;
        command
            .args(["--features", "library"])
            .env(VIDEOPRT, library);
        Ok(())
    }
}

/// Keeps a kit that the environment names from what is built over the embedded bindings.
pub(crate) fn leave_out(command: &mut Command) {
    command.env_remove(VARIABLE).env_remove(VIDEOPRT);
}

/// What `folder` has under `name`, in whatever case.
fn entry(folder: &Path, name: &str) -> Option<PathBuf> {
    let exact = folder.join(name);
    if exact.exists() {
        return Some(exact);
    }
    let entries = fs::read_dir(folder).ok()?.flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().eq_ignore_ascii_case(name))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found.into_iter().next()
}

/// The numbers of a folder's name such as `10.0.26100.0`.
fn version(name: &str) -> Option<Vec<u32>> {
    let numbers: Vec<u32> = name
        .split('.')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    (numbers.first() == Some(&10)).then_some(numbers)
}
