//! The link arguments of a kernel driver.

use std::env;

use crate::{Config, ConfigError, DriverConfig};

/// What WindowsDriver.KernelMode.props of the kit, and the published crate, pass for every kernel driver.
const KERNEL: &[&str] = &[
    "/DRIVER",
    "/NODEFAULTLIB",
    "/KERNEL",
    // rustc has no /KERNEL, so its objects are "not compiled for kernel mode".
    "/IGNORE:4257",
    "/NXCOMPAT",
    "/DYNAMICBASE",
    "/OPT:REF,ICF",
    "/INTEGRITYCHECK",
    "/MANIFEST:NO",
    "/MAP",
    "/MAPINFO:EXPORTS",
];

/// What link.exe does by itself for a native image, or what keeps the image free of the machine that linked it.
const LLD: &[&str] = &[
    // The kernel refuses a driver without a checksum; lld writes one only on demand.
    "/RELEASE",
    // lld's default is 6.0. The kit's is that of the oldest Windows the project runs on.
    "/SUBSYSTEM:NATIVE,10.0",
    // A hash of the content instead of the time, and the PDB's name without its folder.
    "/Brepro",
    "/PDBALTPATH:%_PDB%",
];

impl Config {
    /// Passes the linker what makes a driver image, and sets the `cfg` of the driver model.
    ///
    /// # Errors
    /// A C runtime that is not linked statically; a user-mode driver, which takes a kit; a kit without its library
    /// folders.
    pub fn configure_binary_build(&self) -> Result<(), ConfigError> {
        if env::var_os("CARGO_CFG_WINDOWS").is_none() {
            // An editor checks the driver for the host. Nothing is linked then, and no target feature asked for.
            return self.configure_library_build();
        }
        let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
        if !features.split(',').any(|feature| feature == "crt-static") {
            return Err(ConfigError::StaticCrtNotEnabled);
        }
        let entry = match &self.driver_config {
            DriverConfig::Kmdf(_) => "/ENTRY:FxDriverEntry",
            DriverConfig::Wdm => "/ENTRY:DriverEntry",
            model @ DriverConfig::Umdf(_) => {
                return Err(ConfigError::NotEmbedded(format!("{model:?}")));
            }
        };
        if self.has_kit() {
            for folder in self.library_paths()? {
                println!("cargo::rustc-link-search={}", folder.display());
            }
        }
        for argument in KERNEL.iter().chain(LLD).chain([&entry]) {
            println!("cargo::rustc-cdylib-link-arg={argument}");
        }
        self.configure_library_build()
    }
}
