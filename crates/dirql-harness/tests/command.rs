//! The command as a user calls it: exit codes, messages, streams.

use std::process::{Command, Output};

fn dirql(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dirql"))
        .args(args)
        .env_remove("DIRQL_IMAGE")
        .env_remove("DIRQL_PDB")
        .env_remove("DIRQL_RERUN")
        .output()
        .expect("the command was built")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal ends it")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn help_and_version_succeed_on_standard_output() {
    for args in [&["--help"][..], &["run", "--help"], &["--version"]] {
        let output = dirql(args);
        assert_eq!(code(&output), 0, "{args:?}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty());
    }
    let help = stdout(&dirql(&["--help"]));
    for line in ["0  passed", "1  a test failed", "4  no test matched"] {
        assert!(help.contains(line), "{help}");
    }
}

#[test]
fn a_wrong_command_line_is_code_2() {
    for args in [
        &[][..],
        &["frobnicate"],
        &["run", "--format", "yaml"],
        &["run", "--seed", "many"],
        &["run", "--seed", "1", "--replay", "x"],
        &["run", "--target", "device", "--replay", "x"],
    ] {
        let output = dirql(args);
        assert_eq!(code(&output), 2, "{args:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[cfg(not(windows))]
#[test]
fn a_device_needs_windows_and_that_is_code_3() {
    for args in [
        &["run", "--target", "device"][..],
        &["info", "--target", "device"],
        &["list", "--target", "device"],
    ] {
        let output = dirql(args);
        assert_eq!(code(&output), 3, "{args:?}");
        assert!(
            stderr(&output).contains("on Windows only"),
            "{}",
            stderr(&output)
        );
        assert!(output.stdout.is_empty());
    }
}

#[cfg(not(feature = "sim"))]
#[test]
fn a_build_without_the_simulator_says_so() {
    let output = dirql(&["run", "--target", "sim"]);
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("without the simulator"));
}

#[cfg(feature = "sim")]
mod sim {
    use std::process::Stdio;

    use super::*;

    #[test]
    fn a_missing_image_is_code_3_and_says_how_to_get_one() {
        for args in [
            &["run"][..],
            &["info"],
            &["run", "--image", "no/such/file.sys"],
        ] {
            let output = dirql(args);
            assert_eq!(code(&output), 3, "{args:?}");
            let stderr = stderr(&output);
            assert!(stderr.contains("cargo xtask build"), "{stderr}");
        }
    }

    #[test]
    fn a_file_that_is_no_image_is_code_3() {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let output = dirql(&["run", "--image", manifest]);
        assert_eq!(code(&output), 3);
        assert!(
            stderr(&output).contains("Cargo.toml"),
            "{}",
            stderr(&output)
        );
    }

    #[test]
    fn a_broken_token_is_code_2() {
        let output = dirql(&["run", "--replay", "no token"]);
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains("no token"));
    }

    #[test]
    fn the_list_needs_no_image_and_takes_filters() {
        let all = dirql(&["list"]);
        assert_eq!(code(&all), 0);
        let waits = dirql(&["list", "wait::cancelled@"]);
        assert_eq!(
            stdout(&waits),
            "wait::cancelled@intx/blocked\nwait::cancelled@intx/random\n\
             wait::cancelled@msi/blocked\nwait::cancelled@msi/random\n"
        );
        assert!(stdout(&all).contains(&stdout(&waits)));
    }

    #[test]
    fn no_match_is_code_4_and_no_success() {
        let output = dirql(&["list", "no-such-test"]);
        assert_eq!(code(&output), 4);
        assert!(stderr(&output).contains("no-such-test"));
        assert!(output.stdout.is_empty());
    }

    #[test]
    fn a_reader_that_leaves_early_is_no_error() {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dirql"))
            .arg("list")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command was built");
        // Closed before the first line, so that every write fails.
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(code(&output), 0);
        assert_eq!(stderr(&output), "");
    }
}

/// A report of two tests on a device, one by the line and one by messages.
const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="dirql" tests="2" failures="1" errors="0" time="0.5">
  <testsuite name="query" tests="2" disabled="0" errors="0" failures="1" time="0.5">
    <testcase name="query::two_queries_agree@intx" classname="query" time="0.2"/>
    <testcase name="query::two_queries_agree@msi" classname="query" time="0.3">
      <failure type="contract" message="they do not"/>
    </testcase>
  </testsuite>
</testsuites>"#;

fn report(name: &str, text: &str) -> Output {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, text).unwrap();
    dirql(&["report", file.to_str().unwrap()])
}

#[test]
fn a_report_from_elsewhere_is_told_as_a_run_is() {
    let output = report("failed.xml", REPORT);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let text = stdout(&output);
    let row = text.lines().find(|line| line.contains("two_queries_agree"));
    let row = row.expect("the test has a row");
    assert!(row.contains("ok") && row.contains("FAILED"), "{text}");
    assert!(text.contains("they do not") && text.contains("1 passed, 1 failed"));

    let passed = REPORT.replace("<failure type=\"contract\" message=\"they do not\"/>", "");
    assert_eq!(code(&report("passed.xml", &passed)), 0);
}

#[test]
fn a_report_that_cannot_be_trusted_is_code_3() {
    let unknown = REPORT.replace("two_queries_agree@msi", "no_such_test@msi");
    let output = report("unknown.xml", &unknown);
    assert_eq!(code(&output), 3);
    assert!(
        stderr(&output).contains("no_such_test"),
        "{}",
        stderr(&output)
    );
    assert_eq!(code(&report("cut.xml", &REPORT[..300])), 3);
    assert_eq!(code(&dirql(&["report", "no/such/file.xml"])), 3);
}

#[test]
fn a_bugcheck_is_decoded_without_a_build_as_far_as_it_goes() {
    let output = dirql(&[
        "decode-bugcheck",
        "4452514C",
        "0x1",
        "2",
        "ffff8000`00001000",
        "0",
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("dropped above PASSIVE_LEVEL"));
    for wrong in [
        &["decode-bugcheck", "1", "2", "3", "4"][..],
        &["decode-bugcheck", "1", "2", "3", "4", "zz"],
    ] {
        assert_eq!(code(&dirql(wrong)), 2, "{wrong:?}");
    }
    let output = dirql(&[
        "decode-bugcheck",
        "1",
        "2",
        "3",
        "4",
        "5",
        "--pdb",
        "no/such.pdb",
    ]);
    assert_eq!(code(&output), 3);
}
