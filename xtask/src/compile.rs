//! Compiling and linking a driver: the cargo call that the project's driver and the simulator's guests share.

mod reproducible;
pub mod seal;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Error, Workspace,
    command::{cargo, run_watched},
    kit::{self, Kit},
    toolchain::{TARGET, Toolchain},
    version,
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

/// Compiles `source` by `toolchain`, over the embedded bindings; on Windows over the kit that is there.
///
/// # Errors
/// cargo fails, or warns of a path override; the image cannot be sealed.
pub fn compile(
    workspace: &Workspace,
    toolchain: &Toolchain,
    source: Source<'_>,
) -> Result<Output, Error> {
    compile_over(workspace, toolchain, source, None)
}

/// Compiles `source` by `toolchain`, over the headers and libraries of `kit` where there is one.
///
/// # Errors
/// As [`compile`]; the kit lacks what the source takes.
pub fn compile_over(
    workspace: &Workspace,
    toolchain: &Toolchain,
    source: Source<'_>,
    kit: Option<&Kit>,
) -> Result<Output, Error> {
    let target = target_folder(workspace, toolchain, kit);
    call_cargo(workspace, toolchain, source, kit, &target)?;

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
fn target_folder(workspace: &Workspace, toolchain: &Toolchain, kit: Option<&Kit>) -> PathBuf {
    let over = if kit.is_some() { "-kit" } else { "" };
    workspace
        .target()
        .join(format!("driver-{}{over}", toolchain.name()))
}

fn call_cargo(
    workspace: &Workspace,
    toolchain: &Toolchain,
    source: Source<'_>,
    kit: Option<&Kit>,
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
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        // What the version resource says, and the INF of a package.
        .env("DIRQL_DRIVER_VERSION", version::of_images(workspace));
    if !source.debug {
        command.arg("--release");
    }
    if source.bare {
        command.arg("--no-default-features");
    }
    if cfg!(not(windows)) {
        command.args(["--config", "cross/linux.toml"]);
        match kit {
            Some(kit) => kit.name(&mut command, source.package)?,
            None => kit::leave_out(&mut command),
        }
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
