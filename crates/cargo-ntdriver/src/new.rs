//! `cargo ntdriver new`: a driver to begin with, made of one of the examples.

use std::{
    fmt, fs,
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
};

use crate::{Error, embedded};

/// The example that is taken where none is named.
pub const DEFAULT: &str = "framework_interrupt";

/// A request of each example, as `ntsim` takes it: the control code, its input and the length of the reply.
pub const REQUEST: &str = "222004 01000000 4";

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
            named(&text, example, &library, fresh)
        };
        let folder = to.parent().unwrap_or(at);
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        fs::write(&to, text).map_err(Error::io(&to))?;
    }
    Ok(())
}

/// The text of an example's file in a driver whose library is `library`: with its names, and with identifiers of its own.
fn named(text: &str, example: &str, library: &str, mut fresh: impl FnMut() -> u128) -> String {
    let spoken = |name: &str| name.replace('_', " ");
    // A type of the sources may have the same name.
    let quoted = |name: &str| format!("\"{}\"", title(name));
    // An acronym is written as one in descriptions.
    let described = spoken(example).replace("wdm", "WDM");
    let text = text
        .replace(example, library)
        .replace(&quoted(example), &quoted(library))
        .replace(&format!("{described} example"), &spoken(library));
    let lines = text.lines().map(|line| {
        if let Some((before, _)) = line.split_once("ClassGuid   = {") {
            let digits = format!("{:032x}", fresh());
            let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
            format!("{before}ClassGuid   = {{{}}}\n", parts.join("-"))
        } else if let Some((before, _)) = line.split_once("structure::guid((") {
            // As many bits as there is room for on a line.
            let digits = format!("{:032X}", fresh());
            let parts = [0..4, 4..8, 8..12, 12..16].map(|part| &digits[part]);
            let [high, low, second, third] = parts;
            format!(
                "{before}structure::guid((0x{high}_{low}, 0x{second}, 0x{third}, [0x80, 0, 0, 0, 0, 0, 0, 0]));\n"
            )
        } else {
            format!("{line}\n")
        }
    });
    lines.collect()
}

/// `a_name` as `AName`.
fn title(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut signs = word.chars();
        let first = signs.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(signs).collect::<String>()
    });
    words.collect()
}

/// The bits of a GUID that nothing else has: of version 4, which are random.
fn fresh() -> u128 {
    let random = || u128::from(RandomState::new().hash_one(0));
    let bits = random() << 64 | random();
    bits & !(0xF << 76 | 0x3 << 62) | 4 << 76 | 2 << 62
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
    fn a_driver_has_names_and_identifiers_of_its_own() {
        let text = "ClassGuid   = {d7a3b5c1-0f44-4c6e-9a0e-5a1c7f2b8e63}\nClassName = \"WdmRoutines\"\n\
            DiskName = \"WDM routines example disk\"\n    let interface = structure::guid((1, 2, 3, [4]));\n";
        let bits = 0x0123_4567_89ab_4def_8123_4567_89ab_cdef;
        assert_eq!(
            named(text, "wdm_routines", "my_driver", || bits),
            "ClassGuid   = {01234567-89ab-4def-8123-456789abcdef}\nClassName = \"MyDriver\"\n\
             DiskName = \"my driver disk\"\n    let interface = structure::guid((0x0123_4567, 0x89AB, 0x4DEF, \
             [0x80, 0, 0, 0, 0, 0, 0, 0]));\n"
        );
        let (one, other) = (fresh(), fresh());
        assert_ne!(one, other);
        assert_eq!((one >> 76 & 0xF, one >> 62 & 3), (4, 2), "{one:032x}");
        for example in examples() {
            for (name, bytes) in embedded::examples() {
                let Some(within) = name.strip_prefix(&format!("{example}/")) else {
                    continue;
                };
                let text = String::from_utf8_lossy(bytes);
                let own = named(&text, &example, "mine", fresh);
                let of_inf = Path::new(within)
                    .extension()
                    .is_some_and(|ending| ending == "inx");
                assert!(
                    !of_inf || !own.to_lowercase().contains("example disk"),
                    "{own}"
                );
                assert!(!of_inf || !own.contains(&title(&example)), "{own}");
            }
        }
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
