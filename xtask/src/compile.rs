//! Compiling and linking a driver: the cargo call that the project's driver and the simulator's guests share.

mod reproducible;
pub mod seal;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Error, Workspace,
    command::{cargo, run_watched},
    toolchain::{TARGET, Toolchain},
};

/// A driver to compile.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The manifest of its package.
    pub manifest: &'a Path,
    /// The package.
    pub package: &'a str,
    /// Its library, by whose name cargo calls the image.
    pub library: &'a str,
    /// Whether it is built with debug assertions and little optimisation.
    pub debug: bool,
    /// Whether its default features are left out.
    pub bare: bool,
}

/// What a compilation leaves, sealed: the bytes of the image and of its PDB.
#[derive(Debug, Clone)]
pub struct Output {
    /// Where the linker left the image, for messages.
    pub path: PathBuf,
    /// The image.
    pub image: Vec<u8>,
    /// Its PDB.
    pub pdb: Vec<u8>,
}

/// Compiles `source` by `toolchain`.
///
/// # Errors
/// cargo fails, or warns of a path override; the image cannot be sealed.
pub fn compile(
    workspace: &Workspace,
    toolchain: &Toolchain,
    source: Source<'_>,
) -> Result<Output, Error> {
    let target = target_folder(workspace, toolchain);
    call_cargo(workspace, toolchain, source, &target)?;

    let profile = if source.debug { "debug" } else { "release" };
    let path = target
        .join(TARGET)
        .join(profile)
        .join(source.library)
        .with_extension("dll");
    let pdb = path.with_extension("pdb");
    let mut output = Output {
        image: fs::read(&path).map_err(Error::io(&path))?,
        pdb: fs::read(&pdb).map_err(Error::io(&pdb))?,
        path,
    };
    // link.exe is left to its own ways of identifying an image.
    if cfg!(not(windows)) {
        seal::seal(&mut output.image, &mut output.pdb).map_err(|seal::NotSealed(why)| {
            Error::Seal {
                path: output.path.clone(),
                why,
            }
        })?;
    }
    Ok(output)
}

/// Each way to build has a folder of its own: wdk-macros keeps signatures from the bindings it saw first.
fn target_folder(workspace: &Workspace, toolchain: &Toolchain) -> PathBuf {
    let name = if kit_is_named() {
        "driver-kit".to_owned()
    } else {
        format!("driver-{}", toolchain.name())
    };
    workspace.target().join(name)
}

/// Whether bindings come from a real kit; cross/wdk-build asks the same question.
pub(crate) fn kit_is_named() -> bool {
    env::var_os("WDKContentRoot").is_some_and(|root| !root.is_empty())
}

fn call_cargo(
    workspace: &Workspace,
    toolchain: &Toolchain,
    source: Source<'_>,
    target: &Path,
) -> Result<(), Error> {
    let mut command = cargo(workspace);
    command
        .args(["build", "--locked", "--package", source.package])
        .arg("--manifest-path")
        .arg(source.manifest)
        .args(["--target", TARGET])
        .arg("--target-dir")
        .arg(target)
        // Flags from the environment replace those of the configuration, among them what makes the image a driver.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    if !source.debug {
        command.arg("--release");
    }
    if source.bare {
        command.arg("--no-default-features");
    }
    if cfg!(not(windows)) {
        command.args(["--config", "cross/linux.toml"]);
        name_kit_tools(&mut command);
    }
    if let Toolchain::Debian { rustc, linker } = toolchain {
        let linker = reproducible::toml_string(&linker.to_string_lossy());
        command
            .arg("--config")
            .arg(format!("target.{TARGET}.linker={linker}"))
            .arg("-Zbuild-std=core,alloc,compiler_builtins")
            .env("RUSTC", rustc)
            .env("RUSTC_BOOTSTRAP", "1");
    }
    reproducible::remap(&mut command, workspace, toolchain, target)?;

    let mut overridden = false;
    run_watched(&mut command, |line| {
        overridden |= line.contains("path override");
    })?;
    if overridden {
        return Err(Error::PathOverride);
    }
    Ok(())
}

/// With a kit, wdk-sys compiles a C file that exposes the framework's variables. Its `cc` looks for Microsoft's
/// compiler; clang speaks the same language.
fn name_kit_tools(command: &mut Command) {
    if !kit_is_named() {
        return;
    }
    for (name, value) in [
        ("CC_x86_64_pc_windows_msvc", "clang-cl"),
        ("AR_x86_64_pc_windows_msvc", "llvm-lib"),
        ("CFLAGS_x86_64_pc_windows_msvc", "/kernel /GS- -w"),
    ] {
        if env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
}
