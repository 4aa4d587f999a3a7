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
    for exit in dirql_harness::exit::Exit::ALL {
        let line = format!("\n  {:<3}  {}\n", exit as u8, exit.meaning());
        assert!(help.contains(&line), "{help}");
    }
}

#[test]
fn the_page_of_the_exit_codes_has_those_of_the_code() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/exit-codes.md");
    let text = std::fs::read_to_string(page).expect("docs/exit-codes.md is there");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let number: u8 = cells.get(1)?.parse().ok()?;
        (cells[2] != "-").then(|| (number, cells[2].to_owned()))
    });
    let rows: Vec<_> = rows.collect();
    let codes = dirql_harness::exit::Exit::ALL.map(|exit| (exit as u8, exit.meaning().to_owned()));
    assert_eq!(rows, codes);
    // The JSON's version stands there, too.
    let schema = format!("of its form, {} now", dirql_harness::report::SCHEMA);
    assert!(text.contains(&schema), "{text}");
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
        &["run", "--target", "device", "--uninitialized"],
        &["run", "--uninitialized", "--every-policy"],
        &[
            "fuzz",
            "--crashes",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ],
        &[
            "fuzz",
            "--collect",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ],
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

#[test]
#[cfg_attr(feature = "sim", ignore = "this build has the simulator")]
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
    fn a_policy_given_twice_with_two_values_is_refused() {
        let both = [
            "--policy",
            "disconnect_waits=yes",
            "--policy",
            "disconnect_waits=no",
        ];
        for command in ["run", "fuzz", "info"] {
            let output = dirql(&[&[command], &both[..]].concat());
            assert_eq!(code(&output), 2, "{command}: {}", stderr(&output));
            let said = stderr(&output);
            assert!(
                said.contains("disconnect_waits cannot be 'yes' and 'no'"),
                "{said}"
            );
        }
    }

    #[test]
    fn what_a_token_says_leaves_no_room_for_an_option_that_says_it_too() {
        let token = "4-r-2-l-0000000000000001";
        for option in [["--without", "race"], ["--policy", "disconnect_waits=yes"]] {
            let output = dirql(&[&["run", "--replay", token], &option[..]].concat());
            assert_eq!(code(&output), 2, "{option:?}: {}", stderr(&output));
            assert!(stderr(&output).contains(option[0]), "{}", stderr(&output));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_a_folder_is_no_program_and_is_not_waited_for() {
        let pipe = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("program.json");
        let _ = std::fs::remove_file(&pipe);
        let made = Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo is of the system").success());
        let folder = env!("CARGO_MANIFEST_DIR");
        for file in [pipe.to_str().unwrap(), folder, "/dev/zero"] {
            let output = dirql(&["fuzz", "--replay", file]);
            assert_eq!(code(&output), 3, "{file}: {}", stderr(&output));
            let said = stderr(&output);
            assert!(
                said.contains(&format!("{file}: not a regular file")),
                "{said}"
            );
        }
        let output = dirql(&["fuzz", "--replay", "no/such/program.json"]);
        assert_eq!(code(&output), 3);
        assert!(stderr(&output).contains("no/such/program.json"));
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
