//! The routines of VIDEOPRT.SYS: by raw-dylib, or from the library of a kit (feature `library`).

use core::ffi::c_void;

use super::{AccessRange, DpcRoutine, HwInitializationData, Priority, SynchronizeRoutine};

#[cfg_attr(
    all(windows, not(feature = "library")),
    link(name = "VIDEOPRT.SYS", kind = "raw-dylib", modifiers = "+verbatim")
)]
unsafe extern "C" {
    /// `VideoPortInitialize` (nf-video-videoportinitialize). `PASSIVE_LEVEL`, from `DriverEntry` only.
    #[link_name = "VideoPortInitialize"]
    pub fn video_port_initialize(
        argument1: *mut c_void,
        argument2: *mut c_void,
        data: *mut HwInitializationData,
        context: *mut c_void,
    ) -> u32;
    /// `VideoPortSynchronizeExecution` (nf-video-videoportsynchronizeexecution). At most DIRQL; not from
    /// `HwVidInterrupt` and not from a routine that it runs.
    #[link_name = "VideoPortSynchronizeExecution"]
    pub fn video_port_synchronize_execution(
        extension: *mut c_void,
        priority: Priority,
        routine: SynchronizeRoutine,
        context: *mut c_void,
    ) -> u8;
    /// `VideoPortQueueDpc` (nf-video-videoportqueuedpc). `DISPATCH_LEVEL` or above.
    #[link_name = "VideoPortQueueDpc"]
    pub fn video_port_queue_dpc(
        extension: *mut c_void,
        routine: DpcRoutine,
        context: *mut c_void,
    ) -> u8;
    /// `VideoPortGetAccessRanges` (nf-video-videoportgetaccessranges). `PASSIVE_LEVEL`, from
    /// `HwVidFindAdapter` only.
    #[link_name = "VideoPortGetAccessRanges"]
    pub fn video_port_get_access_ranges(
        extension: *mut c_void,
        requested_count: u32,
        requested: *mut c_void,
        count: u32,
        ranges: *mut AccessRange,
        vendor: *mut c_void,
        device: *mut c_void,
        slot: *mut u32,
    ) -> i32;
    /// `VideoPortGetDeviceBase` (nf-video-videoportgetdevicebase). `PASSIVE_LEVEL`, from `HwVidFindAdapter`.
    #[link_name = "VideoPortGetDeviceBase"]
    pub fn video_port_get_device_base(
        extension: *mut c_void,
        address: i64,
        length: u32,
        in_io_space: u8,
    ) -> *mut c_void;
    /// `VideoPortFreeDeviceBase` (nf-video-videoportfreedevicebase). `PASSIVE_LEVEL`.
    #[link_name = "VideoPortFreeDeviceBase"]
    pub fn video_port_free_device_base(extension: *mut c_void, address: *mut c_void);
    /// `VideoPortReadRegisterUlong` (nf-video-videoportreadregisterulong). `HwVidInterrupt` may call it.
    #[link_name = "VideoPortReadRegisterUlong"]
    pub fn video_port_read_register_ulong(register: *mut u32) -> u32;
    /// `VideoPortWriteRegisterUlong` (nf-video-videoportwriteregisterulong). `HwVidInterrupt` may call it.
    #[link_name = "VideoPortWriteRegisterUlong"]
    pub fn video_port_write_register_ulong(register: *mut u32, value: u32);
}
