//! A campaign of exploring: it goes on where the last one ended, whichever way that was.

#![cfg(feature = "sim")]

mod built;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

use built::dirql;
use serde_json::Value;

/// One that is searched to its end at once, and one that has more schedules than the first visit searches.
const SMALL: &str = "query+interrupt";
const LARGE: &str = "reconnect+interrupt";

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = format!("dirql-campaign-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(folder);
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn name(&self) -> &str {
        self.0.to_str().expect("its name is text")
    }

    /// The files of scenarios, each whole.
    fn files(&self) -> Vec<(PathBuf, Value)> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let files = entries.map(|entry| entry.path());
        let files = files.filter(|path| path.extension().is_some_and(|it| it == "json"));
        let mut files: Vec<_> = files
            .map(|path| {
                let text = fs::read_to_string(&path).expect("it is there");
                let value = serde_json::from_str(&text).expect("it is whole");
                (path, value)
            })
            .collect();
        files.sort_by(|(one, _), (other, _)| one.cmp(other));
        files
    }

    fn of(&self, scenario: &str) -> Option<Value> {
        let mut files = self.files().into_iter();
        files
            .find(|(_, it)| it["report"]["name"] == scenario)
            .map(|(_, it)| it)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn arguments<'a>(folder: &'a Folder, scenarios: &[&'a str], besides: &[&'a str]) -> Vec<&'a str> {
    let fixed = [
        "--interrupts",
        "line",
        "--jobs",
        "1",
        "--count",
        "5",
        "--state",
        folder.name(),
    ];
    [&["explore"], scenarios, &fixed, besides].concat()
}

/// A campaign that ends by itself: all is searched to its end before the time is over.
fn campaign(folder: &Folder, scenarios: &[&str], besides: &[&str]) -> Output {
    let arguments = arguments(folder, scenarios, &[&["--minutes", "20"], besides].concat());
    dirql(&arguments)
}

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refusal(output: &Output) -> String {
    assert!(matches!(output.status.code(), Some(2 | 3)), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn started(folder: &Folder, scenarios: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_dirql"))
        .args(arguments(folder, scenarios, &["--minutes", "20"]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("dirql starts")
}

#[test]
fn what_is_searched_to_its_end_is_not_searched_again() {
    let folder = Folder::new("ended");
    let first = text(&campaign(&folder, &[SMALL, "wait+close"], &[]));
    assert!(
        first.contains("of 2 scenarios 0 are searched to their end"),
        "{first}"
    );
    assert!(
        first.contains("of 2 scenarios 2 are searched to their end"),
        "{first}"
    );
    let covered = |text: &str| {
        let line = text
            .lines()
            .find(|line| line.contains("instructions of the driver"));
        line.expect("it says what was executed").to_owned()
    };
    let files = folder.files();
    let again = text(&campaign(&folder, &[SMALL, "wait+close"], &[]));
    assert!(
        !again.contains(" schedules, "),
        "nothing is visited: {again}"
    );
    assert_eq!(covered(&first), covered(&again));
    assert_eq!(files, folder.files());
    // The sum of both is what they execute together.
    let report = campaign(&folder, &[SMALL, "wait+close"], &["--format", "json"]);
    let report: Value = serde_json::from_slice(&report.stdout).expect("it is JSON");
    let plain = dirql(&[
        "explore",
        SMALL,
        "wait+close",
        "--interrupts",
        "line",
        "--format",
        "json",
    ]);
    let plain: Value = serde_json::from_slice(&plain.stdout).expect("it is JSON");
    assert!(!plain["coverage"].is_null());
    assert_eq!(report["coverage"], plain["coverage"]);
    // One more scenario is begun, and no other.
    let more = text(&campaign(
        &folder,
        &[SMALL, "wait+close", "reset+interrupt"],
        &[],
    ));
    assert!(
        more.contains("of 3 scenarios 2 are searched to their end"),
        "{more}"
    );
    assert!(more.contains("1 are not begun"), "{more}");
}

#[test]
fn a_campaign_that_is_killed_loses_what_it_was_at_and_no_more() {
    let folder = Folder::new("killed");
    let mut child = started(&folder, &[SMALL, LARGE]);
    // Both were visited once, and the large one is being visited again.
    while [SMALL, LARGE].iter().any(|it| folder.of(it).is_none()) {
        assert!(
            child.try_wait().expect("it is ours").is_none(),
            "it goes on"
        );
        thread::sleep(Duration::from_millis(20));
    }
    let other = campaign(&folder, &[SMALL], &[]);
    assert!(
        refusal(&other).contains("another campaign has this folder"),
        "{other:?}"
    );
    child.kill().expect("it is ours");
    child.wait().expect("it is ours");
    let known = [SMALL, LARGE].map(|it| folder.of(it).expect("it was visited"));
    assert_eq!(known[0]["report"]["complete"], true);
    let large = &known[1];
    if large["visits"] == 1 {
        assert_eq!(large["report"]["complete"], false);
        assert_eq!(large["drawn"], 5);
    }
    let drawn = large["drawn"].as_u64().expect("a number");

    let ended = text(&campaign(&folder, &[SMALL, LARGE], &[]));
    let begun = format!("{drawn} schedules were drawn for 1 others; 0 are not begun");
    assert!(large["visits"] != 1 || ended.contains(&begun), "{ended}");
    assert!(
        ended.contains("of 2 scenarios 2 are searched to their end"),
        "{ended}"
    );
    let after = folder.of(LARGE).expect("it was visited");
    let number = |of: &Value| of["report"]["schedules"].as_u64().expect("a number");
    assert!(
        large["visits"] != 1 || number(&after) > number(large),
        "what was run stays counted"
    );
    assert_eq!(
        Some(&known[0]),
        folder.of(SMALL).as_ref(),
        "it was not run again"
    );
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("it is there");
    assert!(text.contains(from), "{from}: {text}");
    fs::write(path, text.replace(from, to)).expect("it can be written");
}

#[test]
fn a_state_of_something_else_is_refused_until_it_is_begun_anew() {
    let folder = Folder::new("refused");
    text(&campaign(&folder, &["wait+close"], &[]));
    let files = folder.files();
    let [(path, value)] = &files[..] else {
        panic!("{files:?}");
    };
    for (besides, says) in [
        (&["--preemptions", "2"][..], "preemptions: '1' and '2'"),
        (&["--points", "api"], "points: 'access' and 'api'"),
        (&["--seed", "2"], "seed: '1' and '2'"),
        (&["--depth", "4"], "depth: '3' and '4'"),
    ] {
        let told = refusal(&campaign(&folder, &["wait+close"], besides));
        assert!(told.contains(says) && told.contains("--anew"), "{told}");
    }
    let hash = value["of"]["images"]["driver"].as_str().expect("a hash");
    let version = value["of"]["version"].as_str().expect("a version");
    for (what, from, to) in [("images", hash, "00"), ("version", version, "0.0.0")] {
        replace(path, from, to);
        let told = refusal(&campaign(&folder, &["wait+close"], &[]));
        assert!(told.contains(what) && told.contains("--anew"), "{told}");
        replace(path, &format!("\"{to}\""), &format!("\"{from}\""));
    }
    assert_eq!(folder.files(), files, "a refusal changes nothing");

    let anew = text(&campaign(
        &folder,
        &["wait+close"],
        &["--points", "api", "--anew"],
    ));
    assert!(anew.contains("0 are searched to their end"), "{anew}");
    fs::write(path, "{").expect("it can be written");
    let told = refusal(&campaign(&folder, &["wait+close"], &["--anew"]));
    assert!(told.contains("is no state of a campaign"), "{told}");
}
