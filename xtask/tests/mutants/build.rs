//! Building what the copy of the sources holds.

use std::{
    env, fs, iter,
    path::{Path, PathBuf},
    time::Instant,
};

use xtask::{
    Error, Workspace,
    compile::{Output, Source, compile},
    inspect::{
        Scope, Violation, imports_of_the_driver, imports_of_the_miniport,
        imports_of_the_wdf_driver, inspect, inspect_miniport,
    },
    mutant::{Contents, Mutant, SourceCopy},
    toolchain::Toolchain,
};

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
    inspect: |image| inspect(image, &imports_of_the_driver(), Scope::Release),
};

pub(crate) const DRIVER_WDF: Package = Package {
    manifest: "driver/Cargo.toml",
    name: "dirql-driver-wdf",
    library: "dirql_wdf",
    inspect: |image| inspect(image, &imports_of_the_wdf_driver(), Scope::Release),
};

pub(crate) const MINIPORT: Package = Package {
    manifest: "miniport/Cargo.toml",
    name: "dirql-miniport",
    library: "dirql_video",
    inspect: |image| inspect_miniport(image, &imports_of_the_miniport(), Scope::Release),
};

/// An image and its PDB, in files.
pub(crate) struct Built {
    pub(crate) sys: PathBuf,
    pub(crate) pdb: PathBuf,
}

/// Compiles what the copy holds.
pub(crate) fn compile_copy(
    copy: &SourceCopy,
    toolchain: &Toolchain,
    package: &Package,
) -> Result<Output, Error> {
    let source = Source {
        manifest: &copy.workspace().root().join(package.manifest),
        package: package.name,
        library: package.library,
        debug: false,
        bare: false,
    };
    compile(copy.workspace(), toolchain, source)
}

/// Builds a mutant, and puts it into files.
///
/// # Errors
/// It does not fit the sources, or does not compile; the inspection does not refuse it for its mark, or by the rule that it
/// is to be refused by.
pub(crate) fn build(
    copy: &SourceCopy,
    toolchain: &Toolchain,
    (name, refused): (&str, Option<&str>),
    package: &Package,
) -> Result<Built, String> {
    let workspace = Workspace::find().unwrap();
    let began = Instant::now();
    let output = Mutant::read(&workspace, name)
        .and_then(|mutant| copy.fill(Contents::Mutant(&mutant)))
        .and_then(|()| compile_copy(copy, toolchain, package))
        .map_err(|error| format!("{name}: {error}"))?;
    println!("{name}: compiled in {:.1} s", began.elapsed().as_secs_f32());
    let violations = (package.inspect)(&output.image);
    for rule in iter::once("export").chain(refused) {
        if !violations.iter().any(|violation| violation.rule() == rule) {
            return Err(format!(
                "{name}: the inspection does not refuse it by its rule {rule}: {violations:?}"
            ));
        }
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    fs::create_dir_all(&folder).unwrap();
    let built = Built {
        sys: folder.join(name).with_extension("sys"),
        pdb: folder.join(name).with_extension("pdb"),
    };
    fs::write(&built.sys, output.image).unwrap();
    fs::write(&built.pdb, output.pdb).unwrap();
    Ok(built)
}

/// The file that a variable of the environment names.
pub(crate) fn variable(name: &str) -> PathBuf {
    PathBuf::from(env::var_os(name).unwrap_or_else(|| {
        panic!(
            "{name} is not set: run this by `cargo xtask test`, or as `cargo xtask build` prints"
        )
    }))
}
