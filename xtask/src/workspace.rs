//! Where things are.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use crate::{Error, configuration};

/// Whether the emulator's build refuses to work in a folder: it is a script of make's, to which spaces and colons part names.
fn refused(folder: &Path) -> bool {
    cfg!(unix)
        && folder
            .to_string_lossy()
            .contains(|sign: char| sign.is_whitespace() || sign == ':')
}

/// A folder for the builds that would go to `target`, in the user's cache.
///
/// # Errors
/// There is no cache, or its path has such signs too.
fn without_spaces(
    target: &Path,
    cache: Option<OsString>,
    home: Option<OsString>,
) -> Result<PathBuf, Error> {
    let cache = cache
        .filter(|cache| !cache.is_empty())
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&home?).join(".cache")))
        .filter(|cache| cache.is_absolute() && !refused(cache));
    let Some(cache) = cache else {
        return Err(Error::Usage(format!(
            "{} has spaces or colons in its path, which the build of the emulator refuses; set CARGO_TARGET_DIR to a folder without",
            target.display()
        )));
    };
    let name: String = target
        .to_string_lossy()
        .chars()
        .flat_map(|sign| match sign {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '.' => vec![sign],
            '/' => vec!['_', '_'],
            other => format!("_{:x}_", u32::from(other)).chars().collect(),
        })
        .collect();
    Ok(cache.join("dirql").join(name))
}

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
        let target = if refused(&target) {
            let elsewhere =
                without_spaces(&target, env::var_os("XDG_CACHE_HOME"), env::var_os("HOME"))?;
            eprintln!(
                "builds go to {}: that of the emulator refuses a path with spaces or colons",
                elsewhere.display()
            );
            elsewhere
        } else {
            target
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn builds_of_a_checkout_with_spaces_go_to_a_folder_of_their_own_in_the_cache() {
        let home = Some(OsString::from("/home/author"));
        let folder = |target: &str| without_spaces(Path::new(target), None, home.clone()).unwrap();
        let one = folder("/src/a path/dirql/target");
        assert_eq!(
            one,
            Path::new("/home/author/.cache/dirql/__src__a_20_path__dirql__target")
        );
        assert!(!refused(&one));
        assert_ne!(one, folder("/src/a_path/dirql/target"));
        assert_ne!(one, folder("/src/a/path/dirql/target"));
    }

    #[test]
    fn only_paths_that_part_names_are_refused() {
        for path in ["/src/a path/target", "/src/a:b/target", "/src/a\tb"] {
            assert!(refused(Path::new(path)), "{path}");
        }
        assert!(!refused(Path::new("/src/dirql-1.0_x/target")));
    }

    #[test]
    fn a_cache_with_spaces_is_of_no_use_and_the_message_says_what_is() {
        let cache = Some(OsString::from("/home/an author/.cache"));
        let error = without_spaces(Path::new("/a b/target"), cache, None).unwrap_err();
        assert!(error.to_string().contains("CARGO_TARGET_DIR"), "{error}");
    }
}
