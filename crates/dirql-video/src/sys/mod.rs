//! The part of `video.h` that a miniport of this crate needs, as the kit's headers have it on x64.
//!
//! `wdk-sys` has no bindings of that header. The names are those of video.h in Rust's spelling; each type
//! names the page it comes from, and its layout is asserted. The routines of VIDEOPRT.SYS are declared here too, by
//! raw-dylib, so that no import library is needed.

mod imports;
mod initialization;

use core::{
    ffi::c_void,
    mem::{align_of, offset_of, size_of},
};

pub use imports::*;
pub use initialization::{
    DpcRoutine, FindAdapter, GetChildDescriptor, HwInitializationData, INTERFACE_PCI, Initialize,
    Interrupt, Power, Priority, StartIo, SynchronizeRoutine,
};

/// `VIDEO_PORT_CONFIG_INFO` (`ns-video-_video_port_config_info`).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct ConfigInfo {
    /// `Length`: of the structure that the port driver gave.
    pub length: u32,
    /// `SystemIoBusNumber`.
    pub bus_number: u32,
    /// `AdapterInterfaceType`.
    pub interface: i32,
    /// `BusInterruptLevel`.
    pub interrupt_level: u32,
    /// `BusInterruptVector`.
    pub interrupt_vector: u32,
    /// `InterruptMode`: 0 level-sensitive, 1 latched.
    pub interrupt_mode: i32,
    /// `NumEmulatorAccessEntries`.
    pub emulator_entry_count: u32,
    /// `EmulatorAccessEntries`.
    pub emulator_entries: *mut c_void,
    /// `EmulatorAccessEntriesContext`.
    pub emulator_context: usize,
    /// `VdmPhysicalVideoMemoryAddress`.
    pub vdm_address: i64,
    /// `VdmPhysicalVideoMemoryLength`.
    pub vdm_length: u32,
    /// `HardwareStateSize`.
    pub hardware_state_size: u32,
    /// `DmaChannel`.
    pub dma_channel: u32,
    /// `DmaPort`.
    pub dma_port: u32,
    /// `DmaShareable`.
    pub dma_shareable: u8,
    /// `InterruptShareable`.
    pub interrupt_shareable: u8,
    /// `Master`; where the structure of Windows NT 4.0 ends.
    pub master: u8,
    /// `DmaWidth`.
    pub dma_width: i32,
    /// `DmaSpeed`.
    pub dma_speed: i32,
    /// `bMapBuffers`.
    pub map_buffers: u8,
    /// `NeedPhysicalAddresses`.
    pub need_physical_addresses: u8,
    /// `DemandMode`.
    pub demand_mode: u8,
    /// `MaximumTransferLength`.
    pub maximum_transfer_length: u32,
    /// `NumberOfPhysicalBreaks`.
    pub physical_breaks: u32,
    /// `ScatterGather`.
    pub scatter_gather: u8,
    /// `MaximumScatterGatherChunkSize`.
    pub maximum_chunk_size: u32,
    /// `VideoPortGetProcAddress`.
    pub get_proc_address: usize,
    /// `DriverRegistryPath`.
    pub registry_path: *mut u16,
    /// `SystemMemorySize`, in bytes.
    pub system_memory_size: u64,
}

/// How much of [`ConfigInfo`] a port driver gives at least: up to `Master`, as on Windows NT 4.0.
pub const CONFIG_INFO_LENGTH_MIN: usize = offset_of!(ConfigInfo, master);

/// `STATUS_BLOCK` of video.h (`ns-video-_status_block`).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct StatusBlock {
    /// `Status`: a `VP_STATUS`. It shares its place with `Pointer`, so that four bytes without a meaning follow.
    pub status: i32,
    /// `Information`: how many bytes of output there are.
    pub information: usize,
}

/// `VIDEO_REQUEST_PACKET` (`ns-video-_video_request_packet`).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct RequestPacket {
    /// `IoControlCode`.
    pub code: u32,
    /// `StatusBlock`.
    pub status: *mut StatusBlock,
    /// `InputBuffer`.
    pub input: *mut c_void,
    /// `InputBufferLength`, in bytes.
    pub input_length: u32,
    /// `OutputBuffer`; it may be the same memory as the input.
    pub output: *mut c_void,
    /// `OutputBufferLength`, in bytes.
    pub output_length: u32,
}

/// `VIDEO_ACCESS_RANGE` (`ns-video-_video_access_range`).
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct AccessRange {
    /// `RangeStart`: a bus-relative physical address.
    pub start: i64,
    /// `RangeLength`, in bytes; 0 where there is no such range.
    pub length: u32,
    /// `RangeInIoSpace`.
    pub in_io_space: u8,
    /// `RangeVisible`.
    pub visible: u8,
    /// `RangeShareable`.
    pub shareable: u8,
    /// `RangePassive`.
    pub passive: u8,
}

