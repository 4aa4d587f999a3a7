//! `cargo ntdriver` as a stranger uses it: in a folder outside of the repository, for a driver of one's own.
//!
//! What was compiled for the guests is used again, and the command `ntsim` that was built with this test is the simulator.
#![cfg(target_os = "linux")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use ntdriver::{
    command::exists,
    new::examples,
    rustup::{TARGET, target_installed},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the crate lies in the repository")
}

/// A folder outside of the repository, gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("ntdriver-{name}-{}", std::process::id()));
        assert!(!path.starts_with(root()), "{}", path.display());
        fs::create_dir_all(path.join("target")).expect("a folder for temporary files");
        let shared = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root().join("target"), |folder| root().join(folder))
            .join("driver-rustup");
        fs::create_dir_all(&shared).expect("a writable target folder");
        std::os::unix::fs::symlink(shared, path.join("target/ntdriver")).expect("a link");
        Self(path)
    }

    /// `cargo ntdriver` with these arguments, in the folder `within`.
    fn ntdriver(&self, within: &str, arguments: &[&str]) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_cargo-ntdriver"));
        Command::new(program)
            .arg("ntdriver")
            .args(arguments)
            .current_dir(self.0.join(within))
            .stdin(Stdio::null())
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", self.0.join("target"))
            .env("XDG_DATA_HOME", self.0.join("data"))
            .env("NTSIM", program.with_file_name("ntsim"))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET")
            .output()
            .expect("the program was built with this test")
    }

    /// Writes the driver `name` of `example`.
    fn driver(&self, name: &str, example: &str) {
        let root = root();
        let clone = root.to_string_lossy();
        let made = self.ntdriver("", &["new", name, "--from", example, "--clone", &clone]);
        assert!(made.status.success(), "{}", text(&made));
    }

    fn git(&self, within: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=Author",
                "-c",
                "user.email=author@example.org",
            ])
            .args(arguments)
            .current_dir(self.0.join(within))
            .output()
            .expect("there is git");
        assert!(output.status.success(), "{}", text(&output));
        text(&output)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).expect("the file was written")
    }

    fn write(&self, file: &str, text: &str) {
        let file = self.0.join(file);
        fs::create_dir_all(file.parent().expect("a file has a folder")).expect("a writable folder");
        fs::write(file, text).expect("a writable folder");
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

/// Whether drivers can be built here; says so where not.
fn builds() -> bool {
    let builds = target_installed(TARGET);
    if !builds {
        eprintln!("skipped: rustup's target {TARGET} is not here");
    }
    builds
}

/// The arguments of the one command in the README of a driver.
fn command_of(readme: &str) -> Vec<&str> {
    let line = readme
        .lines()
        .find_map(|line| line.strip_prefix("cargo ntdriver run "))
        .expect("the README has the command");
    let mut arguments = vec!["run"];
    arguments.extend(line.split_whitespace());
    arguments
}

#[test]
fn a_driver_of_each_example_runs_clean_under_200_seeds_and_leaves_its_folder_as_it_is() {
    if !builds() {
        return;
    }
    let folder = Folder::new("new");
    for example in examples() {
        let name = format!("my-{}", example.replace('_', "-"));
        folder.driver(&name, &example);
        let lines = folder.read(&format!("{name}/src/lib.rs")).lines().count();
        assert!(lines <= 200, "{example} has {lines} lines");
        folder.git(&name, &["init", "--quiet"]);
        let readme = folder.read(&format!("{name}/README.md"));
        let run = folder.ntdriver(&name, &command_of(&readme));
        let said = text(&run);
        assert!(run.status.success(), "{example}: {said}");
        assert!(said.contains("400 of 400 runs ended well"), "{said}");
        folder.git(&name, &["add", "--all"]);
        folder.git(&name, &["commit", "--quiet", "--message", "A driver"]);
        let built = folder.ntdriver(&name, &["build"]);
        assert!(built.status.success(), "{}", text(&built));
        assert_eq!(folder.git(&name, &["status", "--porcelain"]), "");
    }
}

#[test]
fn a_broken_rule_is_told_at_the_line_of_the_stranger() {
    if !builds() {
        return;
    }
    let folder = Folder::new("broken");
    folder.driver("broken", "direct_interrupt");
    let driver = folder.read("broken/src/lib.rs");
    let look = "        if !self.powered {\n            return Serviced::NotMine;\n        }\n";
    let broken = driver.replace(look, "");
    assert_ne!(broken, driver, "the service routine looks at the flag");
    folder.write("broken/src/lib.rs", &broken);
    let run = folder.ntdriver("broken", &["run", "--", "222004", "01000000", "4"]);
    let said = text(&run);
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert!(said.contains("rule bad-mmio: "), "{said}");
    let line = broken
        .lines()
        .position(|line| line.contains("let causes = self.registers.read"))
        .expect("the service routine reads a register")
        + 1;
    assert!(said.contains(&format!("src/lib.rs:{line}")), "{said}");
}

#[test]
fn a_package_has_the_stamped_inf_the_signed_image_and_their_catalog() {
    if !builds() {
        return;
    }
    for program in ["osslsigncode", "git"] {
        if !exists(program) {
            eprintln!("skipped: {program} is not here");
            return;
        }
    }
    let folder = Folder::new("package");
    folder.driver("packed", "framework_interrupt");
    folder.git("packed", &["init", "--quiet"]);
    folder.git("packed", &["add", "--all"]);
    folder.git("packed", &["commit", "--quiet", "--message", "A driver"]);
    let packed = folder.ntdriver("packed", &["package", "--out", "out"]);
    let said = text(&packed);
    assert!(packed.status.success(), "{said}");
    let mut files: Vec<String> = fs::read_dir(folder.0.join("packed/out"))
        .expect("the folder was made")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "WDRLocalTestCert.cer",
            "packed.cat",
            "packed.inf",
            "packed.pdb",
            "packed.sys"
        ]
    );
    let inf = folder.read("packed/out/packed.inf");
    assert!(inf.contains("0.1.0.1"), "DriverVer is stamped: {inf}");
    assert!(inf.contains("KmdfLibraryVersion = 1.31"), "{inf}");
}

