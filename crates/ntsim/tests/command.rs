//! The command on guests that it has never heard of.

use std::{
    env, fs,
    path::{Path, PathBuf},
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

/// A folder of this test, with a copy of the guest `doorbell` under the name `renamed.sys`.
fn renamed(folder: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("a folder of an earlier run goes");
    }
    fs::create_dir_all(&folder).expect("a folder for the copy");
    let image = folder.join("renamed.sys");
    fs::copy(guest("doorbell"), &image).expect("the guest was built");
    image
}

fn pdb_of(name: &str) -> PathBuf {
    Path::new(&guest(name)).with_extension("pdb")
}

/// What the command says beside the run of an image.
fn said(image: &Path) -> (Option<i32>, String) {
    let output = ntsim(&[&image.to_string_lossy(), "--seeds", "1"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

#[test]
fn a_pdb_that_is_not_there_is_missed_at_each_place() {
    let image = renamed("no-pdb");
    let (code, said) = said(&image);
    assert_eq!(code, Some(0), "{said}");
    let own = image.with_extension("pdb");
    let linked = image.with_file_name("doorbell.pdb");
    let expected = format!(
        "note: reports have no lines: the PDB of the image is not at {} nor at {}; copy it there\n",
        own.display(),
        linked.display()
    );
    assert_eq!(said, expected);
}

#[test]
fn a_pdb_is_found_under_the_name_that_the_linker_recorded() {
    let image = renamed("linked-pdb");
    fs::copy(pdb_of("doorbell"), image.with_file_name("doorbell.pdb")).expect("a copy");
    assert_eq!(said(&image), (Some(0), String::new()));
}

#[test]
fn a_pdb_of_another_build_is_refused_with_both_identities() {
    let image = renamed("foreign-pdb");
    fs::copy(pdb_of("offender"), image.with_extension("pdb")).expect("a copy");
    let (code, said) = said(&image);
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("belongs to another build: the image was linked with "),
        "{said}"
    );
}
