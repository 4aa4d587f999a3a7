//! The pictures of a run, where the command line asks for them: of the one that breaks something, else of the last.

use std::{fs, path::Path};

use ntsim::{Failure, Timeline, picture::Picture};

use crate::{Run, Trouble, again::again, cannot_write};

/// Writes those that are asked for.
pub(crate) fn write(
    run: &Run<'_>,
    timeline: &Timeline,
    token: &str,
    failure: Option<&Failure>,
) -> Result<(), Trouble> {
    let arguments = run.arguments;
    let title = arguments.image.display().to_string();
    let again = again(token);
    let picture = Picture {
        timeline,
        image: run.image,
        title: &title,
        failure,
        token: Some(token),
        again: Some(&again),
    };
    if let Some(file) = &arguments.perfetto {
        put(file, &picture.perfetto())?;
    }
    if let Some(file) = &arguments.html {
        put(file, picture.html().as_bytes())?;
    }
    Ok(())
}

fn put(file: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    fs::write(file, bytes).map_err(|error| {
        let Trouble(exit, message) = cannot_write(&error);
        Trouble(exit, format!("{}: {message}", file.display()))
    })
}
