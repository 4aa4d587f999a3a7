//! Building what the copy of the sources holds.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Instant,
};

use xtask::{
    Workspace,
    compile::{Output, Source, compile},
    inspect::{AllowList, Scope, Violation, inspect, inspect_miniport},
    mutant::{Contents, Mutant, SourceCopy},
    toolchain::Toolchain,
};

use crate::table::Entry;

/// One of the project's images.
pub(crate) struct Package {
    pub(crate) manifest: &'static str,
    pub(crate) name: &'static str,
    pub(crate) library: &'static str,
    pub(crate) inspect: fn(&[u8]) -> Vec<Violation>,
}

pub(crate) const DRIVER: Package = Package {
    manifest: "Cargo.toml",
    name: "dirql-driver",
    library: "dirql_driver",
    inspect: |image| inspect(image, &AllowList::of_the_driver(), Scope::Release),
};

pub(crate) const MINIPORT: Package = Package {
    manifest: "miniport/Cargo.toml",
    name: "dirql-miniport",
    library: "dirql_video",
    inspect: |image| inspect_miniport(image, &AllowList::of_the_miniport(), Scope::Release),
};

/// An image and its PDB, in files.
pub(crate) struct Built {
    pub(crate) sys: PathBuf,
    pub(crate) pdb: PathBuf,
}

/// Compiles what the copy holds.
pub(crate) fn compile_copy(copy: &SourceCopy, toolchain: &Toolchain, package: &Package) -> Output {
    let source = Source {
        manifest: &copy.workspace().root().join(package.manifest),
        package: package.name,
        library: package.library,
        debug: false,
        bare: false,
    };
    compile(copy.workspace(), toolchain, source).unwrap_or_else(|error| panic!("{error}"))
}

/// Builds a mutant, which the inspection refuses for its mark, and puts it into files.
pub(crate) fn build(
    copy: &SourceCopy,
    toolchain: &Toolchain,
    entry: &Entry,
    package: &Package,
) -> Built {
    let workspace = Workspace::find().unwrap();
    let mutant = Mutant::read(&workspace, entry.name).unwrap_or_else(|error| panic!("{error}"));
    copy.fill(Contents::Mutant(&mutant))
        .unwrap_or_else(|error| panic!("{error}"));
    let began = Instant::now();
    let output = compile_copy(copy, toolchain, package);
    println!(
        "{}: compiled in {:.1} s",
        entry.name,
        began.elapsed().as_secs_f32()
    );
    let violations = (package.inspect)(&output.image);
    assert!(
        violations
            .iter()
            .any(|violation| matches!(violation, Violation::Mutant(_))),
        "{}: the inspection does not refuse it as a mutant: {violations:?}",
        entry.name
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    fs::create_dir_all(&folder).unwrap();
    let built = Built {
        sys: folder.join(entry.name).with_extension("sys"),
        pdb: folder.join(entry.name).with_extension("pdb"),
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
