//! The driver model that the workspace declares in `[package.metadata.wdk.driver-model]` or `[workspace.metadata.wdk.driver-model]`.

use std::{
    env,
    path::{Path, PathBuf},
};

use cargo_metadata::MetadataCommand;

use crate::{ConfigError, DriverConfig};

/// Where it stands in the metadata of a package or of the workspace.
const TABLE: &str = "/wdk/driver-model";

/// Finds the one driver model of the workspace, or `None` where no package declares one.
pub(crate) fn driver_model() -> Result<Option<DriverConfig>, ConfigError> {
    let manifest = top_level_manifest();
    // Only the workspace's own packages are asked, so no registry and no lock file are needed.
    let metadata = MetadataCommand::new()
        .manifest_path(&manifest)
        .no_deps()
        .exec()?;

    println!("cargo::rerun-if-changed={}", manifest.display());
    // The workspace's own table counts as a package's does.
    let mut declared: Vec<(String, &serde_json::Value)> = Vec::new();
    let table = metadata.workspace_metadata.pointer(TABLE);
    declared.extend(table.map(|table| ("the workspace".to_owned(), table)));
    for package in &metadata.packages {
        if let Some(table) = package.metadata.pointer(TABLE) {
            println!("cargo::rerun-if-changed={}", package.manifest_path);
            declared.push((package.name.to_string(), table));
        }
    }
    let mut found: Option<(String, DriverConfig)> = None;
    for (name, table) in declared {
        let model = match serde_json::from_value(table.clone()) {
            Ok(model) => model,
            Err(source) => {
                return Err(ConfigError::DriverModel {
                    package: name,
                    source,
                });
            }
        };
        match found {
            Some((first, ref other)) if *other != model => {
                return Err(ConfigError::ConflictingDriverModels {
                    first,
                    second: name,
                });
            }
            _ => found = Some((name, model)),
        }
    }
    Ok(found.map(|(_, model)| model))
}

/// The variable by which `cargo ntdriver` names the workspace that it builds.
const WORKSPACE: &str = "NTDRIVER_WORKSPACE";

/// The manifest of the workspace that is being built.
///
/// Cargo does not tell a build script; the published crate walks up from the target folder to the lock file. A target
/// folder outside of the workspace has no lock file above it; then it is the workspace this crate stands in.
fn top_level_manifest() -> PathBuf {
    println!("cargo::rerun-if-env-changed={WORKSPACE}");
    let named = env::var_os(WORKSPACE).filter(|root| !root.is_empty());
    let above_target = || {
        let out = PathBuf::from(env::var_os("OUT_DIR")?);
        out.ancestors()
            .find(|folder| folder.join("Cargo.lock").exists())
            .map(Path::to_path_buf)
    };
    named
        .map(PathBuf::from)
        .or_else(above_target)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .join("Cargo.toml")
}
