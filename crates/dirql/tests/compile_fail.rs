//! What must not compile, with the message that says why; and a program beside them that does.
//!
//! The assertions on closures and handlers fire after monomorphisation, which only a real build reaches:
//! the passing program makes the whole run one. Messages differ between compilers, so they are compared
//! under one version only; under another the failing programs are skipped and that is said.

use std::{env, process::Command};

/// The compiler whose messages are recorded beside the programs.
const PINNED: &str = "1.95.0";

#[test]
#[cfg_attr(miri, ignore = "it runs cargo")]
fn misuse_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    let version = compiler_version();
    if version == PINNED {
        cases.compile_fail("tests/ui/fail/*.rs");
    } else {
        eprintln!(
            "skipped: the messages of tests/ui/fail are those of rustc {PINNED}, and this is {version}"
        );
    }
}

/// The version of the compiler that cargo uses, without its date.
fn compiler_version() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-V").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc writes text");
    text.split(' ').nth(1).unwrap_or(&text).to_owned()
}
