//! The driver without its feature `pshed`: an image that knows nothing of PSHED, and passes every other suite.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use xtask::{
    Workspace,
    compile::{Source, compile},
    inspect::{AllowList, Scope, inspect},
    toolchain::{self, Choice},
};

/// What the harness says in place of a test of the plug-in.
const WHY: &str = "the image was built without the feature pshed";

/// The committed list without what the feature imports.
fn allowed(workspace: &Workspace) -> AllowList {
    let list = workspace.root().join("xtask/imports-allowed.txt");
    let text = fs::read_to_string(list).unwrap();
    let (of_pshed, rest): (Vec<&str>, Vec<&str>) = text
        .lines()
        .partition(|line| line.starts_with("PSHED.dll") || line.contains("  Whea"));
    assert!(
        of_pshed.len() > 4,
        "the list names what the feature imports: {of_pshed:?}"
    );
    AllowList::parse(&rest.join("\n")).unwrap()
}

fn build(workspace: &Workspace) -> (PathBuf, PathBuf) {
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let source = Source {
        manifest: &workspace.root().join("Cargo.toml"),
        package: "dirql-driver",
        library: "dirql_driver",
        debug: false,
        bare: true,
    };
    let output = compile(workspace, &toolchain, source).unwrap();
    assert_eq!(
        inspect(&output.image, &allowed(workspace), Scope::Release),
        []
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("without-pshed");
    fs::create_dir_all(&folder).unwrap();
    let (sys, pdb) = (
        folder.join("dirql_driver.sys"),
        folder.join("dirql_driver.pdb"),
    );
    fs::write(&sys, output.image).unwrap();
    fs::write(&pdb, output.pdb).unwrap();
    (sys, pdb)
}

/// The tests of a report with this outcome, by their names, and what each says.
fn with_outcome<'a>(report: &'a str, outcome: &str) -> Vec<(&'a str, &'a str)> {
    let outcome = format!("\"outcome\":\"{outcome}\"");
    let tests = report.split("{\"name\":\"").skip(1);
    tests
        .filter(|test| test.contains(&outcome))
        .map(|test| {
            let (name, rest) = test.split_once('"').unwrap();
            (name, rest)
        })
        .collect()
}

#[test]
fn the_image_without_the_plugin_passes_every_other_suite() {
    let workspace = Workspace::find().unwrap();
    let (sys, pdb) = build(&workspace);
    let harness = Path::new(env!("CARGO_BIN_EXE_xtask"))
        .with_file_name(format!("dirql{}", env::consts::EXE_SUFFIX));
    let output = Command::new(&harness)
        .args(["run", "--format", "json", "--image"])
        .arg(&sys)
        .arg("--pdb")
        .arg(&pdb)
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "{}: {error}: `cargo build --profile host -p dirql-harness` builds it",
                harness.display()
            )
        });
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}: {:?}\n{}",
        output.status,
        with_outcome(&report, "failed"),
        String::from_utf8_lossy(&output.stderr)
    );
    let of_pshed = |name: &str| name.starts_with("pshed::");
    let skipped = with_outcome(&report, "skipped");
    for (name, said) in &skipped {
        assert!(
            of_pshed(name) && said.contains(WHY),
            "{name} is skipped: {said}"
        );
    }
    let passed = with_outcome(&report, "passed");
    assert!(
        !passed.iter().any(|(name, _)| of_pshed(name)),
        "a test of the plug-in passes without one"
    );
    // The other suites are there.
    let suites: BTreeSet<&str> = passed
        .iter()
        .filter_map(|(name, _)| name.split("::").next())
        .collect();
    for suite in ["query", "synchronize", "stress", "pnp", "power"] {
        assert!(suites.contains(suite), "{suite} is not among {suites:?}");
    }
    assert!(!skipped.is_empty());
}
