//! Compiling and linking a driver: the call of cargo that all drivers share, and what it leaves.

pub mod remap;
pub mod seal;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, command::run_watched, rustup::TARGET};

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

/// Has `cargo`, a `cargo build` with its folder, its environment and its configuration, compile `source` into `target`.
///
/// # Errors
/// cargo fails, or warns of a path override; there is no PDB; the image cannot be sealed.
pub fn compile(cargo: &mut Command, source: Source<'_>, target: &Path) -> Result<Output, Error> {
    cargo
        .args(["--package", source.package])
        .arg("--manifest-path")
        .arg(source.manifest)
        .args(["--target", TARGET])
        .arg("--target-dir")
        .arg(target)
        // Flags from the environment replace those of the configuration, among them what makes the image a driver.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    if !source.debug {
        cargo.arg("--release");
    }
    if source.bare {
        cargo.arg("--no-default-features");
    }
    let mut overridden = false;
    run_watched(cargo, |line| {
        overridden |= line.contains("path override");
    })?;
    if overridden {
        return Err(Error::PathOverride);
    }

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
