//! What a command says of a machine that lacks what it takes: all of it, once, and how to get it.
#![cfg(target_os = "linux")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// A PATH of one folder, which holds a `rustc` without any library for a target and nothing else.
fn bare_path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("setup")
        .join(name);
    fs::create_dir_all(&folder).unwrap();
    let rustc = folder.join("rustc");
    fs::write(&rustc, "#!/bin/sh\necho /nonexistent\n").unwrap();
    fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// `cargo xtask ARGUMENTS`, which fails: what it says after `error: `.
fn refused(command: &mut Command) -> String {
    let output = command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("WDKContentRoot")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let (_, error) = said.split_once("error: ").expect("it says what is wrong");
    assert!(!error.contains("error: "), "one message is enough: {said}");
    error.to_owned()
}

fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments);
    command
}

#[test]
fn one_message_names_the_target_and_every_tool_that_is_missing() {
    let said = refused(
        xtask(&["setup", "--toolchain", "rustup", "--package"])
            .env("PATH", bare_path("everything")),
    );
    for missing in [
        "the target x86_64-pc-windows-msvc",
        "C compiler, make, CMake, pkg-config, git, osslsigncode, openssl, x86_64-w64-mingw32-gcc",
        "apt-get install gcc make cmake pkg-config git osslsigncode openssl gcc-mingw-w64-x86-64",
        "the target x86_64-pc-windows-gnu",
    ] {
        assert!(said.contains(missing), "not named: {missing}: {said}");
    }
}

#[test]
fn package_does_its_own_set_up_and_names_the_command_for_it() {
    let said = refused(
        xtask(&["package", "--toolchain", "rustup", "--out"])
            .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("setup/no-package"))
            .env("PATH", bare_path("package")),
    );
    assert!(said.contains("git, osslsigncode, openssl"), "{said}");
    assert!(said.contains("the target x86_64-pc-windows-gnu"), "{said}");
    assert!(said.contains("`cargo xtask setup --package`"), "{said}");
}

#[test]
fn vm_does_its_own_set_up_and_names_the_command_for_it() {
    let said = refused(
        xtask(&["vm", "--image", "/nonexistent", "--package", "/nonexistent"])
            .env("PATH", bare_path("vm")),
    );
    assert!(
        said.contains("qemu-system-x86_64, qemu-img, xorriso"),
        "{said}"
    );
    assert!(said.contains("`cargo xtask setup --vm`"), "{said}");
    // What only the tests take is not asked for.
    assert!(!said.contains("x86_64-unknown-none"), "{said}");
}

#[test]
fn a_wrapper_that_is_not_there_is_named_with_the_variable_that_names_it() {
    for (variable, program) in [
        ("RUSTC_WRAPPER", "no-such-wrapper"),
        (
            "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
            "/nonexistent/wrapper",
        ),
    ] {
        let said = refused(xtask(&["build"]).env(variable, program));
        let expected = format!("missing: `{program}`, which {variable} names: it cannot be called");
        assert!(said.starts_with(&expected), "{said}");
        assert!(said.lines().count() == 1, "{said}");
    }
}
