// The constants of ntddk.h and wdf.h that the project uses, in bindgen's spelling, and the variables of the
// WDF stub library that wdk-sys reads.
pub const TRUE: u32 = 1;
pub const FALSE: u32 = 0;
pub const PASSIVE_LEVEL: u32 = 0;
pub const APC_LEVEL: u32 = 1;
pub const DISPATCH_LEVEL: u32 = 2;

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
