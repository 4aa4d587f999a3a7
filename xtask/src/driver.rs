//! Building the driver image.
//!
//! cargo makes `dirql_driver.dll`; a driver is called `.sys`. Between the two names stands [`inspect`].

mod reproducible;
pub mod seal;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use lexopt::{Arg, ValueExt};

use crate::{
    Error, Workspace,
    command::{cargo, run_watched, step},
    inspect::{AllowList, Binding, Image, Scope, inspect},
    toolchain::{self, Choice, TARGET, Toolchain},
};

/// What to build.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Build with debug assertions and little optimisation.
    pub debug: bool,
    /// The folder for the image, instead of `image/<profile>` in the target folder.
    pub out: Option<PathBuf>,
}

/// A built image.
#[derive(Debug, Clone)]
pub struct Built {
    /// `dirql_driver.sys`.
    pub sys: PathBuf,
    /// `dirql_driver.pdb`.
    pub pdb: PathBuf,
}

/// `build [--debug] [--toolchain CHOICE] [--out DIR]`.
///
/// # Errors
/// As [`build`], no toolchain, and a bad command line.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut options = Options::default();
    let mut choice = Choice::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("debug") => options.debug = true,
            Arg::Long("toolchain") => choice = arguments.value()?.parse()?,
            Arg::Long("out") => options.out = Some(arguments.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    step("Finding a compiler for the driver");
    let toolchain = toolchain::provide(choice)?;
    let built = build(workspace, &toolchain, &options)?;
    println!("{}", built.sys.display());
    println!("{}", built.pdb.display());
    Ok(ExitCode::SUCCESS)
}

/// `inspect FILE [--debug]`.
///
/// # Errors
/// An image that is not fit to load; a file that cannot be read; a bad command line.
pub fn inspect_command(_: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut file: Option<PathBuf> = None;
    let mut scope = Scope::Release;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("debug") => scope = Scope::Other,
            Arg::Value(value) if file.is_none() => file = Some(value.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    let file = file.ok_or_else(|| Error::Usage("inspect: which file?".to_owned()))?;
    let bytes = fs::read(&file).map_err(Error::io(&file))?;
    let binding = judge(&file, &bytes, scope)?;
    println!("{}: fit to load; {binding}", file.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the driver by `toolchain`, inspects it, and puts `.sys` and `.pdb` side by side.
///
/// # Errors
/// cargo fails or warns of a path override; the image is not fit to load. Then no `.sys` is left behind.
pub fn build(
    workspace: &Workspace,
    toolchain: &Toolchain,
    options: &Options,
) -> Result<Built, Error> {
    let profile = if options.debug { "debug" } else { "release" };
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| workspace.target().join("image").join(profile));
    let built = Built {
        sys: out.join("dirql_driver.sys"),
        pdb: out.join("dirql_driver.pdb"),
    };
    // An image of an earlier build must not pass for this one's if this one fails.
    for stale in [&built.sys, &built.pdb] {
        if stale.exists() {
            fs::remove_file(stale).map_err(Error::io(stale))?;
        }
    }

    step(&format!(
        "Building the driver ({profile}, {})",
        toolchain.name()
    ));
    let target = target_folder(workspace, toolchain);
    compile(workspace, toolchain, &target, options.debug)?;

    let artifacts = target.join(TARGET).join(profile);
    let (dll, pdb) = (
        artifacts.join("dirql_driver.dll"),
        artifacts.join("dirql_driver.pdb"),
    );
    let mut image_bytes = fs::read(&dll).map_err(Error::io(&dll))?;
    let mut pdb_bytes = fs::read(&pdb).map_err(Error::io(&pdb))?;
    if cfg!(not(windows)) {
        seal::seal(&mut image_bytes, &mut pdb_bytes).map_err(|seal::NotSealed(why)| {
            Error::Seal {
                path: dll.clone(),
                why,
            }
        })?;
    }

    let scope = match toolchain {
        Toolchain::Rustup if !options.debug => Scope::Release,
        _ => Scope::Other,
    };
    let binding = judge(&dll, &image_bytes, scope)?;
    step(&format!("The image is fit to load; {binding}"));

    fs::create_dir_all(&out).map_err(Error::io(&out))?;
    fs::write(&built.pdb, pdb_bytes).map_err(Error::io(&built.pdb))?;
    fs::write(&built.sys, image_bytes).map_err(Error::io(&built.sys))?;
    Ok(built)
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
fn kit_is_named() -> bool {
    std::env::var_os("WDKContentRoot").is_some_and(|root| !root.is_empty())
}

fn compile(
    workspace: &Workspace,
    toolchain: &Toolchain,
    target: &Path,
    debug: bool,
) -> Result<(), Error> {
    let mut command = cargo(workspace);
    command
        .args(["build", "--locked", "--package", "dirql-driver"])
        .args(["--target", TARGET])
        .arg("--target-dir")
        .arg(target)
        // Flags from the environment replace those of the configuration, among them what makes the image a driver.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    if !debug {
        command.arg("--release");
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
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
}

/// Inspects the image `bytes` of the file `path`, and answers what it binds.
fn judge(path: &Path, bytes: &[u8], scope: Scope) -> Result<Binding, Error> {
    let violations = inspect(bytes, &AllowList::of_the_driver(), scope);
    let binding = Image::parse(bytes)
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
