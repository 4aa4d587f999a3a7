//! Building the driver image, and what building any of the project's images takes.
//!
//! cargo makes `dirql_driver.dll`; a driver is called `.sys`. Between the two names stands [`inspect`].

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use lexopt::{Arg, ValueExt};

use image::ImageFile;

use crate::{
    Error, Workspace,
    command::step,
    compile::{Source, compile},
    inspect::{AllowList, Binding, Scope, inspect},
    miniport,
    setup::setup,
    toolchain::{Choice, Toolchain},
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
    let toolchain = setup(workspace, choice, &[])?;
    for built in [
        build(workspace, &toolchain, &options)?,
        miniport::build(workspace, &toolchain, &options)?,
    ] {
        println!("{}", built.sys.display());
        println!("{}", built.pdb.display());
    }
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

/// One of the project's images: what it is made of, and who judges it.
pub(crate) struct Recipe {
    /// What it is called in messages.
    pub(crate) what: &'static str,
    /// Its manifest, from the root of the repository.
    pub(crate) manifest: &'static str,
    /// Its package.
    pub(crate) package: &'static str,
    /// The name of the files, without an extension.
    pub(crate) name: &'static str,
    /// Inspects the image and says in a few words what it is.
    pub(crate) judge: fn(&Path, &[u8], Scope) -> Result<String, Error>,
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
    let recipe = Recipe {
        what: "driver",
        manifest: "Cargo.toml",
        package: "dirql-driver",
        name: "dirql_driver",
        judge: |path, bytes, scope| judge(path, bytes, scope).map(|binding| binding.to_string()),
    };
    recipe.build(workspace, toolchain, options)
}

impl Recipe {
    /// Does what [`build`] does for any of the images.
    pub(crate) fn build(
        &self,
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
            sys: out.join(self.name).with_extension("sys"),
            pdb: out.join(self.name).with_extension("pdb"),
        };
        // An image of an earlier build must not pass for this one's if this one fails.
        for stale in [&built.sys, &built.pdb] {
            if stale.exists() {
                fs::remove_file(stale).map_err(Error::io(stale))?;
            }
        }

        step(&format!(
            "Building the {} ({profile}, {})",
            self.what,
            toolchain.name()
        ));
        let manifest = workspace.root().join(self.manifest);
        let output = compile(
            workspace,
            toolchain,
            Source {
                manifest: &manifest,
                package: self.package,
                debug: options.debug,
                bare: false,
            },
        )?;
        let scope = match toolchain {
            Toolchain::Rustup if !options.debug => Scope::Release,
            _ => Scope::Other,
        };
        let what = (self.judge)(&output.path, &output.image, scope)?;
        step(&format!("The image is fit to load; {what}"));

        fs::create_dir_all(&out).map_err(Error::io(&out))?;
        fs::write(&built.pdb, output.pdb).map_err(Error::io(&built.pdb))?;
        fs::write(&built.sys, output.image).map_err(Error::io(&built.sys))?;
        Ok(built)
    }
}

/// Inspects the image `bytes` of the file `path`, and answers what it binds.
///
/// # Errors
/// [`Error::Image`] with every violation.
pub fn judge(path: &Path, bytes: &[u8], scope: Scope) -> Result<Binding, Error> {
    let violations = inspect(bytes, &AllowList::of_the_driver(), scope);
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
