//! `cargo ntdriver new`: a driver to begin with, made of one of the examples.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use crate::{Error, embedded};

/// The example that is taken where none is named.
pub const DEFAULT: &str = "framework_interrupt";

/// How an example names the crates of its repository.
const CRATES: &str = "../../crates/";

/// Where a new driver takes the project's crates from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crates {
    /// The repository's address.
    Git,
    /// A clone of it.
    Clone(PathBuf),
}

/// Why a name is none for a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadName {
    /// It has another sign than small letters, digits, `-` and `_`, or begins with none of the letters.
    Sign,
    /// It has more than 64 signs: Windows calls a service by it.
    Long,
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sign => {
                "a driver's name begins with a small letter and has small letters, digits, `-` and `_`"
            }
            Self::Long => "a driver's name has at most 64 signs",
        })
    }
}

/// The names of the examples, in their order.
#[must_use]
pub fn examples() -> Vec<String> {
    let folders = embedded::examples()
        .iter()
        .filter_map(|(name, _)| Some(name.split_once('/')?.0.to_owned()));
    let mut names: Vec<String> = folders.collect();
    names.dedup();
    names
}

/// That `name` is one for a driver.
///
/// # Errors
/// Why it is not.
pub fn check(name: &str) -> Result<(), BadName> {
    let fits =
        |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || "-_".contains(sign);
    if !name.starts_with(|sign: char| sign.is_ascii_lowercase()) || !name.chars().all(fits) {
        return Err(BadName::Sign);
    }
    if name.len() > 64 {
        return Err(BadName::Long);
    }
    Ok(())
}

/// Writes a driver `name` into the new folder `at`, made of `example`.
///
/// # Errors
/// The name is none for a driver, there is no such example, or something is at `at` already: then nothing is written. A file
/// cannot be written.
pub fn write(at: &Path, name: &str, example: &str, crates: &Crates) -> Result<(), Error> {
    check(name).map_err(|bad| Error::Usage(format!("{name}: {bad}")))?;
    let folder = format!("{example}/");
    let files: Vec<(&str, &[u8])> = embedded::examples()
        .iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix(&folder)?, *bytes)))
        .collect();
    if files.is_empty() {
        return Err(Error::Usage(format!(
            "no example {example}: {}",
            examples().join(", ")
        )));
    }
    if at.exists() {
        return Err(Error::Usage(format!(
            "{} is there already: name another folder, or remove it",
            at.display()
        )));
    }
    // A library has `_` where its package has `-`, and files are named as the library.
    let library = name.replace('-', "_");
    for (within, bytes) in files {
        let to = at.join(within.replace(example, &library));
        let text = String::from_utf8_lossy(bytes);
        let text = if within == "Cargo.toml" {
            manifest(&text, example, name, crates)
        } else {
            text.replace(example, &library)
        };
        let folder = to.parent().unwrap_or(at);
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        fs::write(&to, text).map_err(Error::io(&to))?;
    }
    Ok(())
}

/// The manifest of a new driver.
fn manifest(text: &str, example: &str, name: &str, crates: &Crates) -> String {
    let mut manifest = String::new();
    for line in text.lines() {
        let line = match line.split_once(&format!("path = \"{CRATES}")) {
            Some((before, rest)) => {
                let (package, after) = rest.split_once('"').unwrap_or((rest, ""));
                match crates {
                    Crates::Git => {
                        format!("{before}git = \"{}\"{after}", env!("CARGO_PKG_REPOSITORY"))
                    }
                    Crates::Clone(clone) => {
                        let path = clone.join("crates").join(package);
                        let path = path.to_string_lossy().replace('\\', "/");
                        format!("{before}path = \"{path}\"{after}")
                    }
                }
            }
            None => line.replace(example, name),
        };
        manifest.push_str(&line);
        manifest.push('\n');
    }
    manifest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_service_cannot_have_are_refused() {
        for name in ["my_driver", "a", "edu-2"] {
            assert_eq!(check(name), Ok(()));
        }
        for name in ["", "2edu", "My", "a b", "../a", "a.sys", "-a"] {
            assert_eq!(check(name), Err(BadName::Sign), "{name}");
        }
        assert_eq!(check(&"a".repeat(65)), Err(BadName::Long));
    }

    #[test]
    fn the_default_is_one_of_the_examples() {
        assert!(examples().iter().any(|name| name == DEFAULT));
    }

    #[test]
    fn the_crates_of_the_repository_come_from_its_address_or_from_a_clone() {
        let text = "name = \"an_example\"\ndirql = { path = \"../../crates/dirql\", features = [\"wdk\"] }\n";
        let of = |crates: &Crates| manifest(text, "an_example", "my-driver", crates);
        assert_eq!(
            of(&Crates::Clone("/src/dirql".into())),
            "name = \"my-driver\"\ndirql = { path = \"/src/dirql/crates/dirql\", features = [\"wdk\"] }\n"
        );
        let git = of(&Crates::Git);
        assert!(git.contains("dirql = { git = \"https://"), "{git}");
    }
}
