//! Compiling and linking a driver: the cargo call that the project's driver and the simulator's guests share.

use std::path::{Path, PathBuf};

pub use ntdriver::compile::{Output, Source};
use ntdriver::{
    compile::{self, remap},
    package::version,
};

use crate::{
    Error, Workspace,
    command::cargo,
    guests,
    kit::{self, Kit},
    toolchain::{TARGET, Toolchain},
};

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
/// As [`compile`](fn@compile); the kit lacks what the source takes.
pub fn compile_over(
    workspace: &Workspace,
    toolchain: &Toolchain,
    source: Source<'_>,
    kit: Option<&Kit>,
) -> Result<Output, Error> {
    let target = target_folder(workspace, toolchain, kit);
    let mut command = cargo(workspace);
    command.arg("build");
    // What the version resource says, and the INF of a package.
    let version = version::of_images(workspace.root(), env!("CARGO_PKG_VERSION"));
    command.env("DIRQL_DRIVER_VERSION", version);
    if cfg!(not(windows)) {
        command.args(["--config", "cross/linux.toml"]);
        match kit {
            Some(kit) => kit.name(&mut command, source.package)?,
            None => kit::leave_out(&mut command),
        }
    }
    let mut rustc = Path::new("rustc");
    if let Toolchain::Debian {
        rustc: debian,
        linker,
    } = toolchain
    {
        rustc = debian;
        let linker = remap::toml_string(&linker.to_string_lossy());
        command
            .arg("--config")
            .arg(format!("target.{TARGET}.linker={linker}"))
            .arg("-Zbuild-std=core,alloc,compiler_builtins")
            .env("RUSTC", debian)
            .env("RUSTC_BOOTSTRAP", "1");
    }
    let mut sources = vec![workspace.root().to_path_buf()];
    // A guest is a workspace of its own. All are named in every build, for builds whose flags differ would undo each
    // other's work in the folder they share.
    sources.extend(guests::folders(workspace)?);
    remap::remap(&mut command, rustc, &sources, &target, &[])?;
    command.arg("--locked");
    compile::compile(&mut command, source, &target)
}

/// Each way to build has a folder of its own: wdk-macros keeps signatures from the bindings it saw first.
fn target_folder(workspace: &Workspace, toolchain: &Toolchain, kit: Option<&Kit>) -> PathBuf {
    let over = if kit.is_some() { "-kit" } else { "" };
    workspace
        .target()
        .join(format!("driver-{}{over}", toolchain.name()))
}
