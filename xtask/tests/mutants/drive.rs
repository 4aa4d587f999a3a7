//! Driving an image by the harness, and judging by its report what has caught a mutant.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use xtask::{Workspace, command::build_program};

use crate::{
    orders::Explored,
    table::{Catch, Entry},
};

/// The harness, built once, by the call that `cargo xtask run` makes.
fn harness() -> &'static Path {
    static HARNESS: OnceLock<PathBuf> = OnceLock::new();
    HARNESS.get_or_init(|| {
        let workspace = Workspace::find().unwrap();
        build_program(&workspace, "dirql-harness", "dirql")
            .unwrap_or_else(|error| panic!("{error}"))
    })
}

/// With what the harness runs each test twice, with other bytes in uninitialized memory.
pub(crate) const COMPARED: &[&str] = &["--uninitialized"];

/// What the harness says of an image: whether every test passed, and its report.
pub(crate) struct Verdict {
    pub(crate) passed: bool,
    pub(crate) report: String,
}

/// Drives an image by the tests that fit a filter, with options of the harness, and with more in the environment.
pub(crate) fn drive(
    environment: &[(&str, &Path)],
    (sys, pdb): (&Path, &Path),
    filters: &[&str],
    options: &[&str],
    seed: u64,
) -> Verdict {
    let output = Command::new(harness())
        .args(["run", "--format", "json", "--seed", &seed.to_string()])
        .arg("--image")
        .arg(sys)
        .arg("--pdb")
        .arg(pdb)
        .args(options)
        .args(filters)
        .envs(environment.iter().copied())
        .output()
        .expect("the harness can be started");
    let code = output.status.code();
    assert!(
        matches!(code, Some(0 | 1)),
        "{filters:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Verdict {
        passed: code == Some(0),
        report: String::from_utf8_lossy(&output.stdout).into_owned(),
    }
}

/// What the harness says of a scenario's schedules, in JSON, and whether none broke anything; an error where it could not
/// explore them.
fn schedules(
    environment: &[(&str, &Path)],
    (sys, pdb): (&Path, &Path),
    explored: &Explored,
) -> Result<Verdict, String> {
    let output = Command::new(harness())
        .args(["explore", explored.scenario, "--first"])
        .args(["--interrupts", explored.interrupt])
        .args(["--preemptions", &explored.preemptions.to_string()])
        .args(["--format", "json"])
        .arg("--image")
        .arg(sys)
        .arg("--pdb")
        .arg(pdb)
        .envs(environment.iter().copied())
        .output()
        .expect("the harness can be started");
    let code = output.status.code();
    if !matches!(code, Some(0 | 1)) {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {}\n{said}", explored.scenario, output.status));
    }
    Ok(Verdict {
        passed: code == Some(0),
        report: String::from_utf8_lossy(&output.stdout).into_owned(),
    })
}

/// What the harness says of the refusals of a workload of an image, in JSON, and whether none broke anything.
pub(crate) fn refuse((sys, pdb): (&Path, &Path), workload: &str) -> Verdict {
    let output = Command::new(harness())
        .args(["faults", workload, "--format", "json"])
        .arg("--image")
        .arg(sys)
        .arg("--pdb")
        .arg(pdb)
        .output()
        .expect("the harness can be started");
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1)), "{workload}: {output:?}");
    Verdict {
        passed: code == Some(0),
        report: String::from_utf8_lossy(&output.stdout).into_owned(),
    }
}

/// Explores a scenario of an image until a schedule breaks something, and says which one and by what; what else it came to
/// where that is not what it is caught by.
pub(crate) fn explore(
    environment: &[(&str, &Path)],
    image: (&Path, &Path),
    explored: &Explored,
) -> Result<String, String> {
    let Explored {
        name,
        scenario,
        caught_by,
        ..
    } = explored;
    let Verdict { passed, report } = schedules(environment, image, explored)?;
    let said = |field: &str| -> Vec<&str> {
        let named = format!("\"{field}\": ");
        let fields = report
            .lines()
            .filter_map(|line| line.trim().strip_prefix(&named));
        fields.map(|text| text.trim_matches([',', '"'])).collect()
    };
    let (rules, messages) = (said("rule"), said("message"));
    let is = |(rule, message): (&&str, &&str)| caught_by.is(&format!("{rule}: {message}"));
    if !passed && rules.iter().zip(&messages).any(is) {
        let count = said("schedules").first().copied().unwrap_or_default();
        let [rule, message] =
            [&rules, &messages].map(|all| all.first().copied().unwrap_or_default());
        return Ok(format!(
            "explored: {scenario}, {count} schedules, {rule}: {message}"
        ));
    }
    Err(format!(
        "{name} survives the schedules of {scenario}:\n{report}"
    ))
}

