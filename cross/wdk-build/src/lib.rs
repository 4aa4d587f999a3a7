//! `wdk-build` for Linux hosts.
//!
//! The build scripts of `wdk-sys`, `wdk`, `wdk-alloc`, `wdk-panic` and of a driver ask the crate `wdk-build` three
//! things: which driver model the workspace declares, where its bindings come from, and how the image is linked. The
//! published crate answers from the Windows registry and an installed kit. This one has its name, its version and the
//! part of its interface that those scripts use, and gives the answers a Linux host can give:
//!
//! * [`manifest`] reads `[package.metadata.wdk.driver-model]`, as the published crate does;
//! * [`embedded`] writes the bindings of `wdk-sys` from the data files in `embedded/`, which hold the facts of the kit's
//!   headers, and asserts the layout of each type;
//! * [`kit`] describes a real kit instead, when `WDKContentRoot` names one, and [`bindings`] sets up bindgen over it;
//! * [`link`] passes the linker what makes a DLL a kernel driver.
//!
//! Windows hosts never see this crate: it comes in through the `paths` override of `cross/linux.toml`.

mod bindings;
mod case;
mod config;
mod embedded;
mod error;
#[path = "../../kernel_image.rs"]
mod kernel_image;
mod kit;
mod link;
mod manifest;

pub use bindings::BuilderExt;
pub use config::{ApiSubset, Config, DriverConfig, KmdfConfig, UmdfConfig};
pub use error::{ConfigError, IoError};

/// Configures the build of a library that depends on the WDK: sets the `cfg` of the driver model.
///
/// # Errors
/// A workspace whose driver model cannot be read or is not supported.
pub fn configure_wdk_library_build() -> Result<(), ConfigError> {
    if let Some(config) = Config::from_workspace()? {
        config.configure_library_build()?;
    }
    Ok(())
}

/// Configures the build of `wdk-sys`, and provides its bindings: by `generate` over a kit where one is named, from
/// `embedded/` otherwise.
///
/// # Errors
/// As [`configure_wdk_library_build`]; whatever `generate` reports; embedded bindings that do not fit the driver
/// model, or cannot be written.
pub fn configure_wdk_library_build_and_then<F, E>(mut generate: F) -> Result<(), E>
where
    F: FnMut(Config) -> Result<(), E>,
    E: From<ConfigError>,
{
    let Some(config) = Config::from_workspace()? else {
        return Ok(());
    };
    config.configure_library_build()?;
    if config.has_kit() {
        return generate(config);
    }
    Ok(embedded::provide(&config)?)
}

/// Configures the build of a driver image: its link arguments and the `cfg` of the driver model.
///
/// # Errors
/// A workspace without a driver model, or with one that is not supported; a C runtime that is not linked
/// statically; a kit without its library folders.
pub fn configure_wdk_binary_build() -> Result<(), ConfigError> {
    Config::from_env_auto()?.configure_binary_build()
}
