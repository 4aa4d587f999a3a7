//! The link arguments of a miniport: those of any kernel driver, with `DriverEntry` as the entry.
//!
//! `wdk-build` knows the driver models of the kit, and a video miniport is none of them.

#[path = "../cross/kernel_image.rs"]
mod kernel_image;
#[path = "../cross/version_resource.rs"]
mod version_resource;

use std::env;

use kernel_image::{KERNEL, NATIVE, REPRODUCIBLE};
use version_resource::{DISPLAY, Description};

/// Names videoprt.lib of a kit, for the feature `library`.
const LIBRARY: &str = "DIRQL_VIDEOPRT_LIB";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={LIBRARY}");
    // An editor checks the crate for the host, where nothing is linked.
    if env::var_os("CARGO_CFG_WINDOWS").is_none() {
        return;
    }
    if env::var_os("CARGO_FEATURE_LIBRARY").is_some() {
        let library = env::var(LIBRARY).unwrap_or_else(|_| "videoprt.lib".to_owned());
        println!("cargo::rustc-cdylib-link-arg={library}");
    }
    version_resource::link(&Description {
        file: "dirql_video.sys",
        what: "dirql on the QEMU edu device, as a video miniport",
        kind: DISPLAY,
    });
    let reproducible: &[&str] = if cfg!(windows) { &[] } else { REPRODUCIBLE };
    for argument in [KERNEL, &["/ENTRY:DriverEntry"], NATIVE, reproducible].concat() {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
}
