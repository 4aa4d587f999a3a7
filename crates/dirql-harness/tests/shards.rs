//! Shares of an exploration: each runs its own schedules, and their sum is the whole.

#![cfg(feature = "sim")]

mod built;

use std::{
    fs,
    path::{Path, PathBuf},
};

use built::dirql;
use serde_json::Value;

/// Scenarios of a second or two.
const SCENARIOS: [&str; 4] = [
    "query+interrupt",
    "interrupt+restart",
    "video-medium+interrupt",
    "wait+close",
];
const SHARES: u32 = 3;

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("dirql-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Explores with these arguments besides, and keeps the report.
fn explore(arguments: &[&str], file: &Path) -> Value {
    let all = [
        &["explore"],
        &SCENARIOS[..],
        &["--interrupts", "line", "--format", "json"],
        arguments,
    ];
    let output = dirql(&all.concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    fs::write(file, &output.stdout).expect("the folder is there");
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

/// A round of all shares; behind another one, where that is named.
fn round(folder: &Folder, name: &str, before: &[String]) -> Vec<String> {
    let explore = |number| {
        let file = folder.0.join(format!("{name}-{number}.json"));
        let shard = format!("{number}/{SHARES}");
        let mut arguments = vec!["--shard", &shard];
        if !before.is_empty() {
            arguments.push("--conflicts");
            arguments.extend(before.iter().map(String::as_str));
        }
        explore(&arguments, &file);
        file.display().to_string()
    };
    (1..=SHARES).map(explore).collect()
}

fn merge(files: &[String]) -> Result<Value, String> {
    let mut arguments = vec!["merge"];
    arguments.extend(files.iter().map(String::as_str));
    let output = dirql(&arguments);
    match output.status.code() {
        Some(0) => Ok(serde_json::from_slice(&output.stdout).expect("it is JSON")),
        Some(2) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        other => panic!("{other:?}: {output:?}"),
    }
}

/// What the search of a scenario has come to, behind the last time that it began anew, and without the times.
fn sums(scenario: &Value) -> Vec<(&'static str, Value)> {
    let number = |of: &Value, field: &str| of[field].as_u64().expect("a number");
    let mut sums = Vec::new();
    for field in ["schedules", "choices", "instructions"] {
        let all = number(scenario, field) - number(&scenario["before_anew"], field);
        sums.push((field, Value::from(all)));
    }
    for field in [
        "name",
        "machine",
        "points",
        "offered",
        "taken",
        "conflicts",
        "complete",
        "violations",
        "coverage",
    ] {
        assert!(!scenario[field].is_null(), "{field}");
        sums.push((field, scenario[field].clone()));
    }
    sums
}

#[test]
fn the_sum_of_all_shares_is_the_whole() {
    let folder = Folder::new("shares");
    let whole = explore(&[], &folder.0.join("whole.json"));
    let first = round(&folder, "first", &[]);
    let second = round(&folder, "second", &first);
    let merged = merge(&second).expect("two rounds are enough for these");
    let scenarios = |of: &Value| of["scenarios"].as_array().expect("a list").clone();
    let (one, other) = (scenarios(&whole), scenarios(&merged));
    assert_eq!((one.len(), other.len()), (SCENARIOS.len(), SCENARIOS.len()));
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(sums(one), sums(other));
    }
    for field in [
        "coverage",
        "coverage_of_miniport",
        "images",
        "version",
        "points",
        "preemptions",
    ] {
        assert!(!whole[field].is_null(), "{field}");
        assert_eq!(whole[field], merged[field], "{field}");
    }
    // No share is the whole of a scenario, or nothing.
    for file in &second {
        let share: Value =
            serde_json::from_str(&fs::read_to_string(file).expect("it is there")).expect("JSON");
        for (share, whole) in scenarios(&share).iter().zip(&one) {
            let part = |of: &Value| of["taken"].as_u64().expect("a number");
            assert!(part(share) > 0 && part(share) < part(whole), "{file}");
        }
    }
}

#[test]
fn what_is_no_complete_set_of_shares_is_refused_by_name() {
    let folder = Folder::new("refused");
    let report = |name: &str, arguments: &[&str]| {
        let file = folder.0.join(name);
        let all = [
            &[
                "explore",
                "wait+close",
                "--interrupts",
                "line",
                "--format",
                "json",
            ],
            arguments,
        ];
        let output = dirql(&all.concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        fs::write(&file, &output.stdout).expect("the folder is there");
        file.display().to_string()
    };
    let one = report("1.json", &["--shard", "1/2"]);
    let two = report("2.json", &["--shard", "2/2"]);
    let api = report("api.json", &["--shard", "2/2", "--points", "api"]);
    let deeper = report("deeper.json", &["--shard", "2/2", "--preemptions", "0"]);
    let rules = report("rules.json", &["--shard", "2/2", "--without", "storm"]);
    let whole = report("whole.json", &[]);
    let third = report("third.json", &["--shard", "3/3"]);
    assert!(merge(&[two.clone(), one.clone()]).is_ok(), "in any order");
    for (files, says) in [
        (vec![&one], "there is no report of share 2/2"),
        (vec![&one, &two, &two], "share 2/2 is there twice"),
        (vec![&one, &third], "they are of different divisions"),
        (vec![&one, &api], "points: 'access' and 'api'"),
        (vec![&one, &deeper], "preemptions: '1' and '0'"),
        (vec![&one, &rules], "have different policies or rules"),
        (vec![&one, &whole], "the report is of a whole"),
    ] {
        let files: Vec<String> = files.into_iter().cloned().collect();
        let refused = merge(&files).expect_err(says);
        assert!(refused.contains(says), "{refused}");
    }
    // Another search is no round before this one.
    let output = dirql(&[
        "explore",
        "wait+close",
        "--shard",
        "1/2",
        "--conflicts",
        &api,
    ]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("is of another search than this one: points"),
        "{told}"
    );
}

#[test]
fn shares_that_there_are_none_of_are_refused() {
    for (arguments, says) in [
        (&["--shard", "0/2"][..], "a share is K/N"),
        (&["--shard", "3/2"], "a share is K/N"),
        (
            &["--shard", "1/2", "--strategy", "random"],
            "shares are of the exhaustive search",
        ),
        (&["--conflicts", "x.json"], "--shard"),
    ] {
        let output = dirql(&[&["explore", "wait+close"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(says), "{told}");
    }
}
