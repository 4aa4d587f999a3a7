//! `dirql.exe`, the very file of the package, started under Wine.
//!
//! Shown: that it loads, its usage, its list, what it says of an absent device, its exit codes, the report of an empty
//! run, a decoded bugcheck; and that Ctrl-C ends a wait and cancels what is pending, on a named pipe in the place of the
//! device (the harness's own test, target/device/session/tests.rs). Not shown, for want of Windows: a device, rights, a key
//! that is pressed, a driver that answers.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use xtask::{
    Workspace,
    package::{HARNESS_TARGET, harness_build, harness_ready},
};

/// Where Debian keeps Wine; its launcher on the PATH is another package.
const WINE: &str = "/usr/lib/wine/wine64";

/// A folder with the program, the stand-in library, and a Windows of its own.
struct Wine {
    folder: PathBuf,
}

impl Wine {
    fn dirql(&self, arguments: &[&str]) -> Output {
        self.wine(WINE)
            .arg(self.folder.join("dirql.exe"))
            .args(arguments)
            .output()
            .unwrap()
    }

    fn wine(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("WINEPREFIX", self.folder.join("prefix"))
            .env("WINEDEBUG", "-all")
            .env_remove("DISPLAY")
            .env_remove("DIRQL_PDB")
            .env_remove("DIRQL_IMAGE");
        command
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // The server of this prefix would otherwise outlive the test for some seconds.
        let _ = self.wine("/usr/lib/wine/wineserver64").arg("-k").status();
    }
}

/// Prepares Wine. A machine of GitHub must have it; any other says so and goes on.
fn wine() -> Option<Wine> {
    let missing = match harness_ready() {
        Err(missing) => Some(missing.to_string()),
        Ok(()) if !Path::new(WINE).exists() => {
            Some(format!("{WINE} is missing: run `cargo xtask setup --wine`"))
        }
        Ok(()) => None,
    };
    if let Some(missing) = missing {
        eprintln!("SKIPPED: {missing}");
        assert!(env::var_os("GITHUB_ACTIONS").is_none(), "{missing}");
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wine");
    fs::create_dir_all(&folder).unwrap();
    let program = harness_build(&Workspace::find().unwrap()).unwrap();
    fs::copy(program, folder.join("dirql.exe")).unwrap();
    let stand_in = Command::new("x86_64-w64-mingw32-gcc")
        .args(["-shared", "-nostdlib", "-Wl,--entry=0", "-o"])
        .arg(folder.join("bcryptprimitives.dll"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/bcryptprimitives.c"))
        .status()
        .unwrap();
    assert!(stand_in.success());
    Some(Wine { folder })
}

/// Compiles the harness's own tests for Windows.
fn harness_tests() -> PathBuf {
    let workspace = Workspace::find().unwrap();
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["test", "--locked", "--profile", "host", "--lib", "--no-run"])
        .args(["--package", "dirql-harness", "--no-default-features"])
        .args(["--target", HARNESS_TARGET, "--target-dir"])
        .arg(workspace.target().join("windows"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(workspace.root())
        .output()
        .unwrap();
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    let program = said.lines().find_map(|line| {
        line.trim()
            .strip_prefix("Executable unittests src/lib.rs (")
    });
    let program = program.and_then(|program| program.strip_suffix(')'));
    // Cargo names it by its place below the workspace, where it is there.
    workspace
        .root()
        .join(program.unwrap_or_else(|| panic!("{said}")))
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal ends it")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

// One test: Wine takes seconds to make its Windows, and two at once would share a server.
#[test]
fn the_program_of_the_package_starts_and_says_what_is_missing() {
    let Some(wine) = wine() else { return };

    let usage = wine.dirql(&["--help"]);
    assert_eq!(code(&usage), 0, "{}", stderr(&usage));
    assert!(stdout(&usage).contains("Usage: dirql.exe <COMMAND>"));
    assert_eq!(code(&wine.dirql(&["frobnicate"])), 2);

    let list = wine.dirql(&["list", "wait::cancelled@"]);
    assert_eq!(code(&list), 0, "{}", stderr(&list));
    assert_eq!(stdout(&list), "wait::cancelled@intx\nwait::cancelled@msi\n");

    for arguments in [&["run"][..], &["run", "--format", "junit"], &["info"]] {
        let absent = wine.dirql(arguments);
        assert_eq!(code(&absent), 3, "{arguments:?}");
        let said = stderr(&absent);
        assert!(said.contains("there is no edu device"), "{said}");
        assert!(said.contains("-device edu"), "{said}");
        assert_eq!(stdout(&absent), "");
    }
    let sim = wine.dirql(&["run", "--target", "sim"]);
    assert_eq!(code(&sim), 3);
    assert!(stderr(&sim).contains("without the simulator"));

    let empty = wine.dirql(&["run", "no-such-test", "--format", "junit"]);
    assert_eq!(code(&empty), 4);
    let xml = stdout(&empty);
    assert!(
        xml.starts_with("<?xml") && xml.contains("tests=\"0\""),
        "{xml}"
    );

    let tests = wine.folder.join("tests.exe");
    fs::copy(harness_tests(), &tests).unwrap();
    let interrupted = wine.wine(WINE).arg(&tests).arg("ctrl_c").output().unwrap();
    assert_eq!(code(&interrupted), 0, "{}", stdout(&interrupted));
    let said = stdout(&interrupted);
    assert!(said.contains("test result: ok. 1 passed"), "{said}");

    let broken = wine.dirql(&["decode-bugcheck", "4452514C", "1", "2", "0", "0"]);
    assert_eq!(code(&broken), 0);
    assert!(stdout(&broken).contains("dropped above PASSIVE_LEVEL"));
}
