//! Mutants: the project's sources, wrong in one way on purpose, to see that this is caught.
//!
//! `xtask/mutants/NAME.diff` is a mutant, as a diff without line numbers:
//!
//! ```text
//! --- driver/wait.rs
//!  what stays, for context
//! -what goes
//! +what comes
//! @@
//! -what goes elsewhere in the same file
//! ```
//!
//! What goes and what stays must stand in the file exactly once, line by line: a change of the file that a mutant does
//! not follow is an error, never another mutant.

mod copy;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{Error, Workspace};
pub use copy::{Contents, SourceCopy};

/// The folder of the diffs, from the root of the repository.
const FOLDER: &str = "xtask/mutants";
/// What the names of the diffs end in.
const EXTENSION: &str = "diff";

/// A mutant.
#[derive(Debug)]
pub struct Mutant {
    diff: PathBuf,
    hunks: Vec<Hunk>,
}

/// A replacement in one place of a file.
#[derive(Debug, Default)]
struct Hunk {
    /// The file, from the root of the repository.
    file: String,
    /// The line of the diff where it begins.
    line: usize,
    old: Vec<String>,
    new: Vec<String>,
}

impl Mutant {
    /// The names of all mutants, sorted.
    ///
    /// # Errors
    /// The folder of the diffs cannot be read.
    pub fn names(workspace: &Workspace) -> Result<Vec<String>, Error> {
        let folder = workspace.root().join(FOLDER);
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).map_err(Error::io(&folder))? {
            let path = entry.map_err(Error::io(&folder))?.path();
            if let Some(name) = path.file_stem() {
                names.push(name.to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Reads the mutant of that name.
    ///
    /// # Errors
    /// There is none, or its diff is of another form.
    pub fn read(workspace: &Workspace, name: &str) -> Result<Self, Error> {
        let diff = Path::new(FOLDER).join(name).with_extension(EXTENSION);
        let path = workspace.root().join(&diff);
        let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
        Self::parse(diff, &text)
    }

    fn parse(diff: PathBuf, text: &str) -> Result<Self, Error> {
        let mut hunks: Vec<Hunk> = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            let wrong = |why: &str| wrong(&diff, number, why.to_owned());
            if let Some(file) = line.strip_prefix("--- ") {
                hunks.push(Hunk {
                    file: file.to_owned(),
                    line: number,
                    ..Hunk::default()
                });
                continue;
            }
            let hunk = hunks
                .last_mut()
                .ok_or_else(|| wrong("a diff begins with `--- ` and a file"))?;
            if line == "@@" {
                let file = hunk.file.clone();
                hunks.push(Hunk {
                    file,
                    line: number,
                    ..Hunk::default()
                });
            } else if let Some(text) = line.strip_prefix('-') {
                hunk.old.push(text.to_owned());
            } else if let Some(text) = line.strip_prefix('+') {
                hunk.new.push(text.to_owned());
            } else if line.is_empty() || line.starts_with(' ') {
                // Editors strip the space of an empty line.
                let text = line.strip_prefix(' ').unwrap_or_default();
                hunk.old.push(text.to_owned());
                hunk.new.push(text.to_owned());
            } else {
                return Err(wrong(
                    "a line begins with a space, `-`, `+`, `@@` or `--- `",
                ));
            }
        }
        for hunk in &hunks {
            let why = if hunk.old.is_empty() {
                "nothing says where these lines come"
            } else if hunk.old == hunk.new {
                "nothing is changed here"
            } else {
                continue;
            };
            return Err(wrong(&diff, hunk.line, why.to_owned()));
        }
        Ok(Self { diff, hunks })
    }

    /// The files that the mutant changes, from the root of the repository, and the text that it gives each.
    ///
    /// # Errors
    /// What is to be replaced does not stand in a file exactly once; a file cannot be read.
    pub fn changes(&self, workspace: &Workspace) -> Result<BTreeMap<String, String>, Error> {
        let mut changes = BTreeMap::new();
        for Hunk { file, .. } in &self.hunks {
            if !changes.contains_key(file) {
                let path = workspace.root().join(file);
                let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
                changes.insert(file.clone(), self.apply(file, &text)?);
            }
        }
        Ok(changes)
    }

    /// The `text` of `file` as the mutant has it.
    fn apply(&self, file: &str, text: &str) -> Result<String, Error> {
        let mut lines: Vec<&str> = text.lines().collect();
        for hunk in self.hunks.iter().filter(|hunk| hunk.file == file) {
            let places: Vec<usize> = lines
                .windows(hunk.old.len())
                .enumerate()
                .filter(|(_, window)| *window == hunk.old)
                .map(|(place, _)| place)
                .collect();
            let [place] = places[..] else {
                let why = format!(
                    "these lines stand in {file} {} times, not once:\n{}",
                    places.len(),
                    hunk.old.join("\n")
                );
                return Err(wrong(&self.diff, hunk.line, why));
            };
            lines.splice(
                place..place + hunk.old.len(),
                hunk.new.iter().map(String::as_str),
            );
        }
        let mut text = lines.join("\n");
        text.push('\n');
        Ok(text)
    }
}

fn wrong(diff: &Path, line: usize, why: String) -> Error {
    Error::Text {
        path: diff.to_path_buf(),
        line,
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "one\n  two\none\n\nthree\n";

    fn parse(text: &str) -> Result<Mutant, String> {
        Mutant::parse("m.diff".into(), text).map_err(|error| error.to_string())
    }

    fn apply(diff: &str) -> Result<String, String> {
        parse(diff)?
            .apply("a.rs", TEXT)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn lines_go_and_come_where_their_context_is() {
        assert_eq!(
            apply("--- a.rs\n   two\n-one\n+1\n\n@@\n-three\n+3\n+4\n"),
            Ok("one\n  two\n1\n\n3\n4\n".to_owned())
        );
    }

    #[test]
    fn another_file_stays_as_it_is() {
        assert_eq!(apply("--- b.rs\n-one\n"), Ok(TEXT.to_owned()));
    }

    #[test]
    fn lines_that_stand_there_twice_or_not_at_all_are_named_with_their_file() {
        assert_eq!(
            apply("--- a.rs\n-one\n"),
            Err("m.diff:1: these lines stand in a.rs 2 times, not once:\none".to_owned())
        );
        assert_eq!(
            apply("--- a.rs\n-three\n@@\n   two\n-three\n"),
            Err("m.diff:3: these lines stand in a.rs 0 times, not once:\n  two\nthree".to_owned())
        );
    }

    #[test]
    fn a_part_of_a_line_is_no_line() {
        assert!(apply("--- a.rs\n-two\n").is_err());
    }

    #[test]
    fn a_diff_of_another_form_is_refused_by_its_line() {
        for (diff, line) in [
            ("-one\n", 1),
            ("--- a.rs\none\n", 2),
            ("--- a.rs\n-one\n@@\n+two\n", 3),
            ("--- a.rs\n one\n", 1),
        ] {
            let error = parse(diff).unwrap_err();
            assert!(error.starts_with(&format!("m.diff:{line}: ")), "{error}");
        }
    }
}
