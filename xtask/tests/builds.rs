//! The ways to build the driver and the miniport: the debug image, Debian's compiler, a clone in another folder.
//!
//! Each is a whole build and takes minutes the first time; what is compiled of the registry's packages is kept.

mod support;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use xtask::{
    inspect::{
        Scope, imports_of_the_driver, imports_of_the_miniport, imports_of_the_wdf_driver, inspect,
        inspect_miniport,
    },
    toolchain,
};

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A folder of this test run, empty.
fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// `cargo xtask build ARGUMENTS` in the checkout `root`.
fn build(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("build").args(arguments).current_dir(root);
    command
}

/// Runs `command`, which succeeds, and answers its output.
fn succeed(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// The paths that a build printed: of the driver image, its PDB, the miniport and its PDB.
fn printed_paths(output: &Output) -> [PathBuf; 6] {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines: Vec<PathBuf> = text.lines().map(PathBuf::from).collect();
    let paths: [PathBuf; 6] = lines
        .try_into()
        .unwrap_or_else(|_| panic!("six paths expected on standard output: {text:?}"));
    assert!(paths.iter().all(|path| path.exists()), "{paths:?}");
    paths
}

/// A miniport that was built in another way is fit to load, is not the given one, and passes its suite.
fn the_miniport_is_fit_to_load_and_another_one(sys: &Path, pdb: &Path) {
    let image = fs::read(sys).unwrap();
    assert_eq!(
        inspect_miniport(&image, &imports_of_the_miniport(), Scope::Other),
        []
    );
    let given = env::var_os("DIRQL_VIDEO_IMAGE").expect("DIRQL_VIDEO_IMAGE names the miniport");
    assert_ne!(image, fs::read(given).unwrap());
    let harness = Path::new(env!("CARGO_BIN_EXE_xtask"))
        .with_file_name(format!("dirql{}", env::consts::EXE_SUFFIX));
    succeed(
        Command::new(harness)
            .args(["run", "video::"])
            .env("DIRQL_VIDEO_IMAGE", sys)
            .env("DIRQL_VIDEO_PDB", pdb),
    );
}

/// Where the GUID of the PDB stands in the image's debug record.
fn guid_of_pdb(image: &[u8]) -> &[u8] {
    let record = image
        .windows(4)
        .position(|window| window == b"RSDS")
        .expect("the image names its PDB");
    &image[record + 4..record + 20]
}

#[test]
fn the_image_and_the_pdb_carry_one_identity() {
    let image = support::image();
    let pdb = fs::read(env::var_os("DIRQL_PDB").expect("DIRQL_PDB names the PDB")).unwrap();
    let guid = guid_of_pdb(&image);
    assert_ne!(guid, [0; 16]);
    assert!(pdb.windows(16).any(|window| window == guid));
}

#[test]
fn the_debug_image_is_fit_to_load_and_another_one() {
    let out = empty_folder("debug-image");
    let output = succeed(build(root(), &["--debug", "--out"]).arg(&out));
    let [sys, pdb, wdf, _, video, video_pdb] = printed_paths(&output);
    assert_eq!(sys, out.join("dirql_driver.sys"));
    assert!(pdb.exists());
    let image = fs::read(sys).unwrap();
    assert_eq!(inspect(&image, &imports_of_the_driver(), Scope::Other), []);
    assert_ne!(image, support::image());
    let wdf = fs::read(wdf).unwrap();
    assert_eq!(
        inspect(&wdf, &imports_of_the_wdf_driver(), Scope::Other),
        []
    );
    the_miniport_is_fit_to_load_and_another_one(&video, &video_pdb);
}

#[test]
#[cfg(target_os = "linux")]
fn debians_compiler_builds_the_driver_where_rustup_has_no_target() {
    // A machine of GitHub must have it; any other says so and goes on.
    if let Err(why) = toolchain::debian_offered() {
        eprintln!("SKIPPED: {why}");
        assert!(env::var_os("GITHUB_ACTIONS").is_none(), "{why}");
        return;
    }
    let out = empty_folder("debian-image");
    let path = format!(
        "{}:{}",
        rustup_without_the_target().display(),
        env::var("PATH").unwrap()
    );
    let output = succeed(build(root(), &["--out"]).arg(&out).env("PATH", path));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("Building the driver (release, debian)"),
        "{said}"
    );

    let [sys, _, wdf, _, video, video_pdb] = printed_paths(&output);
    let image = fs::read(sys).unwrap();
    assert_eq!(inspect(&image, &imports_of_the_driver(), Scope::Other), []);
    // The compilers differ in version, so an equal image would be rustup's.
    assert_ne!(image, support::image());
    let wdf = fs::read(wdf).unwrap();
    assert_eq!(
        inspect(&wdf, &imports_of_the_wdf_driver(), Scope::Other),
        []
    );
    the_miniport_is_fit_to_load_and_another_one(&video, &video_pdb);
}

