//! Link arguments of a KMDF image come from `wdk-build`, which knows of no PSHED, and of no version. The package says whose the
//! interrupt is.

#[path = "cross/version_resource.rs"]
mod version_resource;

use version_resource::{Description, SYSTEM};

fn main() -> Result<(), wdk_build::ConfigError> {
    println!("cargo::rerun-if-env-changed=WDKContentRoot");
    if std::env::var_os("CARGO_PKG_NAME").is_some_and(|package| package == "dirql-driver-wdf") {
        println!("cargo::rustc-cfg=framework_interrupt");
    }
    let plugs_in = std::env::var_os("CARGO_FEATURE_PSHED").is_some();
    // A Windows host finds its kit by itself, another is told where it is. Without one the bindings import PSHED.dll.
    let kit = std::env::consts::OS == "windows"
        || std::env::var_os("WDKContentRoot").is_some_and(|kit| !kit.is_empty());
    println!("cargo::rustc-check-cfg=cfg(over_a_kit)");
    if kit {
        println!("cargo::rustc-cfg=over_a_kit");
    }
    if std::env::var_os("CARGO_CFG_WINDOWS").is_some() {
        version_resource::link(&Description {
            file: "dirql_driver.sys",
            what: "dirql on the QEMU edu device",
            kind: SYSTEM,
        });
    }
    if plugs_in && kit {
        println!("cargo::rustc-cdylib-link-arg=pshed.lib");
    }
    wdk_build::configure_wdk_binary_build()
}