/// A driver's manifest without what it is built of.
fn manifest(rest: &str) -> String {
    format!(
        "[package]\nname = \"odd\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [workspace]\n\n{rest}"
    )
}

const KMDF: &str = "[package.metadata.wdk.driver-model]\ndriver-type = \"KMDF\"\nkmdf-version-major = 1\n\
                    target-kmdf-version-minor = 31\n\n";

#[test]
fn a_driver_that_is_locked_to_another_wdk_build_is_refused_by_name() {
    let folder = Folder::new("locked");
    let dependency = "[build-dependencies]\nwdk-build = { path = \"wdk-build\" }\n";
    folder.write("odd/Cargo.toml", &manifest(&format!("{KMDF}{dependency}")));
    folder.write("odd/src/lib.rs", "");
    folder.write(
        "odd/wdk-build/Cargo.toml",
        "[package]\nname = \"wdk-build\"\nversion = \"0.9.9\"\nedition = \"2024\"\n",
    );
    folder.write("odd/wdk-build/src/lib.rs", "");
    let refused = folder.ntdriver("odd", &["build"]);
    let said = text(&refused);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(
        said.contains("locked to wdk-build 0.9.9, which has no stand-in"),
        "{said}"
    );
    assert!(said.contains("those with one: 0.6.0"), "{said}");
}

#[test]
fn what_is_no_driver_is_told_what_it_lacks() {
    let folder = Folder::new("lacking");
    folder.write("odd/src/lib.rs", "");
    for (rest, lack) in [
        ("", "missing: a driver in "),
        (KMDF, "missing: wdk-build among the dependencies of odd"),
    ] {
        folder.write("odd/Cargo.toml", &manifest(rest));
        let refused = folder.ntdriver("odd", &["build"]);
        let said = text(&refused);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains(lack), "{said}");
    }
}

#[test]
fn the_doctor_lists_everything_that_is_missing_at_once() {
    let folder = Folder::new("doctor");
    let program = Path::new(env!("CARGO_BIN_EXE_cargo-ntdriver"));
    let output = Command::new(program)
        .arg("doctor")
        .current_dir(&folder.0)
        .env("NTSIM", "/nowhere/ntsim")
        .env("PATH", "")
        .output()
        .expect("the program was built with this test");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for what in [
        "rust-lld",
        "ntsim",
        "osslsigncode",
        "openssl",
        "git",
        "a driver",
    ] {
        let listed = said
            .lines()
            .any(|line| line.starts_with("missing ") && line.contains(what));
        assert!(listed, "{what}: {said}");
    }
    assert!(said.ends_with(" missing\n"), "{said}");
}

#[test]
fn a_bad_command_line_writes_nothing() {
    let folder = Folder::new("usage");
    for arguments in [
        &["new"][..],
        &["new", "Bad"],
        &["new", "fine", "--from", "nothing"],
        &["new", "fine", "--debug"],
        &["bild"],
    ] {
        let refused = folder.ntdriver("", arguments);
        assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    }
    assert!(!folder.0.join("fine").exists());
    folder.write("there/kept", "kept");
    let refused = folder.ntdriver("", &["new", "there"]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    assert_eq!(folder.read("there/kept"), "kept");
}
