//! The link arguments of a miniport.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_WINDOWS").is_none() {
        return;
    }
    for argument in [
        "/DRIVER",
        "/NODEFAULTLIB",
        "/KERNEL",
        "/IGNORE:4257",
        "/NXCOMPAT",
        "/DYNAMICBASE",
        "/OPT:REF,ICF",
        "/INTEGRITYCHECK",
        "/MANIFEST:NO",
        "/ENTRY:DriverEntry",
        "/SUBSYSTEM:NATIVE,10.0",
        "/RELEASE",
        "/Brepro",
        "/PDBALTPATH:%_PDB%",
    ] {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
}
