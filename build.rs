//! Link arguments of a KMDF image come from `wdk-build`, which knows of no PSHED. The package says whose the interrupt is.
fn main() -> Result<(), wdk_build::ConfigError> {
    println!("cargo::rerun-if-env-changed=WDKContentRoot");
    if std::env::var_os("CARGO_PKG_NAME").is_some_and(|package| package == "dirql-driver-wdf") {
        println!("cargo::rustc-cfg=framework_interrupt");
    }
    let plugs_in = std::env::var_os("CARGO_FEATURE_PSHED").is_some();
    // A Windows host finds its kit by itself, another is told where it is. Without one the bindings import PSHED.dll.
    let kit = std::env::consts::OS == "windows"
        || std::env::var_os("WDKContentRoot").is_some_and(|kit| !kit.is_empty());
    if plugs_in && kit {
        println!("cargo::rustc-cdylib-link-arg=pshed.lib");
    }
    wdk_build::configure_wdk_binary_build()
}
