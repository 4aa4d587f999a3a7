//! What the driver's build script asks the linker for, with a kit and without one.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use xtask::Workspace;

/// Compiles the build script over a `wdk-build` that does nothing.
fn script() -> PathBuf {
    let root = Workspace::find().unwrap().root().to_path_buf();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kit-link");
    fs::create_dir_all(&folder).unwrap();
    let stand_in = folder.join("wdk_build.rs");
    fs::write(
        &stand_in,
        "#[derive(Debug)] pub struct ConfigError;\n\
         pub fn configure_wdk_binary_build() -> Result<(), ConfigError> { Ok(()) }\n",
    )
    .unwrap();
    let rustc = |arguments: &[&Path]| {
        let status = Command::new("rustc")
            .args(["--edition", "2024", "--out-dir"])
            .arg(&folder)
            .args(arguments)
            .status();
        assert!(status.unwrap().success());
    };
    rustc(&[Path::new("--crate-type=rlib"), &stand_in]);
    let library = format!(
        "--extern=wdk_build={}",
        folder.join("libwdk_build.rlib").display()
    );
    rustc(&[
        Path::new("--crate-name=script"),
        Path::new(&library),
        &root.join("build.rs"),
    ]);
    folder.join(format!("script{}", std::env::consts::EXE_SUFFIX))
}

/// Whether the script asks for PSHED's import library.
fn asks_for_pshed(script: &Path, pshed: bool, kit: Option<&str>) -> bool {
    let mut command = Command::new(script);
    command
        .env_remove("CARGO_FEATURE_PSHED")
        .env_remove("WDKContentRoot");
    if pshed {
        command.env("CARGO_FEATURE_PSHED", "1");
    }
    if let Some(kit) = kit {
        command.env("WDKContentRoot", kit);
    }
    let output = command.output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("cargo::rerun-if-env-changed=WDKContentRoot"));
    text.contains("cargo::rustc-cdylib-link-arg=pshed.lib")
}

#[test]
fn pshed_is_linked_by_its_library_wherever_a_kit_has_it() {
    let script = script();
    let finds_a_kit = cfg!(windows);
    assert!(asks_for_pshed(&script, true, Some("/kit")));
    assert!(!asks_for_pshed(&script, false, Some("/kit")));
    // The embedded bindings import it by themselves.
    assert_eq!(asks_for_pshed(&script, true, None), finds_a_kit);
    assert_eq!(asks_for_pshed(&script, true, Some("")), finds_a_kit);
}
