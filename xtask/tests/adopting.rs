//! docs/adopting.md, to the letter: its files are written into an empty folder outside of the workspace, and its commands
//! are run there.
//!
//! The folder of the repository stands for `../dirql`. What was compiled for the guests is used again, and the command
//! `ntsim` that was built with this test takes the place of the one that the page has cargo build.
#![cfg(target_os = "linux")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use xtask::{
    Workspace,
    toolchain::{self, Choice},
};

/// How the page calls the repository.
const REPOSITORY: &str = "../dirql";
/// How the page has the simulator built and run.
const SIMULATOR: &str = "cargo run --manifest-path ../dirql/Cargo.toml --profile host -p ntsim -- ";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("the file is in the repository")
}

/// The code block of `page` that follows the line `introduction`, without its fences.
fn block<'a>(page: &'a str, introduction: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("\n{introduction}\n\n```"))
        .unwrap_or_else(|| panic!("the page has a block behind {introduction:?}"));
    let (_, code) = rest.split_once('\n').expect("a fence ends its line");
    code.split_once("\n```\n").expect("a block ends").0
}

/// The adopter's folder: gone with the value.
struct Folder(PathBuf);

impl Folder {
    /// Writes the files of the page, for the test `name`.
    fn of(page: &str, name: &str) -> Self {
        let path = env::temp_dir().join(format!("dirql-{name}-{}", std::process::id()));
        assert!(
            !path.starts_with(root()),
            "{} is outside of the workspace",
            path.display()
        );
        fs::create_dir_all(path.join("src")).expect("a folder for temporary files");
        let folder = Self(path);
        for name in ["Cargo.toml", "build.rs", "src/lib.rs"] {
            let text = block(page, &format!("`{name}`:"));
            folder.write(name, text);
        }
        let workspace = Workspace::find().expect("the test runs in a checkout");
        let shared = workspace.target().join("driver-rustup");
        std::os::unix::fs::symlink(shared, folder.0.join("target")).expect("a link");
        folder
    }

    fn write(&self, name: &str, text: &str) {
        let text = text.replace(REPOSITORY, &root().to_string_lossy());
        fs::write(self.0.join(name), text).expect("a writable folder");
    }

    /// Runs the commands up to the first that fails, and answers the output of the last one.
    fn run(&self, commands: &str) -> Output {
        let mut last = None;
        for command in commands.lines() {
            let simulator = Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name("ntsim");
            let command = command
                .replace(SIMULATOR, &format!("'{}' ", simulator.display()))
                .replace(REPOSITORY, &root().to_string_lossy());
            let output = Command::new("sh")
                .args(["-c", &command])
                .current_dir(&self.0)
                .stdin(Stdio::null())
                .env("CARGO_NET_OFFLINE", "true")
                .env_remove("RUSTFLAGS")
                .env_remove("CARGO_ENCODED_RUSTFLAGS")
                .env_remove("CARGO_TARGET_DIR")
                .env_remove("CARGO_BUILD_TARGET")
                .output()
                .expect("there is a shell");
            let failed = !output.status.success();
            last = Some(output);
            if failed {
                break;
            }
        }
        last.expect("the page has commands")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn text(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    format!("{}{said}", String::from_utf8_lossy(&output.stdout))
}

/// The text without comments and with single spaces: how it is broken into lines does not matter.
fn normalized(code: &str) -> String {
    let lines = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ").replace(", }", " }")
}

#[test]
fn a_driver_made_as_the_page_says_runs_clean_and_a_broken_one_is_told_by_its_line() {
    if let Err(error) = toolchain::provide(Choice::Rustup) {
        eprintln!("skipped: the page is about rustup's compiler, and {error}");
        return;
    }
    let page = read("docs/adopting.md");
    let folder = Folder::of(&page, "adopting");
    let commands = block(&page, "## Build it and run it");
    assert!(commands.contains(SIMULATOR), "{commands}");
    let clean = folder.run(commands);
    let said = text(&clean);
    assert!(clean.status.success(), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    let (end, lines) = lines.split_last().expect("the command says how it went");
    assert_eq!(
        *end, "400 of 400 runs ended well",
        "200 seeds, two kinds of interrupt, and no note: {said}"
    );
    let (counts, answers) = lines.split_last().expect("it says what ran");
    assert!(counts.starts_with("service routines ran "), "{said}");
    assert!(
        answers
            .iter()
            .all(|line| line.starts_with("0x00000000, 4 bytes: ")),
        "{said}"
    );

    let driver = block(&page, "`src/lib.rs`:");
    let look = "        if !self.powered {\n            return Serviced::NotMine;\n        }\n";
    let broken = driver.replace(look, "");
    assert_ne!(broken, driver, "the service routine looks at the flag");
    folder.write("src/lib.rs", &broken);
    let told = folder.run(commands);
    let said = text(&told);
    assert_eq!(told.status.code(), Some(1), "{said}");
    let line = broken
        .lines()
        .position(|line| line.contains("byte_add(0x24)"));
    let line = line.expect("the driver reads its status register") + 1;
    assert!(said.contains("rule bad-mmio: "), "{said}");
    assert!(
        said.contains(&format!("\n  at src/lib.rs:{line}\n")),
        "{said}"
    );
    assert!(said.contains("replay token "), "{said}");
}

#[test]
fn a_name_that_the_bindings_leave_out_is_told_with_its_header_and_the_way_out() {
    if let Err(error) = toolchain::provide(Choice::Rustup) {
        eprintln!("skipped: the page is about rustup's compiler, and {error}");
        return;
    }
    let page = read("docs/adopting.md");
    let folder = Folder::of(&page, "left-out");
    let driver = block(&page, "`src/lib.rs`:");
    let found = "ntddk::{MmMapIoSpaceEx, MmUnmapIoSpace}";
    let sought = "ntddk::{ExAllocatePoolWithTag, MmMapIoSpaceEx, MmUnmapIoSpace}";
    assert_eq!(driver.matches(found).count(), 1);
    let line = driver.lines().position(|line| line.contains(found));
    let line = line.expect("it was counted") + 1;
    folder.write("src/lib.rs", &driver.replace(found, sought));
    let refused = folder.run(block(&page, "## Build it and run it"));
    let said = text(&refused);
    assert_eq!(refused.status.code(), Some(101), "{said}");
    assert!(
        said.contains(&format!(
            "warning: my_driver@0.1.0: src/lib.rs:{line}: `ExAllocatePoolWithTag` of wdm.h is deprecated, and the \
             bindings of wdk-sys leave it out, over a kit too: call ExAllocatePool2\n"
        )),
        "{said}"
    );
    let of_other_names = said
        .lines()
        .filter(|line| line.starts_with("warning: my_driver@"))
        .find(|line| !line.contains("ExAllocatePoolWithTag"));
    assert_eq!(of_other_names, None);
    assert!(
        said.contains("no `ExAllocatePoolWithTag` in `ntddk`"),
        "{said}"
    );
    assert!(!said.contains("path override"), "{said}");
}

#[test]
fn the_handler_of_the_readme_is_the_one_of_the_driver_that_runs() {
    let readme = read("README.md");
    let example = readme
        .split("```rust\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("the README has an example in Rust");
    let page = read("docs/adopting.md");
    let driver = normalized(block(&page, "`src/lib.rs`:"));
    for part in example.split("\n\n").take(2) {
        let part = normalized(part);
        assert!(driver.contains(&part), "{part}");
    }
}
