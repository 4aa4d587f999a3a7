//! Link arguments of a KMDF image come from `wdk-build`, which knows of no PSHED.
fn main() -> Result<(), wdk_build::ConfigError> {
    let plugs_in = std::env::var_os("CARGO_FEATURE_PSHED").is_some();
    if plugs_in && std::env::consts::OS == "windows" {
        // On other hosts the bindings import PSHED.dll by themselves.
        println!("cargo::rustc-cdylib-link-arg=pshed.lib");
    }
    wdk_build::configure_wdk_binary_build()
}
