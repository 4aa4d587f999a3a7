//! The link arguments of a miniport.

#[path = "../../../cross/kernel_image.rs"]
mod kernel_image;

use kernel_image::{KERNEL, NATIVE, REPRODUCIBLE};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_WINDOWS").is_none() {
        return;
    }
    for argument in [KERNEL, &["/ENTRY:DriverEntry"], NATIVE, REPRODUCIBLE].concat() {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
}
