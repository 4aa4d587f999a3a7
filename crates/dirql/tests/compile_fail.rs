//! What must not compile, with the message that says why; and a program beside them that does.
//!
//! The assertions on closures and handlers fire after monomorphisation, which only generating code
//! reaches; a check does not. Messages differ between compilers, so they are compared under one version
//! only. That the failing programs fail is tested under every version.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The compiler whose messages are recorded beside the programs.
const PINNED: &str = "1.95.0";
/// The folders with programs; those of a family only where its feature is on.
const FOLDERS: &[&str] = if cfg!(feature = "video-port") {
    &["tests/ui", "tests/ui/video_port"]
} else {
    &["tests/ui"]
};
/// What rustc exits with where it has rejected a program; a crash of its own has another code.
const REJECTED: i32 = 1;

#[test]
#[cfg_attr(miri, ignore = "it runs cargo")]
fn misuse_is_explained_by_the_compiler() {
    let cases = trybuild::TestCases::new();
    let version = compiler_version();
    for folder in FOLDERS {
        cases.pass(format!("{folder}/pass/*.rs"));
        if version == PINNED {
            cases.compile_fail(format!("{folder}/fail/*.rs"));
        }
    }
    if version != PINNED {
        // The test harness captures what is printed by macros, and this is to be seen.
        writeln!(
            io::stderr(),
            "not compared: the messages of tests/ui/fail are those of rustc {PINNED}, and this is \
             {version}"
        )
        .expect("standard error is open");
    }
}

#[test]
#[cfg_attr(miri, ignore = "it runs rustc")]
fn misuse_does_not_compile_under_any_compiler() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
    fs::create_dir_all(&scratch).expect("a directory for what is compiled");
    let library = scratch.join("libdirql.rlib");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = rustc(&root.join("src/lib.rs"), "lib", &library, None);
    assert!(built.status.success(), "{}", said(&built));

    let all = |kind: &str| {
        let folders = FOLDERS.iter().map(|folder| root.join(folder).join(kind));
        folders
            .flat_map(|folder| programs(&folder))
            .collect::<Vec<_>>()
    };
    for program in all("pass") {
        let output = rustc(&program, "bin", &scratch.join("program.o"), Some(&library));
        assert!(
            output.status.success(),
            "{} does not compile:\n{}",
            program.display(),
            said(&output)
        );
    }
    for program in all("fail") {
        let output = rustc(&program, "bin", &scratch.join("program.o"), Some(&library));
        assert_eq!(
            output.status.code(),
            Some(REJECTED),
            "{} is not rejected:\n{}",
            program.display(),
            said(&output)
        );
        // Found somewhere in the program, rather than in the command or in the library.
        let name = program.file_name().expect("a file").to_string_lossy();
        assert!(
            said(&output).contains(&format!("{name}:")),
            "{name} is rejected for something else:\n{}",
            said(&output)
        );
    }
}

/// The programs in a directory, of which there are some.
fn programs(directory: &Path) -> Vec<PathBuf> {
    let mut programs: Vec<_> = fs::read_dir(directory)
        .expect("a directory of programs")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    programs.sort();
    assert!(
        !programs.is_empty(),
        "{} holds no program",
        directory.display()
    );
    programs
}

/// Compiles one crate, with code generated for all of it; the library has no dependency here.
fn rustc(source: &Path, kind: &str, output: &Path, library: Option<&Path>) -> Output {
    let mut command = Command::new(compiler());
    command
        .args(["--edition=2024", "--cap-lints=allow", "--crate-type", kind])
        .arg(if kind == "bin" {
            "--emit=obj"
        } else {
            "--emit=link"
        })
        .arg("-o")
        .arg(output);
    if let Some(library) = library {
        let mut location = OsString::from("dirql=");
        location.push(library);
        command.arg("--extern").arg(location);
    } else {
        command.args(["--crate-name", "dirql"]);
        if cfg!(feature = "video-port") {
            command.args(["--cfg", "feature=\"video-port\""]);
        }
    }
    command.arg(source).output().expect("rustc runs")
}

/// What the compiler wrote about a program.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The compiler that cargo uses.
fn compiler() -> OsString {
    env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// The version of that compiler, without its date.
fn compiler_version() -> String {
    let output = Command::new(compiler())
        .arg("-V")
        .output()
        .expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc writes text");
    text.split(' ').nth(1).unwrap_or(&text).to_owned()
}
