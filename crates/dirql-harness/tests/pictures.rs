//! The commands on the built driver write pictures where they are asked for, and refuse what they cannot draw. What is in a
//! picture, `tests/tests/pictures` looks at.

#![cfg(feature = "sim")]

mod built;

use std::fs;
use std::path::{Path, PathBuf};

use built::dirql;

/// A folder of a test's own, and in it the files of both pictures.
fn files(name: &str) -> (PathBuf, String, String) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("drawn")
        .join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder of test data can be written");
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (trace, page) = (file("run.pftrace"), file("run.html"));
    (folder, trace, page)
}

/// That both pictures are there, and the page is of what ran.
fn are_of(trace: &str, page: &str, title: &str) {
    let trace = fs::read(trace).expect("the trace was written");
    let page = fs::read_to_string(page).expect("the page was written");
    assert!(page.contains(&format!("<title>nothing broken: {title}</title>")));
    // The name of the track that has all others below it.
    let name = format!("dirql_driver: {title}");
    let named = trace
        .windows(name.len())
        .any(|bytes| bytes == name.as_bytes());
    assert!(named, "{name}");
}

#[test]
fn a_test_is_drawn_and_goes_as_it_goes_without() {
    let (_, trace, page) = files("run");
    let id = "query::two_queries_agree@msi/random";
    let output = dirql(&["run", id, "--perfetto", &trace, "--html", &page]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    are_of(&trace, &page, id);
}

#[test]
fn of_several_tests_that_hold_the_last_is_drawn() {
    let (_, trace, page) = files("several");
    let output = dirql(&[
        "run",
        "query::two_queries_agree@",
        "--perfetto",
        &trace,
        "--html",
        &page,
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    are_of(&trace, &page, "query::two_queries_agree@msi/random");
}

#[test]
fn the_miniport_is_drawn_too() {
    let (_, _, page) = files("video");
    let output = dirql(&["run", "video::", "--one-variant", "--html", &page]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let page = fs::read_to_string(page).expect("the page was written");
    assert!(page.contains("dirql_video") && page.contains("HwVidStartIO"));
}

#[test]
fn a_schedule_is_drawn_with_its_turns_and_its_log_is_the_same() {
    let (_, trace, page) = files("explore");
    let machine = nt_model::Config::default().token();
    let token = format!("e2:query+interrupt:{machine}:40.1");
    let without = dirql(&["explore", "--replay", &token]);
    let drawn = dirql(&[
        "explore",
        "--replay",
        &token,
        "--perfetto",
        &trace,
        "--html",
        &page,
    ]);
    assert_eq!(drawn.status.code(), Some(0), "{drawn:?}");
    assert_eq!(drawn.stdout, without.stdout, "the log and its digest");
    are_of(&trace, &page, "query+interrupt");
    let page = fs::read_to_string(page).expect("the page was written");
    assert!(page.contains(r#""turn":"40.1""#), "the turn of the token");
    assert!(
        page.contains("the host: the device raises 0x1"),
        "and the actor"
    );
}

#[test]
fn a_program_of_the_fuzzer_is_drawn() {
    let (_, trace, page) = files("fuzz");
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut programs: Vec<PathBuf> = fs::read_dir(corpus)
        .expect("there is a corpus")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    programs.sort();
    let program = programs[0].to_string_lossy().into_owned();
    let output = dirql(&[
        "fuzz",
        "--replay",
        &program,
        "--perfetto",
        &trace,
        "--html",
        &page,
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    are_of(&trace, &page, &program);
}

#[test]
fn what_cannot_be_drawn_is_refused_before_anything_runs() {
    let (folder, _, page) = files("refused");
    let missing = folder.join("no/such/folder.html");
    let missing = missing.to_string_lossy();
    for (arguments, complaint) in [
        (
            &["run", "query::", "--html", &missing][..],
            "cannot be a file",
        ),
        (
            &["run", "query::", "--target", "device", "--html", &page],
            "only a simulated machine",
        ),
        (&["fuzz", "--html", &page], "give it by --replay"),
        (
            &["explore", "query+interrupt", "--perfetto", &page],
            "give it by --replay",
        ),
    ] {
        let output = dirql(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(complaint), "{said}");
        assert!(!Path::new(&page).exists());
    }
}
