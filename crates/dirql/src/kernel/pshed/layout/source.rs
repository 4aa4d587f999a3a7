//! The descriptor of an error source (`ns-ntddk-_whea_error_source_descriptor`).

use core::mem::{offset_of, size_of};

/// `WHEA_ERROR_SOURCE_DESCRIPTOR`.
#[repr(C, packed)]
pub(crate) struct ErrorSourceDescriptor {
    pub(crate) length: u32,
    pub(crate) version: u32,
    pub(crate) kind: i32,
    pub(crate) state: i32,
    pub(crate) max_raw_data_length: u32,
    pub(crate) records_to_preallocate: u32,
    pub(crate) max_sections_per_record: u32,
    pub(crate) id: u32,
    pub(crate) platform_id: u32,
    pub(crate) flags: u32,
    pub(crate) info: [u8; INFO_SIZE],
}

/// Bytes of the union at the end of a descriptor.
pub(crate) const INFO_SIZE: usize = 932;
/// Where that union begins.
pub(crate) const INFO: usize = 40;

const _: () = {
    type D = ErrorSourceDescriptor;
    assert!(size_of::<D>() == 972 && align_of::<D>() == 1);
    assert!(offset_of!(D, length) == 0);
    assert!(offset_of!(D, version) == 4);
    assert!(offset_of!(D, kind) == 8);
    assert!(offset_of!(D, state) == 12);
    assert!(offset_of!(D, max_raw_data_length) == 16);
    assert!(offset_of!(D, records_to_preallocate) == 20);
    assert!(offset_of!(D, max_sections_per_record) == 24);
    assert!(offset_of!(D, id) == 28);
    assert!(offset_of!(D, platform_id) == 32);
    assert!(offset_of!(D, flags) == 36);
    assert!(offset_of!(D, info) == INFO);
};

/// `WHEA_NOTIFICATION_DESCRIPTOR`.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct Notification {
    pub(crate) kind: u8,
    pub(crate) length: u8,
    pub(crate) flags: u16,
    pub(crate) poll_interval: u32,
    pub(crate) vector: u32,
    pub(crate) polling_threshold: u32,
    pub(crate) polling_window: u32,
    pub(crate) error_threshold: u32,
    pub(crate) error_window: u32,
}

/// `WHEA_XPF_MC_BANK_DESCRIPTOR`.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct Bank {
    pub(crate) number: u8,
    pub(crate) clear_on_initialization: u8,
    pub(crate) status_format: u8,
    pub(crate) flags: u8,
    pub(crate) control_msr: u32,
    pub(crate) status_msr: u32,
    pub(crate) address_msr: u32,
    pub(crate) misc_msr: u32,
    pub(crate) control_data: u64,
}

/// `WHEA_XPF_MCE_DESCRIPTOR`.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct MachineCheck {
    pub(crate) tag: u16,
    pub(crate) enabled: u8,
    pub(crate) bank_count: u8,
    pub(crate) flags: u32,
    pub(crate) capability: u64,
    pub(crate) global_control: u64,
    pub(crate) banks: [Bank; 32],
}

/// `WHEA_XPF_CMC_DESCRIPTOR`.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct CorrectedMachineCheck {
    pub(crate) tag: u16,
    pub(crate) enabled: u8,
    pub(crate) bank_count: u8,
    pub(crate) reserved: u32,
    pub(crate) notify: Notification,
    pub(crate) banks: [Bank; 32],
}

/// `WHEA_XPF_NMI_DESCRIPTOR`.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct Nmi {
    pub(crate) tag: u16,
    pub(crate) enabled: u8,
}

/// The members for IPF, which are alike.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct Ipf {
    pub(crate) tag: u16,
    pub(crate) enabled: u8,
    pub(crate) reserved: u8,
}

/// `WHEA_AER_ENDPOINT_DESCRIPTOR`, with which those of a root port and of a bridge begin.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct Aer {
    pub(crate) tag: u16,
    pub(crate) enabled: u8,
    pub(crate) reserved: u8,
    pub(crate) bus: u32,
    pub(crate) slot: u32,
    pub(crate) device_control: u16,
    pub(crate) flags: u16,
    pub(crate) uncorrectable_mask: u32,
    pub(crate) uncorrectable_severity: u32,
    pub(crate) correctable_mask: u32,
    pub(crate) capabilities_and_control: u32,
}

/// `WHEA_AER_ROOTPORT_DESCRIPTOR`.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct AerRootPort {
    pub(crate) aer: Aer,
    pub(crate) root_error_command: u32,
}

/// `WHEA_AER_BRIDGE_DESCRIPTOR`.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct AerBridge {
    pub(crate) aer: Aer,
    pub(crate) secondary_uncorrectable_mask: u32,
    pub(crate) secondary_uncorrectable_severity: u32,
    pub(crate) secondary_capabilities_and_control: u32,
}

