//! `VIDEO_HW_INITIALIZATION_DATA`, and the types of the routines that it names.

use core::{
    ffi::c_void,
    mem::{align_of, offset_of, size_of},
};

use super::{ChildEnumInfo, ConfigInfo, PowerManagement, RequestPacket};

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
) -> i32;
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
) -> i32;
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
};
