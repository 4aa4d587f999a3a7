//! Programs in `tests/ui` of a crate: what must not compile, with the message that says why, and beside it what does.
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
/// What rustc exits with where it has rejected a program; a crash of its own has another code.
const REJECTED: i32 = 1;

/// A library that the programs use, and the libraries after it.
pub(crate) struct Library {
    /// Its name, as programs have it.
    pub(crate) name: &'static str,
    /// Its root, from the folder of the crate.
    pub(crate) root: &'static str,
    /// The features that are on.
    pub(crate) features: &'static [&'static str],
}

/// Compares what the compiler says of each program with what is recorded beside it.
pub(crate) fn is_explained_by_the_compiler() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    let version = compiler_version();
    if version == PINNED {
        cases.compile_fail("tests/ui/fail/*.rs");
    } else {
        // The test harness captures what is printed by macros, and this is to be seen.
        writeln!(
            io::stderr(),
            "not compared: the messages of tests/ui/fail are those of rustc {PINNED}, and this is \
             {version}"
        )
        .expect("standard error is open");
    }
}

/// Sees that each program is rejected, or compiles, whatever the compiler.
pub(crate) fn does_not_compile_under_any_compiler(libraries: &[Library]) {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME"));
    fs::create_dir_all(&scratch).expect("a directory for what is compiled");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut built: Vec<(&str, PathBuf)> = Vec::new();
    for library in libraries {
        let output = scratch.join(format!("lib{}.rlib", library.name));
        let mut command = rustc(&root.join(library.root), "lib", &output, &built);
        command.args(["--emit=link", "--crate-name", library.name]);
        for feature in library.features {
            command.arg(format!("--cfg=feature=\"{feature}\""));
        }
        let said = command.output().expect("rustc runs");
        assert!(said.status.success(), "{}", error_of(&said));
        built.push((library.name, output));
    }

    let compile = |program: &Path| {
        let mut command = rustc(program, "bin", &scratch.join("program.o"), &built);
        command.arg("--emit=obj").output().expect("rustc runs")
    };
    for program in programs(&root.join("tests/ui/pass")) {
        let output = compile(&program);
        assert!(
            output.status.success(),
            "{} does not compile:\n{}",
            program.display(),
            error_of(&output)
        );
    }
    for program in programs(&root.join("tests/ui/fail")) {
        let output = compile(&program);
        assert_eq!(
            output.status.code(),
            Some(REJECTED),
            "{} is not rejected:\n{}",
            program.display(),
            error_of(&output)
        );
        // Found somewhere in the program, rather than in the command or in the library.
        let name = program.file_name().expect("a file").to_string_lossy();
        assert!(
            error_of(&output).contains(&format!("{name}:")),
            "{name} is rejected for something else:\n{}",
            error_of(&output)
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

/// The compiler, for a crate that uses what was built before; code is to be generated for all of it.
fn rustc(source: &Path, kind: &str, output: &Path, built: &[(&str, PathBuf)]) -> Command {
    let mut command = Command::new(compiler());
    command
        .args(["--edition=2024", "--cap-lints=allow", "--crate-type", kind])
        .arg("-o")
        .arg(output)
        .arg(source);
    for (name, library) in built {
        let mut location = OsString::from(format!("{name}="));
        location.push(library);
        command.arg("--extern").arg(location);
    }
    command
}

/// What the compiler wrote about a program.
fn error_of(output: &Output) -> String {
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