/// A folder to put before the PATH, in which `rustc` knows of no library for the target and `rustup` cannot add one.
#[cfg(target_os = "linux")]
fn rustup_without_the_target() -> PathBuf {
    use std::os::unix::fs::PermissionsExt;

    let folder = empty_folder("bin");
    let output = succeed(Command::new("rustc").args(["--print", "sysroot"]));
    let sysroot = String::from_utf8(output.stdout).unwrap();
    let rustc = format!(
        "#!/bin/sh\n\
         case \"$*\" in *target-libdir*) echo /nonexistent ;; *) exec '{}/bin/rustc' \"$@\" ;; esac\n",
        sysroot.trim()
    );
    let rustup = "#!/bin/sh\necho 'no target can be added here' >&2\nexit 1\n";
    for (name, script) in [("rustc", rustc.as_str()), ("rustup", rustup)] {
        let file = folder.join(name);
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

/// Copies what a clone would hold of the working tree to a folder named `name`.
///
/// The folder's own target folder stays from run to run: cargo compiles there what is newer than it was, which is every file
/// of the clone, and not the packages of the registry, which are most of the work.
fn clone_to(name: &str) -> PathBuf {
    let clone = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&clone).unwrap();
    for entry in fs::read_dir(&clone).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            fs::remove_dir_all(&path).unwrap();
        } else if path.is_file() {
            fs::remove_file(&path).unwrap();
        }
    }
    let list = succeed(
        Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root()),
    );
    for file in list.stdout.split(|byte| *byte == 0) {
        let file = Path::new(str::from_utf8(file).unwrap());
        let from = root().join(file);
        // A file that git knows and the working tree has lost is none of a clone's.
        if from.is_file() {
            let to = clone.join(file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        }
    }
    clone
}

#[test]
fn a_clone_in_another_folder_gives_the_same_image() {
    let clone = clone_to("clone/in-a-folder-of-another-depth");
    // The default target folder, so that nothing is shared with the checkout that the given image comes from.
    let output = succeed(build(&clone, &[]).env_remove("CARGO_TARGET_DIR"));
    let [sys, ..] = printed_paths(&output);
    assert!(sys.starts_with(&clone));
    let image = fs::read(sys).unwrap();
    assert!(
        image == support::image(),
        "the clone's image differs from {}, if that was built from this source",
        support::image_path().display()
    );
    for folder in [root(), &clone] {
        let path = folder.to_str().unwrap().as_bytes();
        assert!(!image.windows(path.len()).any(|window| window == path));
    }

    a_drop_in_with_other_dependencies_fails_the_build(&clone);
}

/// Runs in the built clone, where it takes seconds.
fn a_drop_in_with_other_dependencies_fails_the_build(clone: &Path) {
    let manifest = clone.join("cross/wdk-build/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    assert!(text.contains("\npaste = "));
    let without: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("paste = "))
        .collect();
    fs::write(&manifest, without.join("\n")).unwrap();

    let output = build(clone, &[])
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("cargo warns about a path override"),
        "{message}"
    );
    assert!(
        !clone.join("target/image/release/dirql_driver.sys").exists(),
        "a failed build left an image behind"
    );
}
