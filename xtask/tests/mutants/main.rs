//! Mutants of the driver, each wrong in one way: every one is caught, and the driver itself is not.
//!
//! A mutant is compiled into the folder that the driver is compiled in, inspected (which refuses it for its mark), and
//! driven by the harness, seed after seed. The table says which tests drive it, how many seeds it may survive, and by
//! what it is caught. The driver passes the same tests on the same seeds.
//!
//! `DIRQL_MUTANTS=name,name` tests some of them.

mod table;
mod video;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Instant,
};

use xtask::{
    Workspace,
    compile::{Source, compile},
    inspect::{AllowList, Scope, Violation, inspect},
    toolchain::{self, Choice, Toolchain},
};

use table::{Catch, Entry, TABLE};

/// The harness, which `cargo test` builds beside this package's own command.
fn harness() -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_xtask"));
    let path = beside.with_file_name(format!("dirql{}", env::consts::EXE_SUFFIX));
    assert!(
        path.exists(),
        "{} is missing: `cargo build --profile host -p dirql-harness` builds it",
        path.display()
    );
    path
}

/// What the harness says of an image: whether every test passed, and its report.
struct Verdict {
    passed: bool,
    report: String,
}

/// Drives the image by the tests that fit a filter.
fn drive(sys: &Path, pdb: &Path, filters: &[&str], seed: u64) -> Verdict {
    drive_in(&[], sys, pdb, filters, seed)
}

/// The same, with more in the environment.
fn drive_in(
    environment: &[(&str, &Path)],
    sys: &Path,
    pdb: &Path,
    filters: &[&str],
    seed: u64,
) -> Verdict {
    let output = Command::new(harness())
        .args(["run", "--format", "json", "--seed", &seed.to_string()])
        .arg("--image")
        .arg(sys)
        .arg("--pdb")
        .arg(pdb)
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
    fn is(self, message: &str) -> bool {
        match self {
            Self::Rule(rule) => message
                .strip_prefix(rule)
                .is_some_and(|rest| rest.starts_with(": ")),
            Self::Invariant(what) => message.starts_with("contract: ") && message.contains(what),
        }
    }
}

/// A mutant's image and PDB, in files.
struct Built {
    sys: PathBuf,
    pdb: PathBuf,
}

fn build(workspace: &Workspace, toolchain: &Toolchain, entry: &Entry) -> Built {
    let output = compile(
        workspace,
        toolchain,
        Source {
            manifest: &workspace.root().join("Cargo.toml"),
            package: "dirql-driver",
            debug: false,
            bare: false,
            mutant: Some(entry.mutant),
        },
    )
    .unwrap_or_else(|error| panic!("{}: {error}", entry.name()));
    let violations = inspect(&output.image, &AllowList::of_the_driver(), Scope::Release);
    assert!(
        violations
            .iter()
            .any(|violation| matches!(violation, Violation::Mutant(_))),
        "{}: the inspection does not refuse it as a mutant: {violations:?}",
        entry.name()
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    fs::create_dir_all(&folder).unwrap();
    let built = Built {
        sys: folder.join(entry.name()).with_extension("sys"),
        pdb: folder.join(entry.name()).with_extension("pdb"),
    };
    fs::write(&built.sys, output.image).unwrap();
    fs::write(&built.pdb, output.pdb).unwrap();
    built
}

/// Drives a mutant until it is caught, and says by which seed and message; what it was told instead, where it was not.
fn judge(entry: &Entry, built: &Built) -> Result<String, String> {
    judge_by(entry, |seed| {
        let mut words = entry.tests.to_vec();
        if matches!(entry.caught_by, Catch::Invariant(_)) {
            // The detector of races sees many a defect first; the invariant has to see it, too.
            words.extend(["--without", "race"]);
        }
        drive(&built.sys, &built.pdb, &words, seed)
    })
}

/// The same, for whoever drives it.
fn judge_by(entry: &Entry, drive: impl Fn(u64) -> Verdict) -> Result<String, String> {
    let mut other = Vec::new();
    for seed in 1..=entry.seeds {
        let verdict = drive(seed);
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
        entry.name(),
        entry.defect,
        entry.seeds,
        entry.tests,
        entry.caught_by
    ))
}

/// The entries that this run is about.
fn entries() -> Vec<&'static Entry> {
    let wanted = env::var("DIRQL_MUTANTS").unwrap_or_default();
    let wanted: Vec<&str> = wanted.split(',').filter(|name| !name.is_empty()).collect();
    let entries: Vec<_> = TABLE
        .iter()
        .filter(|entry| wanted.is_empty() || wanted.contains(&entry.name()))
        .collect();
    assert!(!entries.is_empty(), "no mutant is called {wanted:?}");
    entries
}

#[test]
fn every_mutant_is_caught_and_the_driver_is_not() {
    let workspace = Workspace::find().unwrap();
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let entries = entries();
    let began = Instant::now();

    let survivors: Vec<String> = std::thread::scope(|scope| {
        // One is driven while the next is built.
        let mut judges = Vec::new();
        let mut newest: Option<(&str, Arc<Built>)> = None;
        for entry in &entries {
            // A mutant may stand in several entries, one after the other.
            let built = match newest.take() {
                Some((name, built)) if name == entry.name() => built,
                _ => Arc::new(build(&workspace, &toolchain, entry)),
            };
            newest = Some((entry.name(), Arc::clone(&built)));
            judges.push(scope.spawn(move || judge(entry, &built)));
        }
        let mut survivors = Vec::new();
        for (entry, judge) in entries.iter().zip(judges) {
            match judge.join().expect("a judge does not panic") {
                Ok(caught) => println!("{}: {caught}", entry.name()),
                Err(survived) => survivors.push(survived),
            }
        }
        survivors
    });
    println!(
        "{} entries in {:.0} s",
        entries.len(),
        began.elapsed().as_secs_f32()
    );
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));

    let [sys, pdb] = ["DIRQL_IMAGE", "DIRQL_PDB"].map(|name| {
        PathBuf::from(env::var_os(name).unwrap_or_else(|| {
            panic!("{name} is not set: run this by `cargo xtask test`, or as `cargo xtask build` prints")
        }))
    });
    let most = entries.iter().map(|entry| entry.seeds).max().unwrap_or(0);
    for seed in 1..=most {
        let mut tests: Vec<&str> = entries
            .iter()
            .filter(|entry| seed <= entry.seeds)
            .flat_map(|entry| entry.tests.iter().copied())
            .collect();
        tests.sort_unstable();
        tests.dedup();
        let verdict = drive(&sys, &pdb, &tests, seed);
        assert!(verdict.passed, "the driver itself: {}", verdict.report);
    }
    println!(
        "with the driver itself: {:.0} s",
        began.elapsed().as_secs_f32()
    );
}
