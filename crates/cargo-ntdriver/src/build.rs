//! Building a driver: its image, judged, and its PDB, side by side.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use image::ImageFile;

use crate::{
    Error,
    command::step,
    compile::{
        Source, compile,
        remap::{remap, toml_string},
    },
    inspect::{Binding, Entry, Promise, inspect},
    project::{Model, Project},
    rustup::{TARGET, rustc},
    standin,
};

/// What to build.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Build with debug assertions and little optimisation.
    pub debug: bool,
    /// The folder for the image, instead of `ntdriver/<profile>` in the target folder.
    pub out: Option<PathBuf>,
    /// No panic may be reachable in the image.
    pub panic_free: bool,
}

/// A built image.
#[derive(Debug, Clone)]
pub struct Built {
    /// The image, `.sys`.
    pub sys: PathBuf,
    /// Its PDB.
    pub pdb: PathBuf,
    /// What it is, in a few words.
    pub what: String,
}

/// Builds the driver of `project`. Neither its manifest nor its lock file is changed.
///
/// # Errors
/// cargo fails or warns of a path override; the image is not fit to load. Then no `.sys` is left behind.
pub fn build(project: &Project, options: &Options) -> Result<Built, Error> {
    let profile = if options.debug { "debug" } else { "release" };
    // A folder of its own: what cargo builds elsewhere has other flags, and each would undo the other's work.
    let target = project.target.join("ntdriver");
    let out = options.out.clone().unwrap_or_else(|| target.join(profile));
    let [sys, pdb] = ["sys", "pdb"].map(|ending| out.join(&project.library).with_extension(ending));
    // An image of an earlier build must not pass for this one's if this one fails.
    for stale in [&sys, &pdb] {
        if stale.exists() {
            fs::remove_file(stale).map_err(Error::io(stale))?;
        }
    }

    step(&format!("Building {} ({profile})", project.package));
    let mut cargo = cargo(project, "build", &target)?;
    let source = Source {
        manifest: &project.manifest,
        package: &project.package,
        library: &project.library,
        debug: options.debug,
        bare: false,
    };
    let output = compile(&mut cargo, source, &target)?;
    let promise = Promise {
        entry: Some(Entry::Exported(project.model.entry())),
        binding: None,
        imports: None,
        never_exports: None,
        panic_free: options.panic_free,
        described: false,
    };
    let what = judge(&output.path, &output.image, &project.model, &promise)?;
    step(&format!("The image is fit to load; {what}"));

    fs::create_dir_all(&out).map_err(Error::io(&out))?;
    fs::write(&pdb, output.pdb).map_err(Error::io(&pdb))?;
    fs::write(&sys, output.image).map_err(Error::io(&sys))?;
    Ok(Built { sys, pdb, what })
}

/// Inspects an image of `model`, and says in a few words what it is.
fn judge(path: &Path, bytes: &[u8], model: &Model, promise: &Promise<'_>) -> Result<String, Error> {
    let mut violations = inspect(bytes, promise);
    let binding = ImageFile::parse(bytes)
        .ok()
        .and_then(|image| Binding::read(&image));
    let what = match (model, binding) {
        (Model::Kmdf(_), Some(binding)) => binding.to_string(),
        (Model::Kmdf(_), None) => {
            violations.push(crate::inspect::Violation::NoBinding);
            String::new()
        }
        (Model::Wdm, _) => "without a framework".to_owned(),
    };
    if violations.is_empty() {
        return Ok(what);
    }
    Err(Error::Image {
        path: path.to_path_buf(),
        violations,
    })
}

/// Has cargo do `words`, a command of its and the arguments, as a build of the driver does: over the stand-ins, for the target,
/// in the build's own folder. Answers how cargo ended.
///
/// # Errors
/// There is no command; cargo cannot be started.
pub fn cargo_as_built(project: &Project, words: &[OsString]) -> Result<ExitStatus, Error> {
    let (command, rest) = words.split_first().ok_or_else(|| {
        Error::Usage("cargo: which command? `check`, `clippy` and `doc`, for example".to_owned())
    })?;
    let target = project.target.join("ntdriver");
    let mut cargo = cargo(project, command, &target)?;
    cargo
        .args(["--target", TARGET])
        .arg("--target-dir")
        .arg(&target)
        .args(rest)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()
        .map_err(|error| Error::Program {
            line: format!("cargo {}", command.display()),
            outcome: error.to_string(),
        })
}

/// cargo at `command`, with the stand-ins, the linker and the flags of a driver.
fn cargo(project: &Project, command: impl AsRef<OsStr>, target: &Path) -> Result<Command, Error> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // cargo looks for its configuration from the folder it runs in.
    cargo
        .arg(command)
        .current_dir(project.folder())
        // The stand-in for wdk-build looks for the driver model there; cargo tells a build script of no workspace.
        .env("NTDRIVER_WORKSPACE", &project.root);
    if cfg!(not(windows)) {
        let unpacked = standin::unpack()?;
        let paths: Vec<String> = project
            .stand_ins
            .iter()
            .map(|stand_in| toml_string(&stand_in.below(&unpacked).to_string_lossy()))
            .collect();
        cargo
            .arg("--config")
            .arg(format!("paths=[{}]", paths.join(",")))
            .arg("--config")
            .arg(format!("target.{TARGET}.linker=\"rust-lld\""));
    }
    let sources = [project.root.clone(), project.folder().to_path_buf()];
    // The kernel has no C runtime to link dynamically.
    let flags = ["-Ctarget-feature=+crt-static"];
    remap(&mut cargo, Path::new(&rustc()), &sources, target, &flags)?;
    cargo.arg("--locked");
    Ok(cargo)
}
