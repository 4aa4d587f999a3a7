//! Link arguments of a KMDF image come from `wdk-build`.
fn main() -> Result<(), wdk_build::ConfigError> {
    wdk_build::configure_wdk_binary_build()
}
