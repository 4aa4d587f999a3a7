//! The driver that a command is about: its package, as cargo tells it.

use std::{
    env,
    path::{Path, PathBuf},
};

use cargo_metadata::{CargoOpt, Metadata, MetadataCommand, Package, TargetKind, semver::Version};

use crate::{
    Error,
    command::step,
    inspect::{ENTRY, KMDF_ENTRY},
    standin::{self, StandIn},
};

/// A driver's package, with what of its lock file matters.
#[derive(Debug, Clone)]
pub struct Project {
    /// The manifest of the package.
    pub manifest: PathBuf,
    /// The root of its workspace, where Cargo.lock is.
    pub root: PathBuf,
    /// The package.
    pub package: String,
    /// Its version.
    pub version: Version,
    /// Its library, by whose name files are called.
    pub library: String,
    /// cargo's target folder.
    pub target: PathBuf,
    /// The driver model.
    pub model: Model,
    /// What is stood in for.
    pub stand_ins: Vec<StandIn>,
}

/// A driver model, as `package.metadata.wdk.driver-model` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Model {
    /// With the kernel-mode framework, whose version is `1.31` for example.
    Kmdf(String),
    /// Without a framework.
    Wdm,
}

impl Model {
    /// The export that such a driver is entered by.
    #[must_use]
    pub const fn entry(&self) -> &'static str {
        match self {
            Self::Kmdf(_) => KMDF_ENTRY,
            Self::Wdm => ENTRY,
        }
    }
}

/// Which driver is meant.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// `--manifest-path`: a manifest other than the one of the current folder.
    pub manifest: Option<PathBuf>,
    /// `--package`: a package of the workspace.
    pub package: Option<String>,
}

impl Project {
    /// Finds the driver that is meant. A package that has no Cargo.lock gets one, as by cargo's own commands.
    ///
    /// # Errors
    /// cargo fails; no package or more than one fits; the model is none that this host builds; a version in Cargo.lock has
    /// no stand-in.
    pub fn find(which: &Which) -> Result<Self, Error> {
        let metadata = metadata(which)?;
        let package = driver(&metadata, which)?;
        let library = package
            .targets
            .iter()
            .find(|target| target.kind.contains(&TargetKind::CDyLib))
            .ok_or_else(|| Error::Missing {
                what: format!(
                    "a library of crate type cdylib in {}",
                    package.manifest_path
                ),
                how: "a driver is one: write `[lib]` with `crate-type = [\"cdylib\"]`".to_owned(),
            })?;
        let locked = metadata
            .packages
            .iter()
            .map(|package| (package.name.as_str(), &package.version));
        let stand_ins =
            standin::choose(locked).map_err(|unsupported| Error::Usage(unsupported.to_string()))?;
        if !stand_ins.iter().any(|known| known.package == "wdk-build") {
            return Err(Error::Missing {
                what: format!("wdk-build among the dependencies of {}", package.name),
                how: "name it under `[build-dependencies]`, and call \
                      `wdk_build::configure_wdk_binary_build` in build.rs"
                    .to_owned(),
            });
        }
        Ok(Self {
            manifest: package.manifest_path.clone().into(),
            root: metadata.workspace_root.clone().into(),
            package: package.name.to_string(),
            version: package.version.clone(),
            library: library.name.replace('-', "_"),
            target: metadata.target_directory.clone().into(),
            model: model(&metadata, package)?,
            stand_ins,
        })
    }

    /// The folder that holds the manifest.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(&self.root)
    }
}

/// What cargo tells of the workspace, from a lock file that it may write only where there is none.
fn metadata(which: &Which) -> Result<Metadata, Error> {
    let ask = |options: &[&str], dependencies: bool| {
        let mut command = MetadataCommand::new();
        if let Some(cargo) = env::var_os("CARGO") {
            command.cargo_path(cargo);
        }
        if let Some(manifest) = &which.manifest {
            command.manifest_path(manifest);
        }
        if !dependencies {
            command.no_deps();
        }
        command
            .features(CargoOpt::AllFeatures)
            .other_options(
                options
                    .iter()
                    .map(|word| (*word).to_owned())
                    .collect::<Vec<_>>(),
            )
            .exec()
            .map_err(|error| refused(&error.to_string()))
    };
    let workspace = ask(&[], false)?;
    if !workspace.workspace_root.join("Cargo.lock").exists() {
        step("Writing Cargo.lock, of which there is none");
        return ask(&[], true);
    }
    ask(&["--locked"], true)
}

