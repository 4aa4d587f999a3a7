//! The folders of this program among the user's, where the XDG Base Directory Specification has them.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::Error;

/// The folder that `variable` leads to, or else `under` in the user's home.
///
/// # Errors
/// Neither is set: `what` is missing, and `how` says what to do.
pub(crate) fn ours(variable: &str, under: &str, what: &str, how: &str) -> Result<PathBuf, Error> {
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    named(variable)
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| Some(Path::new(&named("HOME")?).join(under)))
        .map(|folder| folder.join("ntdriver"))
        .ok_or_else(|| Error::Missing {
            what: what.to_owned(),
            how: how.to_owned(),
        })
}
