//! Building a mutant: compiled, refused by the inspection for its mark, and put into files.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use xtask::{
    Workspace,
    compile::{Source, compile},
    inspect::Violation,
    toolchain::Toolchain,
};

use crate::table::Entry;

/// An image and its PDB, in files.
pub(crate) struct Built {
    pub(crate) sys: PathBuf,
    pub(crate) pdb: PathBuf,
}

/// Builds a mutant of the package of that name, whose manifest is given with it; `inspect` is what inspects its image.
pub(crate) fn build(
    workspace: &Workspace,
    toolchain: &Toolchain,
    entry: &Entry,
    (manifest, package): (&Path, &str),
    inspect: impl Fn(&[u8]) -> Vec<Violation>,
) -> Built {
    let source = Source {
        manifest,
        package,
        debug: false,
        bare: false,
        mutant: Some(entry.mutant),
    };
    let output = compile(workspace, toolchain, source)
        .unwrap_or_else(|error| panic!("{}: {error}", entry.name()));
    let violations = inspect(&output.image);
    assert!(
        violations
            .iter()
            .any(|violation| matches!(violation, Violation::Mutant(_))),
        "{}: the inspection does not refuse it as a mutant: {violations:?}",
        entry.name()
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    fs::create_dir_all(&folder).unwrap();
    let built = Built {
        sys: folder.join(entry.name()).with_extension("sys"),
        pdb: folder.join(entry.name()).with_extension("pdb"),
    };
    fs::write(&built.sys, output.image).unwrap();
    fs::write(&built.pdb, output.pdb).unwrap();
    built
}

/// The file that a variable of the environment names.
pub(crate) fn variable(name: &str) -> PathBuf {
    PathBuf::from(env::var_os(name).unwrap_or_else(|| {
        panic!(
            "{name} is not set: run this by `cargo xtask test`, or as `cargo xtask build` prints"
        )
    }))
}
