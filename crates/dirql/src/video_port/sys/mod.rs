//! The part of `video.h` that a miniport of this crate needs, as the kit's headers have it on x64.
//!
//! `wdk-sys` has no bindings of that header. The names are those of video.h in Rust's spelling; each type
//! names the page it comes from, and its layout is asserted. With the feature `wdk` or `miniport` the routines
//! of VIDEOPRT.SYS are declared here too, by raw-dylib, so that no import library is needed.

use core::{
    ffi::c_void,
    mem::{align_of, offset_of, size_of},
};

/// `VIDEO_SYNCHRONIZE_PRIORITY` (nf-video-videoportsynchronizeexecution).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Priority {
    /// `VpLowPriority`: nothing that masks interrupts.
    Low = 0,
    /// `VpMediumPriority`: against `HwVidInterrupt`, where an interrupt is connected; else as low.
    Medium = 1,
    /// `VpHighPriority`: as medium on its page; the guide says that it masks system interrupts.
    High = 2,
}

/// `PMINIPORT_SYNCHRONIZE_ROUTINE` (nc-video-pminiport_synchronize_routine), never null.
pub type SynchronizeRoutine = unsafe extern "C" fn(context: *mut c_void) -> u8;
/// `PMINIPORT_DPC_ROUTINE` (nc-video-pminiport_dpc_routine), never null.
pub type DpcRoutine = unsafe extern "C" fn(extension: *mut c_void, context: *mut c_void);
/// `PVIDEO_HW_FIND_ADAPTER` (nc-video-pvideo_hw_find_adapter).
pub type FindAdapter = unsafe extern "C" fn(
    extension: *mut c_void,
    context: *mut c_void,
    arguments: *mut u16,
    config: *mut ConfigInfo,
    again: *mut u8,
) -> u32;
/// `PVIDEO_HW_INITIALIZE` (nc-video-pvideo_hw_initialize).
pub type Initialize = unsafe extern "C" fn(extension: *mut c_void) -> u8;
/// `PVIDEO_HW_INTERRUPT` (nc-video-pvideo_hw_interrupt).
pub type Interrupt = unsafe extern "C" fn(extension: *mut c_void) -> u8;
/// `PVIDEO_HW_START_IO` (nc-video-pvideo_hw_start_io).
pub type StartIo = unsafe extern "C" fn(extension: *mut c_void, packet: *mut RequestPacket) -> u8;
/// `PVIDEO_HW_POWER_SET` and `PVIDEO_HW_POWER_GET` (nc-video-pvideo_hw_power_set).
pub type Power = unsafe extern "C" fn(
    extension: *mut c_void,
    device: u32,
    management: *mut PowerManagement,
) -> u32;
/// `PVIDEO_HW_GET_CHILD_DESCRIPTOR` (nc-video-pvideo_hw_get_child_descriptor).
pub type GetChildDescriptor = unsafe extern "C" fn(
    extension: *mut c_void,
    info: *mut ChildEnumInfo,
    kind: *mut i32,
    descriptor: *mut u8,
    id: *mut u32,
    unused: *mut u32,
) -> u32;

/// `PCIBus` of `INTERFACE_TYPE`.
pub const INTERFACE_PCI: i32 = 5;

/// `VIDEO_HW_INITIALIZATION_DATA` (`ns-video-_video_hw_initialization_data`), with the routines that this crate
/// does not use as addresses.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct HwInitializationData {
    /// How much of the structure counts: 64, 140 or 144 bytes.
    pub size: u32,
    /// `AdapterInterfaceType`.
    pub interface: i32,
    /// `HwFindAdapter`.
    pub find_adapter: Option<FindAdapter>,
    /// `HwInitialize`.
    pub initialize: Option<Initialize>,
    /// `HwInterrupt`.
    pub interrupt: Option<Interrupt>,
    /// `HwStartIO`.
    pub start_io: Option<StartIo>,
    /// `HwDeviceExtensionSize`, in bytes.
    pub extension_size: u32,
    /// `StartingDeviceNumber`.
    pub starting_device_number: u32,
    /// `HwResetHw`.
    pub reset_hw: usize,
    /// `HwTimer`.
    pub timer: usize,
    /// `HwStartDma`; where the structure of Windows NT 4.0 ends.
    pub start_dma: usize,
    /// `HwSetPowerState`.
    pub set_power_state: Option<Power>,
    /// `HwGetPowerState`.
    pub get_power_state: Option<Power>,
    /// `HwGetVideoChildDescriptor`.
    pub get_child_descriptor: Option<GetChildDescriptor>,
    /// `HwQueryInterface`.
    pub query_interface: usize,
    /// `HwChildDeviceExtensionSize`, in bytes.
    pub child_extension_size: u32,
    /// `HwLegacyResourceList`.
    pub legacy_resource_list: usize,
    /// `HwLegacyResourceCount`.
    pub legacy_resource_count: u32,
    /// `HwGetLegacyResources`.
    pub get_legacy_resources: usize,
    /// `AllowEarlyEnumeration`.
    pub allow_early_enumeration: u8,
    /// `Reserved`; where the structure of Windows 2000 ends.
    pub reserved: u32,
}

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
    /// `Status`: a `VP_STATUS` in a word that may hold a pointer.
    pub status: usize,
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
    assert!(size_of::<Priority>() == 4);
    assert!(size_of::<HwInitializationData>() == 144 && align_of::<HwInitializationData>() == 8);
    assert!(offset_of!(HwInitializationData, interface) == 4);
    assert!(offset_of!(HwInitializationData, find_adapter) == 8);
    assert!(offset_of!(HwInitializationData, initialize) == 16);
    assert!(offset_of!(HwInitializationData, interrupt) == 24);
    assert!(offset_of!(HwInitializationData, start_io) == 32);
    assert!(offset_of!(HwInitializationData, extension_size) == 40);
    assert!(offset_of!(HwInitializationData, starting_device_number) == 44);
    assert!(offset_of!(HwInitializationData, reset_hw) == 48);
    assert!(offset_of!(HwInitializationData, timer) == 56);
    assert!(offset_of!(HwInitializationData, start_dma) == 64);
    assert!(offset_of!(HwInitializationData, set_power_state) == 72);
    assert!(offset_of!(HwInitializationData, get_power_state) == 80);
    assert!(offset_of!(HwInitializationData, get_child_descriptor) == 88);
    assert!(offset_of!(HwInitializationData, query_interface) == 96);
    assert!(offset_of!(HwInitializationData, child_extension_size) == 104);
    assert!(offset_of!(HwInitializationData, legacy_resource_list) == 112);
    assert!(offset_of!(HwInitializationData, legacy_resource_count) == 120);
    assert!(offset_of!(HwInitializationData, get_legacy_resources) == 128);
    assert!(offset_of!(HwInitializationData, allow_early_enumeration) == 136);
    assert!(offset_of!(HwInitializationData, reserved) == 140);
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

#[cfg(all(windows, any(feature = "wdk", feature = "miniport")))]
#[link(name = "VIDEOPRT.SYS", kind = "raw-dylib", modifiers = "+verbatim")]
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
    ) -> u32;
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
