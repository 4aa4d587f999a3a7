//! Points of `access` find of a mutant what every instruction finds: the same rules, at the same places.

use std::{collections::BTreeSet, env, path::Path};

use serde_json::Value;
use xtask::{
    Workspace,
    mutant::SourceCopy,
    toolchain::{self, Choice},
};

use crate::{
    build::{DRIVER, build},
    drive::explore_all,
    orders::{EXPLORED, Explored},
    table::Catch,
};

/// The rules that count instructions or time: what they see may depend on when an instruction runs.
const TIMING: [&str; 3] = ["storm", "dirql-time", "dpc-watchdog"];

/// What ends in seconds has no more schedules than this at every instruction.
const LARGE: u32 = 10_000;

/// When a mutant is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// Wherever it is built: its scenario ends in seconds.
    Always,
    /// By hand: the scenario has at least so many schedules at every instruction in the driver itself.
    ByHand(u32),
}

/// A mutant, and a scenario that catches it, in which it is compared.
#[derive(Clone, Copy, Debug)]
struct Compared {
    name: &'static str,
    scenario: &'static str,
    interrupt: &'static str,
    when: When,
}

const fn always(name: &'static str, scenario: &'static str) -> Compared {
    Compared {
        name,
        scenario,
        interrupt: "line",
        when: When::Always,
    }
}

const fn by_message(compared: Compared) -> Compared {
    Compared {
        interrupt: "message",
        ..compared
    }
}

const fn by_hand(name: &'static str, scenario: &'static str, schedules: u32) -> Compared {
    Compared {
        when: When::ByHand(schedules),
        ..always(name, scenario)
    }
}

/// Two requests that add, and count their closures.
const TWO_CLOSURES: &str = "pair/synchronize+synchronize+interrupt";

/// Every mutant of the table of orders that one preemption catches by what is no rule of timing.
const COMPARED: &[Compared] = &[
    by_message(always("acknowledge_all", "interrupt+interrupt")),
    always("answered_unretrieved", "wait+cancel+interrupt"),
    always("claim-ignored", "pshed-synchronize-adopted+error"),
    always("closed_unlocked", "wait+close"),
    always("closed_unseen", "wait+close"),
    always("disconnect_not_waited", "interrupt+stop"),
    always("late_again", "interrupt+restart"),
    always("lost_wake_up", "wait+interrupt"),
    always("parked_stale", "inactive+interrupt"),
    by_message(always("partial_acknowledge", "raise+interrupt")),
    always("raised_past_itself", "raise+interrupt"),
    always("refused_uncounted", "pshed-synchronize-adopted+error"),
    always("unmapped_first", "interrupt+surprise"),
    by_hand("added_in_two", TWO_CLOSURES, 30_492),
    by_hand("counted_apart", TWO_CLOSURES, 30_492),
    by_hand("counted_unlocked", TWO_CLOSURES, 30_492),
    by_hand("live_early", "interrupt+down+up", 18_887),
    by_hand("published_early", "query+reconnect+interrupt", 17_341),
    by_hand(
        "reconnect_unsettled",
        "pair/wait+reconnect+interrupt",
        26_988,
    ),
    by_hand(
        "revoke_skipped",
        "pair/synchronize+reconnect+interrupt",
        18_280,
    ),
    by_hand("scan_ended", "wait+wait+cancel+interrupt", 10_417),
    by_hand("thread_unjoined", "stress-quiet+close+remove", 23_590),
    by_hand("unsettled", "wait+interrupt+down", 33_266),
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

/// Explores a scenario of a mutant at points of either kind, all of it, and compares what is broken.
fn compare(image: (&Path, &Path), compared: &Compared) -> Result<String, String> {
    let Compared {
        name,
        scenario,
        interrupt,
        ..
    } = compared;
    let of = |points| broken(&explore_all(image, scenario, interrupt, points));
    let (access, instruction) = (of("access"), of("instruction"));
    if access.is_empty() {
        Err(format!("{name}, {scenario}: nothing but timing is broken"))
    } else if access == instruction {
        Ok(format!(
            "{scenario}: the same at every instruction: {access:?}"
        ))
    } else {
        Err(format!(
            "{name}, {scenario}: at points of access {access:#?}, at every instruction {instruction:#?}"
        ))
    }
}

/// Compares a mutant where that ends in seconds.
pub(crate) fn agree(image: (&Path, &Path), name: &str) -> Option<Result<String, String>> {
    let compared = COMPARED.iter().find(|it| it.name == name)?;
    (compared.when == When::Always).then(|| compare(image, compared))
}

#[test]
#[ignore = "the scenarios take minutes at every instruction"]
fn mutants_of_large_scenarios_break_the_same_at_every_instruction() {
    let wanted = env::var("DIRQL_MUTANTS").unwrap_or_default();
    let workspace = Workspace::find().unwrap();
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let copy = SourceCopy::lock(&workspace).unwrap();
    let by_hand = COMPARED.iter().filter(|it| it.when != When::Always);
    let mut different = Vec::new();
    for compared in
        by_hand.filter(|it| wanted.is_empty() || wanted.split(',').any(|name| name == it.name))
    {
        let built = build(&copy, &toolchain, (compared.name, None), &DRIVER).unwrap();
        match compare((&built.sys, &built.pdb), compared) {
            Ok(same) => println!("{}: {same}", compared.name),
            Err(why) => different.push(why),
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
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
fn every_mutant_that_no_rule_of_timing_catches_is_compared_once() {
    let of_timing =
        |it: &Explored| matches!(it.caught_by, Catch::Rule(rule) if TIMING.contains(&rule));
    for explored in EXPLORED {
        let compared = COMPARED.iter().filter(|it| it.name == explored.name);
        let at_all = explored.preemptions == 1 && !of_timing(explored);
        assert!(
            compared.clone().count() == 1 || !at_all,
            "{}",
            explored.name
        );
        assert!(compared.count() <= 1, "{}", explored.name);
    }
    let explored = |compared: &Compared| EXPLORED.iter().any(|it| it.name == compared.name);
    assert!(COMPARED.iter().all(explored));
    let large = COMPARED.iter().filter_map(|it| match it.when {
        When::Always => None,
        When::ByHand(schedules) => Some(schedules),
    });
    assert!(large.min() > Some(LARGE), "a small one is always compared");
}