/// What it means that cargo answered with `said`.
fn refused(said: &str) -> Error {
    // "cannot update the lock file ... because --locked was passed to prevent this", and so in older versions.
    if said.contains("--locked") {
        return Error::Missing {
            what: "a Cargo.lock with everything that Cargo.toml names".to_owned(),
            how:
                "Cargo.toml has changed: run `cargo update --workspace`, which changes nothing else"
                    .to_owned(),
        };
    }
    Error::Program {
        line: "cargo metadata".to_owned(),
        outcome: format!("failed: {}", said.trim().replace('\n', "\n    ")),
    }
}

/// The package that is meant: the one that is named, that of the current folder, or the only one that is a driver.
fn driver<'a>(metadata: &'a Metadata, which: &Which) -> Result<&'a Package, Error> {
    let members = metadata.workspace_packages();
    if let Some(name) = &which.package {
        return members
            .iter()
            .find(|package| package.name.as_str() == name.as_str())
            .copied()
            .ok_or_else(|| Error::Usage(format!("the workspace has no package {name}")));
    }
    let drivers: Vec<&Package> = members
        .into_iter()
        .filter(|package| is_driver(package))
        .collect();
    if let Some(root) = metadata.root_package()
        && is_driver(root)
    {
        return drivers
            .into_iter()
            .find(|package| package.id == root.id)
            .ok_or_else(|| Error::Usage(format!("{} is no member of its workspace", root.name)));
    }
    match drivers[..] {
        [only] => Ok(only),
        [] => Err(Error::Missing {
            what: format!("a driver in {}", metadata.workspace_root),
            how: "a driver has `[package.metadata.wdk.driver-model]` in its manifest, and a library of crate type \
                  cdylib; `cargo ntdriver new NAME` writes one"
                .to_owned(),
        }),
        _ => Err(Error::Usage(format!(
            "the workspace has several drivers, name one by --package: {}",
            drivers
                .iter()
                .map(|package| package.name.to_string())
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}

/// Whether a package makes an image for the kernel: it has the metadata of one, or its library is one in a workspace
/// that has them.
fn is_driver(package: &Package) -> bool {
    let image = package
        .targets
        .iter()
        .any(|target| target.kind.contains(&TargetKind::CDyLib));
    let builds = package
        .dependencies
        .iter()
        .any(|dependency| dependency.name == "wdk-build");
    package.metadata.get("wdk").is_some() || (image && builds)
}

/// The driver model of `package`, or of its workspace.
fn model(metadata: &Metadata, package: &Package) -> Result<Model, Error> {
    let table = [&package.metadata, &metadata.workspace_metadata]
        .into_iter()
        .find_map(|metadata| metadata.get("wdk")?.get("driver-model"));
    let missing = |what: &str| Error::Missing {
        what: format!("{what} in {}", package.manifest_path),
        how: "it stands under `[package.metadata.wdk.driver-model]`".to_owned(),
    };
    let table = table.ok_or_else(|| missing("a driver model"))?;
    let kind = table.get("driver-type").and_then(|kind| kind.as_str());
    match kind {
        Some("WDM") => Ok(Model::Wdm),
        Some("KMDF") => {
            let number = |key: &str| {
                table
                    .get(key)
                    .and_then(serde_json::Value::as_u64)
                    .ok_or_else(|| missing(key))
            };
            Ok(Model::Kmdf(format!(
                "{}.{}",
                number("kmdf-version-major")?,
                number("target-kmdf-version-minor")?
            )))
        }
        Some("UMDF") => Err(Error::Usage(
            "a UMDF driver runs in user mode, for which this host has neither bindings nor libraries: build it on Windows"
                .to_owned(),
        )),
        Some(other) => Err(Error::Usage(format!(
            "driver-type is KMDF, WDM or UMDF, and not {other}"
        ))),
        None => Err(missing("driver-type")),
    }
}
