// The constants of ntddk.h and wdf.h that the project uses, in bindgen's spelling, and the variables of the
// WDF stub library that wdk-sys reads.
pub const TRUE: u32 = 1;
pub const FALSE: u32 = 0;

pub const CmResourceTypeInterrupt: u32 = 2;
pub const CmResourceTypeMemory: u32 = 3;

pub const PAGE_READWRITE: u32 = 4;
pub const PAGE_NOCACHE: u32 = 512;
pub const SYNCHRONIZE: u32 = 1048576;
pub const OBJ_KERNEL_HANDLE: u32 = 512;

unsafe extern "C" {
    #[link_name = "\u{1}WdfFunctions_01031"]
    pub static mut WdfFunctions: *const WDFFUNC;
}
unsafe extern "C" {
    pub static mut WdfDriverGlobals: PWDF_DRIVER_GLOBALS;
}
unsafe extern "C" {
    pub static mut WdfFunctionCount: ULONG;
}
