//! Programs on disk: crash files, and the corpus.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::program::Program;

/// A program with what is needed to run it again. The file is JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// The version of this format: [`FORMAT`].
    pub format: u32,
    /// The rule that it broke; none for a program of the corpus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What happened then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What it shows, for the reader of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows: Option<String>,
    /// The way of the target in which it ran, `msi/random`.
    pub variant: String,
    /// The simulator's token, where it ran there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The seed of the session.
    pub seed: u64,
    /// The steps.
    pub program: Program,
}

/// The version of the format. Version 1 has no hardware errors, version 2 no causes of the device's own, version 3 no
/// request that is repeated, and their programs mean what they meant.
pub const FORMAT: u32 = 4;
const FORMATS: core::ops::RangeInclusive<u32> = 1..=FORMAT;

/// Why a file could not be read.
#[derive(Debug)]
pub enum FileError {
    /// The system refused.
    Io(PathBuf, io::Error),
    /// It is no regular file: to read a pipe or a device might never end.
    Irregular(PathBuf),
    /// The content is no program.
    Content(PathBuf, String),
}

impl core::fmt::Display for FileError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Irregular(path) => write!(f, "{}: not a regular file", path.display()),
            Self::Content(path, why) => {
                write!(f, "{} is no program of dirql fuzz: {why}", path.display())
            }
        }
    }
}

impl Saved {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`FileError`] where it is not there, is no regular file, or holds no program of this format.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let refused = |error| FileError::Io(path.into(), error);
        if !fs::metadata(path).map_err(refused)?.is_file() {
            return Err(FileError::Irregular(path.into()));
        }
        let text = fs::read_to_string(path).map_err(refused)?;
        let saved: Self = serde_json::from_str(&text)
            .map_err(|error| FileError::Content(path.into(), error.to_string()))?;
        if FORMATS.contains(&saved.format) {
            Ok(saved)
        } else {
            let why = format!(
                "its format is {}, this dirql reads {} to {FORMAT}",
                saved.format,
                FORMATS.start()
            );
            Err(FileError::Content(path.into(), why))
        }
    }

    /// Writes a file, a step a line.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let head = Self {
            program: Vec::new(),
            ..self.clone()
        };
        let head = serde_json::to_string_pretty(&head)?;
        let steps: Vec<String> = self
            .program
            .iter()
            .map(|step| serde_json::to_string(step).map(|text| format!("    {text}")))
            .collect::<Result<_, _>>()?;
        let body = format!("\"program\": [\n{}\n  ]", steps.join(",\n"));
        let text = head.replace("\"program\": []", &body);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text + "\n")
    }
}

/// The programs of a folder, in the order of their names.
///
/// # Errors
///
/// [`FileError`] where the folder or a file in it cannot be read.
pub fn corpus(folder: &Path) -> Result<Vec<(PathBuf, Saved)>, FileError> {
    let entries = fs::read_dir(folder).map_err(|error| FileError::Io(folder.into(), error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| FileError::Io(folder.into(), error))?
            .path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            paths.push(path);
        }
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| Saved::read(&path).map(|saved| (path, saved)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::generate::program;
    use crate::seed::Sequence;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("dirql-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        folder
    }

    fn saved() -> Saved {
        Saved {
            format: FORMAT,
            rule: Some("contract".into()),
            message: None,
            shows: None,
            variant: "msi/random".into(),
            token: Some("1-r".into()),
            seed: u64::MAX,
            program: program(&mut Sequence::new(8)),
        }
    }

    #[test]
    fn a_file_reads_back_as_it_was_written() {
        let folder = folder("saved");
        let path = folder.join("made/for/it.json");
        saved().write(&path).expect("the folders are made");
        assert_eq!(Saved::read(&path).expect("it is there"), saved());
        let read = corpus(path.parent().expect("it has one")).expect("the folder is there");
        assert_eq!(read, [(path, saved())]);
        fs::remove_dir_all(folder).expect("it was made above");
    }

    #[test]
    fn a_file_of_another_format_says_so() {
        let folder = folder("format");
        let path = folder.join("old.json");
        let old = Saved {
            format: 0,
            ..saved()
        };
        old.write(&path).expect("a plain file");
        let error = Saved::read(&path)
            .expect_err("format 0 is unknown")
            .to_string();
        assert!(
            error.contains("old.json") && error.contains("format is 0"),
            "{error}"
        );
        fs::remove_dir_all(folder).expect("it was made above");
    }
}
