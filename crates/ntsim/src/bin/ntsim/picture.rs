//! The pictures of a run, where the command line asks for them: of the one that breaks something, else of the last.

use std::{env, fs, path::Path};

use ntsim::{Failure, Timeline, picture::Picture};

use crate::{Run, Trouble, cannot_write};

/// Options that a token stands for, or that are of no use to a run that is repeated, each with a value.
const SAID_BY_TOKEN: [&str; 6] = [
    "--seeds",
    "--token",
    "--policy",
    "--without",
    "--perfetto",
    "--html",
];

/// Writes those that are asked for.
pub(crate) fn write(
    run: &Run<'_>,
    timeline: &Timeline,
    token: &str,
    failure: Option<&Failure>,
) -> Result<(), Trouble> {
    let arguments = run.arguments;
    let title = arguments.image.display().to_string();
    let again = again(env::args(), token);
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

/// The command line that makes the run again.
fn again(arguments: impl Iterator<Item = String>, token: &str) -> String {
    let mut words = Vec::new();
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        match argument.split_once('=') {
            _ if SAID_BY_TOKEN.contains(&argument.as_str()) => drop(arguments.next()),
            Some((option, _)) if SAID_BY_TOKEN.contains(&option) => {}
            _ => words.push(quoted(&argument)),
        }
    }
    words.extend(["--token".to_owned(), quoted(token)]);
    words.join(" ")
}

/// `word` as a shell takes it for one word.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_made_again_by_its_token_alone() {
        let words = [
            "ntsim", "a b.sys", "22", "--seeds", "9", "--html=x", "--pnp", "down",
        ];
        assert_eq!(
            again(words.into_iter().map(str::to_owned), "4-b"),
            "ntsim 'a b.sys' 22 --pnp down --token 4-b"
        );
    }
}
