//! The configuration of a build: the driver model, the processor, the kit where there is one.

use std::{env, path::PathBuf};

use serde::Deserialize;

use crate::{ConfigError, manifest};

/// A part of the WDK that `wdk-sys` binds on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiSubset {
    /// What every driver uses.
    Base,
    /// The driver frameworks.
    Wdf,
    /// General-purpose input and output.
    Gpio,
    /// Human interface devices.
    Hid,
    /// Parallel ports.
    ParallelPorts,
    /// Simple peripheral bus.
    Spb,
    /// Storage.
    Storage,
    /// Universal serial bus.
    Usb,
}

/// The driver model that a package declares in `[package.metadata.wdk.driver-model]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "driver-type", deny_unknown_fields, rename_all = "UPPERCASE")]
pub enum DriverConfig {
    /// Windows Driver Model: no framework.
    Wdm,
    /// Kernel-Mode Driver Framework.
    Kmdf(KmdfConfig),
    /// User-Mode Driver Framework.
    Umdf(UmdfConfig),
}

/// The version of KMDF that a driver binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KmdfConfig {
    /// Major version, 1 so far.
    pub kmdf_version_major: u8,
    /// Minor version whose function table the driver is compiled against.
    pub target_kmdf_version_minor: u8,
    /// Oldest minor version that the driver runs on; the target version if absent.
    pub minimum_kmdf_version_minor: Option<u8>,
}

/// The version of UMDF that a driver binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UmdfConfig {
    /// Major version.
    pub umdf_version_major: u8,
    /// Minor version that the driver is compiled against.
    pub target_umdf_version_minor: u8,
    /// Oldest minor version that the driver runs on; the target version if absent.
    pub minimum_umdf_version_minor: Option<u8>,
}

/// What a build script is told about the build it is part of.
#[derive(Debug, Clone)]
pub struct Config {
    /// The root of a kit, from `WDKContentRoot`.
    pub(crate) kit: Option<PathBuf>,
    /// The driver model of the workspace.
    pub driver_config: DriverConfig,
}

impl Config {
    /// Reads the configuration from the workspace and the environment.
    ///
    /// # Errors
    /// A driver model that is absent, contradictory or not understood.
    pub fn from_env_auto() -> Result<Self, ConfigError> {
        Self::from_workspace()?.ok_or(ConfigError::NoDriverModel)
    }

    /// As [`Config::from_env_auto`], but a workspace without a driver model is `None`: a library may be built on its
    /// own. The `cfg` names are announced in either case.
    pub(crate) fn from_workspace() -> Result<Option<Self>, ConfigError> {
        println!("cargo::rerun-if-env-changed=WDKContentRoot");
        println!(
            r#"cargo::rustc-check-cfg=cfg(driver_model__driver_type, values("WDM","KMDF","UMDF"))"#
        );
        let kit = env::var_os("WDKContentRoot")
            .filter(|root| !root.is_empty())
            .map(PathBuf::from);
        Ok(manifest::driver_model()?.map(|driver_config| Self { kit, driver_config }))
    }

    /// Whether bindings come from a kit.
    pub(crate) fn has_kit(&self) -> bool {
        self.kit.is_some()
    }

    /// Sets the `cfg` that the wdk crates select their code by.
    ///
    /// # Errors
    /// None so far; the signature is the published crate's.
    pub fn configure_library_build(&self) -> Result<(), ConfigError> {
        let driver_type = match self.driver_config {
            DriverConfig::Wdm => "WDM",
            DriverConfig::Kmdf(_) => "KMDF",
            DriverConfig::Umdf(_) => "UMDF",
        };
        println!(r#"cargo::rustc-cfg=driver_model__driver_type="{driver_type}""#);
        Ok(())
    }

    /// The symbol under which the WDF stub library keeps the address of the function table; `None` for WDM.
    #[must_use]
    pub fn compute_wdffunctions_symbol_name(&self) -> Option<String> {
        let (major, minor) = match self.driver_config {
            DriverConfig::Wdm => return None,
            DriverConfig::Kmdf(kmdf) => (kmdf.kmdf_version_major, kmdf.target_kmdf_version_minor),
            DriverConfig::Umdf(umdf) => (umdf.umdf_version_major, umdf.target_umdf_version_minor),
        };
        Some(format!("WdfFunctions_{major:02}{minor:03}"))
    }
}
