//! The link arguments of a miniport: those of any kernel driver, with `DriverEntry` as the entry.
//!
//! `wdk-build` knows the driver models of the kit, and a video miniport is none of them.

use std::env;

/// What WindowsDriver.KernelMode.props of the kit passes for every kernel driver.
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
    "/ENTRY:DriverEntry",
    "/SUBSYSTEM:NATIVE,10.0",
    "/RELEASE",
];

/// What keeps an image of lld free of the machine that linked it.
const LLD: &[&str] = &["/Brepro", "/PDBALTPATH:%_PDB%"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // An editor checks the crate for the host, where nothing is linked.
    if env::var_os("CARGO_CFG_WINDOWS").is_none() {
        return;
    }
    let lld: &[&str] = if cfg!(windows) { &[] } else { LLD };
    for argument in KERNEL.iter().chain(lld) {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
}
