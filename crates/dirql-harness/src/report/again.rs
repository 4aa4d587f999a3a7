//! The command that makes a failure happen again.

use std::path::Path;

use nt_model::command_line::quoted;

use crate::cli::{PlaceArgs, TargetKind};
use crate::run::{Record, Run};

/// How this run was called, as far as a repetition must be called so too.
#[derive(Clone, Debug)]
pub struct Again {
    start: String,
    /// Each test ran twice, with other bytes in uninitialized memory the second time.
    twice: bool,
}

impl Again {
    /// From the program's own name and its arguments. Rules and policies are not among them: a token has them. Where a wrapper started the program and says
    /// in `DIRQL_RERUN` how it wants to be called, `cargo xtask run --`, that stands instead, and
    /// the wrapper finds image and PDB again.
    #[must_use]
    pub fn new(program: &str, rerun: Option<&str>, place: &PlaceArgs) -> Self {
        Self::of("run", program, rerun, place)
    }

    /// The same for `dirql fuzz`.
    #[must_use]
    pub fn fuzz(program: &str, rerun: Option<&str>, place: &PlaceArgs) -> Self {
        Self::of("fuzz", program, rerun, place)
    }

    /// The same for `dirql explore`.
    #[cfg(feature = "sim")]
    #[must_use]
    pub fn explore(program: &str, rerun: Option<&str>, place: &PlaceArgs) -> Self {
        Self::of("explore", program, rerun, place)
    }

    /// The command, as far as it is the same for everything.
    #[cfg(feature = "sim")]
    #[must_use]
    pub fn start(self) -> String {
        self.start
    }

    fn of(command: &str, program: &str, rerun: Option<&str>, place: &PlaceArgs) -> Self {
        if let Some(rerun) = rerun {
            return Self {
                start: rerun.trim_end().to_owned(),
                twice: false,
            };
        }
        let mut start = format!("{} {command}", quoted(program));
        let mut option = |name: &str, value: &str| {
            start += " --";
            start += name;
            start += " ";
            start += &quoted(value);
        };
        if place.target != TargetKind::DEFAULT {
            option(
                "target",
                match place.target {
                    TargetKind::Sim => "sim",
                    TargetKind::Device => "device",
                },
            );
        }
        for (name, path) in [("image", &place.image), ("pdb", &place.pdb)] {
            if let Some(path) = path.as_deref().and_then(Path::to_str) {
                option(name, path);
            }
        }
        Self {
            start,
            twice: false,
        }
    }

    /// The same, of a run in which each test ran twice, with other bytes in uninitialized memory the second time.
    #[must_use]
    pub fn twice(self, twice: bool) -> Self {
        Self { twice, ..self }
    }

    /// The command for one file of a fuzzer's.
    #[must_use]
    pub fn file(&self, path: &Path) -> String {
        let path = quoted(&path.to_string_lossy());
        format!("{} --replay {path}", self.start)
    }

    /// The command for one test of a run.
    #[must_use]
    pub fn command(&self, run: &Run, record: &Record) -> String {
        let id = quoted(&record.planned.id);
        let twice = if self.twice { " --uninitialized" } else { "" };
        match &record.token {
            Some(token) => format!("{}{twice} {id} --replay {}", self.start, quoted(token)),
            None => format!("{}{twice} {id} --seed {}", self.start, run.seed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(image: Option<&str>) -> PlaceArgs {
        PlaceArgs {
            target: TargetKind::DEFAULT,
            image: image.map(Into::into),
            without: Vec::new(),
            policy: Vec::new(),
            pdb: None,
        }
    }

    #[test]
    fn the_image_is_named_again() {
        let again = Again::new("target/dirql", None, &place(Some("a b/dirql.sys")));
        assert!(again.start.starts_with("target/dirql run --image "));
        assert!(again.start.contains("a b/dirql.sys"));
        assert!(!again.start.ends_with("sys"), "the path is quoted");
    }

    #[test]
    fn a_wrapper_is_called_again_in_place_of_the_program() {
        let again = Again::new("dirql", Some("cargo xtask run --"), &place(Some("x.sys")));
        assert_eq!(again.start, "cargo xtask run --");
    }

    #[test]
    fn what_was_found_by_a_comparison_is_compared_again() {
        let again = Again::new("dirql", Some("cargo xtask run --"), &place(None)).twice(true);
        let [planned] = &crate::plan::plan(
            &crate::suites::all(),
            &crate::target::Variant::SIMULATED,
            &["query::two_queries_agree@msi/blocked".to_owned()],
        )[..] else {
            panic!("one test has this id");
        };
        let record = Record {
            planned: planned.clone(),
            outcome: crate::run::Outcome::Passed,
            duration: core::time::Duration::ZERO,
            token: Some("4-b-2-m-0000000000000001".to_owned()),
        };
        assert_eq!(
            again.command(&Run::empty("sim", 1), &record),
            "cargo xtask run -- --uninitialized query::two_queries_agree@msi/blocked --replay 4-b-2-m-0000000000000001"
        );
    }

    #[cfg(unix)]
    #[test]
    fn quoting_survives_quotes() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("wait::x@msi/random"), "wait::x@msi/random");
        assert_eq!(quoted(""), "''");
    }
}