/// `WHEA_GENERIC_ERROR_DESCRIPTOR`.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct Generic {
    pub(crate) tag: u16,
    pub(crate) reserved: u8,
    pub(crate) enabled: u8,
    pub(crate) status_block_length: u32,
    pub(crate) related_source: u32,
    pub(crate) address_space: u8,
    pub(crate) bit_width: u8,
    pub(crate) bit_offset: u8,
    pub(crate) access_size: u8,
    pub(crate) status_address: i64,
    pub(crate) notify: Notification,
}

/// `WHEA_GENERIC_ERROR_DESCRIPTOR_V2`.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct GenericV2 {
    pub(crate) generic: Generic,
    pub(crate) acknowledge_space: u8,
    pub(crate) acknowledge_width: u8,
    pub(crate) acknowledge_offset: u8,
    pub(crate) acknowledge_size: u8,
    pub(crate) acknowledge_address: i64,
    pub(crate) preserve_mask: u64,
    pub(crate) write_mask: u64,
}

/// `WHEA_DEVICE_DRIVER_DESCRIPTOR`, whose pointers are the system's own and are no concern of a plug-in.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct DeviceDriver {
    pub(crate) tag: u16,
    pub(crate) enabled: u8,
    pub(crate) reserved: u8,
    pub(crate) source_guid: [u8; 16],
    pub(crate) log_tag: u16,
    pub(crate) reserved2: u16,
    pub(crate) packet_length: u32,
    pub(crate) packet_count: u32,
    pub(crate) packet_buffer: u64,
    pub(crate) configuration: [u64; 3],
    pub(crate) creator: [u8; 16],
    pub(crate) partition: [u8; 16],
    pub(crate) max_section_data_length: u32,
    pub(crate) max_sections_per_record: u32,
    pub(crate) packet_state: u64,
    pub(crate) open_handles: i32,
}

const _: () = {
    assert!(size_of::<Notification>() == 28);
    assert!(offset_of!(Notification, poll_interval) == 4);
    assert!(offset_of!(Notification, vector) == 8);
    assert!(size_of::<Bank>() == 28);
    assert!(offset_of!(Bank, control_msr) == 4);
    assert!(offset_of!(Bank, control_data) == 20);
    assert!(size_of::<MachineCheck>() == 920);
    assert!(offset_of!(MachineCheck, flags) == 4);
    assert!(offset_of!(MachineCheck, capability) == 8);
    assert!(offset_of!(MachineCheck, global_control) == 16);
    assert!(offset_of!(MachineCheck, banks) == 24);
    assert!(size_of::<CorrectedMachineCheck>() == INFO_SIZE);
    assert!(offset_of!(CorrectedMachineCheck, notify) == 8);
    assert!(offset_of!(CorrectedMachineCheck, banks) == 36);
    assert!(size_of::<Nmi>() == 3);
    assert!(size_of::<Ipf>() == 4);
    assert!(size_of::<Aer>() == 32);
    assert!(offset_of!(Aer, bus) == 4);
    assert!(offset_of!(Aer, slot) == 8);
    assert!(offset_of!(Aer, device_control) == 12);
    assert!(offset_of!(Aer, flags) == 14);
    assert!(offset_of!(Aer, uncorrectable_mask) == 16);
    assert!(offset_of!(Aer, uncorrectable_severity) == 20);
    assert!(offset_of!(Aer, correctable_mask) == 24);
    assert!(offset_of!(Aer, capabilities_and_control) == 28);
    assert!(size_of::<AerRootPort>() == 36);
    assert!(offset_of!(AerRootPort, root_error_command) == 32);
    assert!(size_of::<AerBridge>() == 44);
    assert!(offset_of!(AerBridge, secondary_uncorrectable_mask) == 32);
    assert!(size_of::<Generic>() == 52);
    assert!(offset_of!(Generic, enabled) == 3);
    assert!(offset_of!(Generic, status_block_length) == 4);
    assert!(offset_of!(Generic, related_source) == 8);
    assert!(offset_of!(Generic, address_space) == 12);
    assert!(offset_of!(Generic, status_address) == 16);
    assert!(offset_of!(Generic, notify) == 24);
    assert!(size_of::<GenericV2>() == 80);
    assert!(offset_of!(GenericV2, acknowledge_space) == 52);
    assert!(offset_of!(GenericV2, acknowledge_address) == 56);
    assert!(offset_of!(GenericV2, preserve_mask) == 64);
    assert!(offset_of!(GenericV2, write_mask) == 72);
    assert!(size_of::<DeviceDriver>() == 116);
    assert!(offset_of!(DeviceDriver, source_guid) == 4);
    assert!(offset_of!(DeviceDriver, log_tag) == 20);
    assert!(offset_of!(DeviceDriver, packet_length) == 24);
    assert!(offset_of!(DeviceDriver, packet_buffer) == 32);
    assert!(offset_of!(DeviceDriver, configuration) == 40);
    assert!(offset_of!(DeviceDriver, creator) == 64);
    assert!(offset_of!(DeviceDriver, partition) == 80);
    assert!(offset_of!(DeviceDriver, max_section_data_length) == 96);
    assert!(offset_of!(DeviceDriver, packet_state) == 104);
    assert!(offset_of!(DeviceDriver, open_handles) == 112);
};