/// Explores a scenario of an image, which has nothing wrong.
pub(crate) fn explore_twin(
    environment: &[(&str, &Path)],
    image: (&Path, &Path),
    explored: &Explored,
) {
    let verdict = schedules(environment, image, explored).unwrap_or_else(|why| panic!("{why}"));
    assert!(verdict.passed, "{}: {}", explored.scenario, verdict.report);
}

/// The report of every schedule of a scenario of an image, with one preemption at points of a kind.
pub(crate) fn explore_all(
    (sys, pdb): (&Path, &Path),
    scenario: &str,
    interrupt: &str,
    points: &str,
) -> String {
    let output = Command::new(harness())
        .args([
            "explore",
            scenario,
            "--interrupts",
            interrupt,
            "--points",
            points,
        ])
        .args(["--format", "json"])
        .arg("--image")
        .arg(sys)
        .arg("--pdb")
        .arg(pdb)
        .output()
        .expect("the harness can be started");
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{scenario}: {output:?}"
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The tests that entries name, each once.
pub(crate) fn tests_of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<&'static str> {
    let mut tests: Vec<_> = entries
        .flat_map(|entry| entry.tests.iter().copied())
        .collect();
    tests.sort_unstable();
    tests.dedup();
    tests
}

/// The messages of the tests that failed, each as `rule: what happened`.
fn messages(report: &str) -> impl Iterator<Item = &str> {
    let after = report.split("\"outcome\":\"failed\"").skip(1);
    after.filter_map(|rest| {
        let (_, message) = rest.split_once("\"message\":\"")?;
        // The messages of the harness have no quotation marks but those that JSON escapes.
        let end = message
            .match_indices('"')
            .map(|(end, _)| end)
            .find(|end| !message[..*end].ends_with('\\'))?;
        Some(&message[..end])
    })
}

impl Catch {
    pub(crate) fn is(self, message: &str) -> bool {
        match self {
            Self::Rule(rule) => message
                .strip_prefix(rule)
                .is_some_and(|rest| rest.starts_with(": ")),
            Self::Invariant(what) => message.starts_with("contract: ") && message.contains(what),
            Self::Inspection(_) => false,
        }
    }

    /// How the harness looks for it. The detector of races sees many a defect first, and an invariant has to see it, too;
    /// what depends on uninitialized memory shows where two runs are compared.
    pub(crate) fn options(self) -> &'static [&'static str] {
        match self {
            Self::Rule("uninitialized") => COMPARED,
            Self::Rule(_) | Self::Inspection(_) => &[],
            Self::Invariant(_) => &["--without", "race"],
        }
    }
}

/// Has a mutant driven, with options and by a seed, until it is caught, and says by which seed and message; what it
/// was told instead, where it was not. What the inspection catches was caught when it was built.
pub(crate) fn judge(
    entry: &Entry,
    drive: impl Fn(&[&str], u64) -> Verdict,
) -> Result<String, String> {
    if let Catch::Inspection(rule) = entry.caught_by {
        return Ok(format!("inspection: {rule}"));
    }
    let mut other = Vec::new();
    for seed in 1..=entry.seeds {
        let verdict = drive(entry.caught_by.options(), seed);
        for message in messages(&verdict.report) {
            if entry.caught_by.is(message) {
                return Ok(format!("seed {seed}: {message}"));
            }
            other.push(message.to_owned());
        }
        assert!(verdict.passed || !other.is_empty(), "{}", verdict.report);
    }
    other.dedup();
    Err(format!(
        "{} ({}) survived {} seeds of {:?}; wanted {:?}, heard {other:#?}",
        entry.name, entry.defect, entry.seeds, entry.tests, entry.caught_by
    ))
}