/// `VIDEO_POWER_MANAGEMENT` (`ns-ntddvdeo-_video_power_management`).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PowerManagement {
    /// `Length`, in bytes.
    pub length: u32,
    /// `DPMSVersion`.
    pub dpms_version: u32,
    /// `PowerState`: a `VIDEO_POWER_STATE`.
    pub state: u32,
}

/// `VIDEO_CHILD_ENUM_INFO` (`ns-video-_video_child_enum_info`).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct ChildEnumInfo {
    /// `Size`, in bytes.
    pub size: u32,
    /// `ChildDescriptorSize`: of the buffer for the descriptor, in bytes.
    pub descriptor_size: u32,
    /// `ChildIndex`.
    pub index: u32,
    /// `ACPIHwId`.
    pub acpi_id: u32,
    /// `ChildHwDeviceExtension`.
    pub child_extension: *mut c_void,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<ConfigInfo>() == 128 && align_of::<ConfigInfo>() == 8);
    assert!(offset_of!(ConfigInfo, bus_number) == 4);
    assert!(offset_of!(ConfigInfo, interface) == 8);
    assert!(offset_of!(ConfigInfo, interrupt_level) == 12);
    assert!(offset_of!(ConfigInfo, interrupt_vector) == 16);
    assert!(offset_of!(ConfigInfo, interrupt_mode) == 20);
    assert!(offset_of!(ConfigInfo, emulator_entry_count) == 24);
    assert!(offset_of!(ConfigInfo, emulator_entries) == 32);
    assert!(offset_of!(ConfigInfo, emulator_context) == 40);
    assert!(offset_of!(ConfigInfo, vdm_address) == 48);
    assert!(offset_of!(ConfigInfo, vdm_length) == 56);
    assert!(offset_of!(ConfigInfo, hardware_state_size) == 60);
    assert!(offset_of!(ConfigInfo, dma_channel) == 64);
    assert!(offset_of!(ConfigInfo, dma_port) == 68);
    assert!(offset_of!(ConfigInfo, dma_shareable) == 72);
    assert!(offset_of!(ConfigInfo, interrupt_shareable) == 73);
    assert!(offset_of!(ConfigInfo, master) == 74);
    assert!(offset_of!(ConfigInfo, dma_width) == 76);
    assert!(offset_of!(ConfigInfo, dma_speed) == 80);
    assert!(offset_of!(ConfigInfo, map_buffers) == 84);
    assert!(offset_of!(ConfigInfo, need_physical_addresses) == 85);
    assert!(offset_of!(ConfigInfo, demand_mode) == 86);
    assert!(offset_of!(ConfigInfo, maximum_transfer_length) == 88);
    assert!(offset_of!(ConfigInfo, physical_breaks) == 92);
    assert!(offset_of!(ConfigInfo, scatter_gather) == 96);
    assert!(offset_of!(ConfigInfo, maximum_chunk_size) == 100);
    assert!(offset_of!(ConfigInfo, get_proc_address) == 104);
    assert!(offset_of!(ConfigInfo, registry_path) == 112);
    assert!(offset_of!(ConfigInfo, system_memory_size) == 120);
    assert!(size_of::<StatusBlock>() == 16 && offset_of!(StatusBlock, information) == 8);
    assert!(size_of::<RequestPacket>() == 48);
    assert!(offset_of!(RequestPacket, status) == 8);
    assert!(offset_of!(RequestPacket, input) == 16);
    assert!(offset_of!(RequestPacket, input_length) == 24);
    assert!(offset_of!(RequestPacket, output) == 32);
    assert!(offset_of!(RequestPacket, output_length) == 40);
    assert!(size_of::<AccessRange>() == 16);
    assert!(offset_of!(AccessRange, length) == 8);
    assert!(offset_of!(AccessRange, in_io_space) == 12);
    assert!(offset_of!(AccessRange, passive) == 15);
    assert!(size_of::<PowerManagement>() == 12 && offset_of!(PowerManagement, state) == 8);
    assert!(size_of::<ChildEnumInfo>() == 24);
    assert!(offset_of!(ChildEnumInfo, descriptor_size) == 4);
    assert!(offset_of!(ChildEnumInfo, index) == 8);
    assert!(offset_of!(ChildEnumInfo, acpi_id) == 12);
    assert!(offset_of!(ChildEnumInfo, child_extension) == 16);
};
