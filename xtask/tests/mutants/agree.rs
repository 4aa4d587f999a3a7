//! Points of `access` find of a mutant what every instruction finds: the same rules, at the same places.

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

use crate::{drive::explore_all, orders::Explored};

/// The rules that count instructions or time: what they see may depend on when an instruction runs.
const TIMING: [&str; 3] = ["storm", "dirql-time", "dpc-watchdog"];

/// The mutants that are compared. The others break a rule of timing, so that each schedule that does takes long, or their
/// scenarios take minutes at every instruction where most schedules break something.
const COMPARED: [&str; 8] = [
    "acknowledge_all",
    "answered_unretrieved",
    "closed_unlocked",
    "closed_unseen",
    "lost_wake_up",
    "parked_stale",
    "partial_acknowledge",
    "raised_past_itself",
];

/// A rule, and the places that take part in what breaks it, whichever comes first.
type Broken = (String, Vec<String>);

/// What was broken, by a report.
fn broken(report: &str) -> BTreeSet<Broken> {
    let report: Value = serde_json::from_str(report).expect("the report is JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = BTreeSet::new();
    for violation in list(&report["scenarios"])
        .iter()
        .flat_map(|scenario| list(&scenario["violations"]))
    {
        let rule = text(&violation["rule"]);
        let mut places: Vec<String> = list(&violation["sites"]).iter().map(text).collect();
        places.sort_unstable();
        if !TIMING.contains(&rule.as_str()) {
            found.insert((rule, places));
        }
    }
    found
}

/// Explores the scenario of a mutant at points of either kind, all of it, and compares what is broken.
pub(crate) fn agree(image: (&Path, &Path), explored: &Explored) -> Result<String, String> {
    if !COMPARED.contains(&explored.name) {
        return Ok("not compared at every instruction".to_owned());
    }
    let of = |points| broken(&explore_all(image, explored, points));
    let (access, instruction) = (of("access"), of("instruction"));
    if access == instruction {
        Ok(format!("the same at every instruction: {access:?}"))
    } else {
        Err(format!(
            "{}, {}: at points of access {access:#?}, at every instruction {instruction:#?}",
            explored.name, explored.scenario
        ))
    }
}

#[test]
fn what_a_report_says_is_broken_is_read() {
    let report = r#"{"scenarios": [{"violations": [
        {"rule": "race", "sites": ["b.rs:2", "a.rs:1"]},
        {"rule": "storm", "sites": []}
    ]}, {"violations": [{"rule": "hang", "sites": []}]}]}"#;
    let race = ["a.rs:1", "b.rs:2"].map(str::to_owned).to_vec();
    let wanted = [("hang".to_owned(), Vec::new()), ("race".to_owned(), race)];
    assert_eq!(broken(report), BTreeSet::from(wanted));
}

#[test]
fn what_is_compared_is_explored() {
    let explored = |name: &&str| crate::orders::EXPLORED.iter().any(|it| it.name == *name);
    assert!(COMPARED.iter().all(explored));
}
