//! Ctrl-C on the built driver: what has run is told, and the exit code says that it was not all. On a terminal, progress.

#![cfg(all(feature = "sim", target_os = "linux"))]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

fn image() -> std::ffi::OsString {
    std::env::var_os("DIRQL_IMAGE").expect(
        "DIRQL_IMAGE is not set: `cargo xtask build` builds the driver image and prints its path",
    )
}

/// Starts the command, presses Ctrl-C once it has been at work for a while, and gives its exit code and its standard
/// output.
fn interrupted(args: &[&str]) -> (i32, String) {
    image();
    let mut child = Command::new(env!("CARGO_BIN_EXE_dirql"))
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command was built");
    sleep(Duration::from_secs(2));
    let signal = format!("kill -INT {}", child.id());
    let sent = Command::new("sh").args(["-c", &signal]).status();
    assert!(sent.expect("a shell").success(), "it was still at work");
    let mut text = String::new();
    let mut out = child.stdout.take().expect("it is piped");
    out.read_to_string(&mut text).expect("text");
    let status = child.wait().expect("it ends");
    (status.code().expect("no signal ends it"), text)
}

#[test]
fn a_run_that_is_interrupted_tells_what_has_run() {
    let (code, text) = interrupted(&["run", "--format", "json"]);
    assert_eq!(code, 130, "{text}");
    let object: Value = serde_json::from_str(&text).expect("the report is whole");
    assert_eq!(object["interrupted"], true);
    let summary = &object["summary"];
    let count = |name: &str| summary[name].as_u64().expect("a number");
    assert!(count("passed") > 0 && count("skipped") > 0, "{summary}");
    assert_eq!(count("failed") + count("no_verdict"), 0, "{summary}");
}

#[test]
fn the_last_line_says_that_the_run_was_interrupted() {
    let (code, text) = interrupted(&["run"]);
    assert_eq!(code, 130, "{text}");
    let last = text.lines().last().expect("a line");
    assert!(last.starts_with("interrupted: "), "{text}");
    // The tests that had not run are counted, not listed.
    let left = text.matches("the run was interrupted").count();
    assert_eq!(left, 1, "{text}");
}

#[test]
fn a_campaign_that_is_interrupted_tells_what_has_run() {
    let (code, text) = interrupted(&["fuzz", "--count", "1000000000"]);
    assert_eq!(code, 130, "{text}");
    assert!(text.contains("\nrate "), "{text}");
    assert!(text.contains("interrupted after "), "{text}");
}

#[test]
fn a_sweep_that_is_interrupted_ends() {
    let (code, _) = interrupted(&["run", "--every-policy"]);
    assert_eq!(code, 130);
}

/// What a terminal shows of a command.
fn on_a_terminal(args: &str) -> String {
    image();
    let line = format!("{} {args}", env!("CARGO_BIN_EXE_dirql"));
    let mut child = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script is of util-linux");
    let out = child.stdout.take().expect("it is piped");
    let shown = BufReader::new(out).split(b'\n').map_while(Result::ok);
    let shown: Vec<u8> = shown.flatten().collect();
    child.wait().expect("it ends");
    String::from_utf8_lossy(&shown).into_owned()
}

#[test]
fn a_replay_shows_its_progress_on_a_terminal() {
    let corpus = Path::new(env!("CARGO_TARGET_TMPDIR")).join("long.json");
    let step = r#"{"step":"advance","instructions":70}"#;
    let steps = vec![step; 20_000].join(",");
    let text = format!(r#"{{"format":2,"variant":"intx/random","seed":1,"program":[{steps}]}}"#);
    std::fs::write(&corpus, text).expect("the folder is there");
    let shown = on_a_terminal(&format!("fuzz --replay {}", corpus.display()));
    assert!(shown.contains("/20000 steps"), "{shown}");
    assert!(shown.contains("everything held"), "{shown}");
}
