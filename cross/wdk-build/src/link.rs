//! The link arguments of a kernel driver.

use std::{env, fs, path::PathBuf};

use crate::{
    Config, ConfigError, DriverConfig, IoError, embedded,
    kernel_image::{KERNEL, NATIVE, REPRODUCIBLE},
};

/// An archive without a member.
const EMPTY_ARCHIVE: &[u8] = b"!<arch>\n";

/// Libraries of user mode that crates ask for and that no driver takes anything from: on Windows the linker finds
/// them and leaves them out. `tracelogging` asks for the one that makes GUIDs.
const UNUSED: &[&str] = &["rpcrt4.lib"];

/// What those libraries would define. Without optimisation the functions that name it are in the objects that the linker
/// is given; it wants every name before it leaves out what nothing calls.
const UNDEFINED: &[&str] = &["/ALTERNATENAME:__imp_UuidCreate=__ImageBase"];

impl Config {
    /// Passes the linker what makes a driver image, and sets the `cfg` of the driver model.
    ///
    /// # Errors
    /// A C runtime that is not linked statically; a user-mode driver, which takes a kit; a kit without its library
    /// folders; a folder for the build script's output that cannot be written to.
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
            DriverConfig::Umdf(_) => return Err(ConfigError::UserMode),
        };
        if self.has_kit() {
            for folder in self.library_paths()? {
                println!("cargo::rustc-link-search={}", folder.display());
            }
        } else {
            for argument in embedded::link_arguments()? {
                println!("cargo::rustc-cdylib-link-arg={argument}");
            }
            embedded::say_what_is_left_out(self)?;
        }
        let out =
            PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
        for library in UNUSED {
            let path = out.join(library);
            fs::write(&path, EMPTY_ARCHIVE).map_err(|source| IoError::with_path(&path, source))?;
        }
        println!("cargo::rustc-link-search=native={}", out.display());
        let lists = [KERNEL, NATIVE, REPRODUCIBLE, UNDEFINED, &[entry]];
        for argument in lists.concat() {
            println!("cargo::rustc-cdylib-link-arg={argument}");
        }
        self.configure_library_build()
    }
}
