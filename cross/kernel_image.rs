// The link arguments of a kernel image, in one place: a file that build scripts take in by `#[path]`, and no module of a
// crate, because no crate is there for all of them. cross/wdk-build may have no dependency but those of the published
// one, and a miniport has no driver model that wdk-build knows.

/// What WindowsDriver.KernelMode.props of the kit, and the published wdk-build, pass for every kernel driver.
pub(crate) const KERNEL: &[&str] = &[
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

/// What link.exe does by itself for a native image that wdk-build links, and has to be told for another.
pub(crate) const NATIVE: &[&str] = &[
    // The kernel refuses a driver without a checksum; lld writes one only on demand.
    "/RELEASE",
    // lld's default is 6.0. The kit's is that of the oldest Windows the project runs on.
    "/SUBSYSTEM:NATIVE,10.0",
];

/// What keeps an image of lld free of the machine that linked it.
pub(crate) const REPRODUCIBLE: &[&str] = &[
    // A hash of the content instead of the time, and the PDB's name without its folder.
    "/Brepro",
    "/PDBALTPATH:%_PDB%",
];
