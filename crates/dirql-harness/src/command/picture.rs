//! Pictures of a run, where the command line asks for them: of the first that breaks something, else of the last.

use std::fs;
use std::path::{Path, PathBuf};

use nt_model::Failure;
use ntsim::picture::Picture;

use super::Trouble;
use crate::cli::PictureArgs;
use crate::target::{Recorded, SelectError};

/// What a run was, for the one who looks at its picture.
pub(super) struct Shown<'a> {
    /// A test, a scenario, a program.
    pub(super) title: &'a str,
    /// What it broke.
    pub(super) failure: Option<&'a Failure>,
    /// What makes it happen again.
    pub(super) token: Option<&'a str>,
    /// The command with it.
    pub(super) again: Option<&'a str>,
}

/// Refuses files that lie in no folder, before what is drawn in them has run for hours.
pub(super) fn check(args: &PictureArgs) -> Result<(), Trouble> {
    for (option, file) in args.files() {
        let folder = file.parent().filter(|folder| *folder != Path::new(""));
        let missing = folder.is_some_and(|folder| !folder.is_dir());
        if missing || file.is_dir() {
            let message = format!("--{option}: {} cannot be a file", file.display());
            return Err(SelectError::Usage(message).into());
        }
    }
    Ok(())
}

/// Writes them.
pub(super) fn write(
    args: &PictureArgs,
    recorded: &Recorded,
    shown: &Shown<'_>,
) -> Result<(), Trouble> {
    let picture = Picture {
        timeline: &recorded.timeline,
        image: &recorded.image,
        title: shown.title,
        failure: shown.failure,
        token: shown.token,
        again: shown.again,
    };
    if let Some(file) = &args.perfetto {
        put(file, &picture.perfetto())?;
    }
    if let Some(file) = &args.html {
        put(file, picture.html().as_bytes())?;
    }
    Ok(())
}

fn put(file: &PathBuf, bytes: &[u8]) -> Result<(), Trouble> {
    fs::write(file, bytes).map_err(|error| {
        let message = format!("{} cannot be written: {error}", file.display());
        SelectError::Missing(message).into()
    })
}
