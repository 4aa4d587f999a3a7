//! Where things are.

use std::{
    env,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use crate::{Error, configuration};

/// The repository and the folder that builds go to.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
    /// Whether the configuration of cargo names a target; asked once, when it is needed.
    names_target: OnceLock<bool>,
}

impl Workspace {
    /// Finds the repository that holds the current folder.
    ///
    /// # Errors
    /// The current folder is in no checkout.
    pub fn find() -> Result<Self, Error> {
        let here = env::current_dir().map_err(Error::io("."))?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("cross/linux.toml").exists())
            .ok_or_else(|| Error::Usage(format!("{} is in no checkout of dirql", here.display())))?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => here.join(folder),
            None => root.join("target"),
        };
        Ok(Self::at(root, target))
    }

    /// The repository at `root`, whose builds go to `target`.
    pub(crate) const fn at(root: PathBuf, target: PathBuf) -> Self {
        Self {
            root,
            target,
            names_target: OnceLock::new(),
        }
    }

    /// The root of the repository.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// cargo's target folder.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Whether a file of cargo's configuration names the target that cargo builds for where it is not told.
    pub(crate) fn configuration_names_target(&self) -> bool {
        *self
            .names_target
            .get_or_init(|| configuration::names_target(self))
    }
}
