//! The command on guests that it has never heard of.

use std::{
    env,
    path::Path,
    process::{Command, Output},
};

#[path = "../../../tests/guests/offender/src/protocol.rs"]
#[expect(
    dead_code,
    reason = "the file is the guest's own, and this asks for one of its codes"
)]
mod protocol;

/// `IOCTL_COUNT` of the guest `doorbell`: four counters.
const COUNT: &str = "0x226008";

fn guest(name: &str) -> String {
    let guests = env::var_os("DIRQL_GUESTS").expect(
        "DIRQL_GUESTS names no folder: run these tests by `cargo xtask test`, or set it to the folder of the guests",
    );
    let image = Path::new(&guests).join(name).with_extension("sys");
    image.to_string_lossy().into_owned()
}

fn ntsim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ntsim"))
        .args(arguments)
        .output()
        .expect("the command was built")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_driver_answers_on_every_seed_and_both_kinds_of_interrupt() {
    let output = ntsim(&[&guest("doorbell"), COUNT, "", "16", "--seeds", "2"]);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    for line in lines {
        assert!(line.ends_with(": 0x00000000, 16 bytes"), "{line}");
    }
}

#[test]
fn a_broken_rule_is_told_with_its_place_and_again_by_its_token() {
    let code = format!("{:x}", protocol::breaks("pool-leak"));
    let image = guest("offender");
    let output = ntsim(&[&image, &code]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("rule pool-leak: "), "{text}");
    let token = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("replay token "))
        .expect("a token");
    let again = ntsim(&[&image, &code, "--token", token]);
    assert_eq!(stdout(&again), text);
}

#[test]
fn the_events_of_a_run_are_told_where_they_are_wanted() {
    let image = guest("doorbell");
    let without = stdout(&ntsim(&[&image, "--seeds", "1"])).lines().count();
    let with = stdout(&ntsim(&[&image, "--seeds", "1", "--events"]));
    assert!(with.lines().count() > without + 20, "{with}");
    assert!(with.contains("WdfDriverCreate("), "{with}");
}

#[test]
fn a_wrong_command_line_is_explained() {
    for arguments in [
        &[][..],
        &["a.sys", "xyz"],
        &["a.sys", "1", "123"],
        &["a.sys", "1", "", "-1"],
        &["a.sys", "--seeds", "0"],
    ] {
        let output = ntsim(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_missing_image_is_named() {
    let output = ntsim(&["no-such.sys"]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("no-such.sys"), "{said}");
}
