//! The driver's images: `dirql_driver.sys`, and `dirql_wdf.sys`, which differs in whose its interrupt is.

use std::path::Path;

use image::{ImageFile, symbols::Symbols};
use object::LittleEndian as LE;

use crate::{
    Error, Workspace,
    inspect::{
        AllowList, Binding, Scope, imports_of_the_driver, imports_of_the_wdf_driver, inspect,
        inspect_over_kit,
    },
    recipe::{Built, Options, Recipe},
    toolchain::Toolchain,
};

/// Builds the driver by `toolchain`, inspects it, and puts `.sys` and `.pdb` side by side.
///
/// # Errors
/// cargo fails or warns of a path override; the image is not fit to load. Then no `.sys` is left behind.
pub fn build(
    workspace: &Workspace,
    toolchain: &Toolchain,
    options: &Options,
) -> Result<Built, Error> {
    let recipe = Recipe {
        what: "driver",
        manifest: "Cargo.toml",
        package: "dirql-driver",
        name: "dirql_driver",
        judge: |path, bytes, scope| judge(path, bytes, scope).map(|binding| binding.to_string()),
    };
    recipe.build(workspace, toolchain, options)
}

/// Builds the driver whose interrupt is the framework's.
///
/// # Errors
/// As [`build`].
pub fn build_wdf(
    workspace: &Workspace,
    toolchain: &Toolchain,
    options: &Options,
) -> Result<Built, Error> {
    let recipe = Recipe {
        what: "driver with the framework's interrupt",
        manifest: "driver/Cargo.toml",
        package: "dirql-driver-wdf",
        name: "dirql_wdf",
        judge: |path, bytes, scope| {
            let list = imports_of_the_wdf_driver();
            judge_by(path, bytes, &list, scope).map(|binding| binding.to_string())
        },
    };
    recipe.build(workspace, toolchain, options)
}

/// Inspects the image `bytes` of the file `path`, and answers what it binds. The PDB of an image over a kit lies beside it.
///
/// # Errors
/// [`Error::Image`] with every violation.
pub fn judge(path: &Path, bytes: &[u8], scope: Scope) -> Result<Binding, Error> {
    judge_by(path, bytes, &imports_of_the_driver(), scope)
}

fn judge_by(
    path: &Path,
    bytes: &[u8],
    imports: &AllowList,
    scope: Scope,
) -> Result<Binding, Error> {
    let violations = match scope {
        Scope::Kit => inspect_over_kit(bytes, entry(path, bytes).as_deref(), imports),
        _ => inspect(bytes, imports, scope),
    };
    let binding = ImageFile::parse(bytes)
        .ok()
        .and_then(|image| Binding::read(&image));
    match binding {
        Some(binding) if violations.is_empty() => Ok(binding),
        _ => Err(Error::Image {
            path: path.to_path_buf(),
            violations,
        }),
    }
}

/// What the PDB beside the file `path` calls the entry of its image.
fn entry(path: &Path, bytes: &[u8]) -> Option<String> {
    let image = ImageFile::parse(bytes).ok()?;
    let entry = image.optional().address_of_entry_point.get(LE);
    let symbols = Symbols::of_pdb("dirql_driver", &path.with_extension("pdb")).ok()?;
    let place = symbols.resolve(entry);
    let name = place.frames().last()?.function.clone()?;
    place.is_start().then_some(name)
}
