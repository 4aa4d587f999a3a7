//! What can go wrong while a build script asks about the WDK.

use std::{io, path::PathBuf};

/// An input or output error, with the path it happened on.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct IoError {
    path: PathBuf,
    source: io::Error,
}

impl IoError {
    /// Attaches `path` to `source`.
    pub fn with_path(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self {
            path: path.into(),
            source,
        }
    }
}

/// Why the build cannot be configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file or folder could not be read or written.
    #[error(transparent)]
    Io(#[from] IoError),
    /// `cargo metadata` failed.
    #[error("cannot read the workspace's manifests: {0}")]
    Metadata(#[from] cargo_metadata::Error),
    /// A `driver-model` table that cannot be understood.
    #[error("[package.metadata.wdk.driver-model] of {package}: {source}")]
    DriverModel {
        /// The package whose manifest holds the table.
        package: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Two packages declare driver models that differ.
    #[error("{first} and {second} declare different driver models; one workspace builds for one")]
    ConflictingDriverModels {
        /// The package found first.
        first: String,
        /// The package that disagrees.
        second: String,
    },
    /// A driver is built in a workspace in which no package declares a driver model.
    #[error("no package of the workspace has [package.metadata.wdk.driver-model]")]
    NoDriverModel,
    /// A version of the framework that the embedded bindings do not know.
    #[error(
        "the embedded bindings know KMDF 1.9 to 1.33 in its odd versions but 1.29, and a minimum that differs from the target \
         since 1.25; the manifest asks for {0}: ask for one of those, or name a kit in WDKContentRoot"
    )]
    NotEmbedded(String),
    /// A user-mode driver.
    #[error(
        "a UMDF driver runs in user mode, for which this host has neither bindings nor libraries: build it on Windows"
    )]
    UserMode,
    /// A line of a data file that cannot be read.
    #[error("{0}")]
    Data(String),
    /// The embedded bindings are of another processor.
    #[error("the embedded bindings are of x86_64, the target is {0}: name a kit in WDKContentRoot")]
    NotEmbeddedFor(String),
    /// A kit is asked about, but none is named.
    #[error("no kit: set WDKContentRoot to the folder that holds the kit's Include and Lib")]
    NoKit,
    /// A kit that lacks a folder the driver model needs.
    #[error("WDKContentRoot: nothing at {}", .0.display())]
    KitFolder(PathBuf),
    /// A file of the kit that cannot be found, or linked, by the name it is asked for.
    #[error("WDKContentRoot: {0}")]
    KitNames(io::Error),
    /// A target for which Windows has no kernel drivers in Rust.
    #[error("no driver can be built for the processor {0}")]
    Processor(String),
    /// The C runtime is linked dynamically.
    #[error(
        "a driver needs `-Ctarget-feature=+crt-static` in its rustflags (.cargo/config.toml sets it)"
    )]
    StaticCrtNotEnabled,
    /// bindgen does not know the Rust version it is asked to write for.
    #[error("bindgen cannot write for this Rust version: {0}")]
    RustTarget(String),
}
