//! Compiling and linking a driver: the cargo call that the project's driver and the simulator's guests share.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use ntdriver::compile::{self, remap};
pub use ntdriver::compile::{Output, Source, seal};

use crate::{
    Error, Workspace,
    command::cargo,
    guests,
    toolchain::{TARGET, Toolchain},
};

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
    let mut command = cargo(workspace);
    if cfg!(not(windows)) {
        command.args(["--config", "cross/linux.toml"]);
        name_kit_tools(&mut command);
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
