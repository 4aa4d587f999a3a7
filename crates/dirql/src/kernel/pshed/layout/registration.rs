//! The packet by which a plug-in registers (`ns-ntddk-_whea_pshed_plugin_registration_packet_v2`).

use core::{
    ffi::c_void,
    mem::{offset_of, size_of},
};

/// Any routine of a plug-in, null where there is none. `callbacks` gives each its type.
pub(crate) type Routine = *const c_void;

/// `WHEA_PSHED_PLUGIN_CALLBACKS`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Callbacks {
    pub(crate) get_all_error_sources: Routine,
    pub(crate) reserved: Routine,
    pub(crate) get_error_source_info: Routine,
    pub(crate) set_error_source_info: Routine,
    pub(crate) enable_error_source: Routine,
    pub(crate) disable_error_source: Routine,
    pub(crate) write_error_record: Routine,
    pub(crate) read_error_record: Routine,
    pub(crate) clear_error_record: Routine,
    pub(crate) retrieve_error_info: Routine,
    pub(crate) finalize_error_record: Routine,
    pub(crate) clear_error_status: Routine,
    pub(crate) attempt_recovery: Routine,
    pub(crate) get_injection_capabilities: Routine,
    pub(crate) inject_error: Routine,
}

/// `WHEA_PSHED_PLUGIN_REGISTRATION_PACKET_V2`. That of version 1 ends before the handle.
#[repr(C)]
pub(crate) struct RegistrationPacket {
    pub(crate) length: u32,
    pub(crate) version: u32,
    pub(crate) context: *mut c_void,
    pub(crate) areas: u32,
    pub(crate) reserved: u32,
    pub(crate) callbacks: Callbacks,
    pub(crate) handle: *mut c_void,
}

/// Bytes of a packet of version 1.
pub(crate) const PACKET_V1_SIZE: u32 = 144;
/// Bytes of a packet of version 2.
pub(crate) const PACKET_V2_SIZE: u32 = 152;
/// `WHEA_PLUGIN_REGISTRATION_PACKET_V1`: never unregistered.
pub(crate) const PACKET_V1: u32 = 0x0001_0000;
/// `WHEA_PLUGIN_REGISTRATION_PACKET_V2`: with a handle.
pub(crate) const PACKET_V2: u32 = 0x0002_0000;

const _: () = {
    type C = Callbacks;
    assert!(size_of::<C>() == 120 && align_of::<C>() == 8);
    assert!(offset_of!(C, get_error_source_info) == 16);
    assert!(offset_of!(C, set_error_source_info) == 24);
    assert!(offset_of!(C, enable_error_source) == 32);
    assert!(offset_of!(C, disable_error_source) == 40);
    assert!(offset_of!(C, write_error_record) == 48);
    assert!(offset_of!(C, read_error_record) == 56);
    assert!(offset_of!(C, clear_error_record) == 64);
    assert!(offset_of!(C, retrieve_error_info) == 72);
    assert!(offset_of!(C, finalize_error_record) == 80);
    assert!(offset_of!(C, clear_error_status) == 88);
    assert!(offset_of!(C, attempt_recovery) == 96);
    assert!(offset_of!(C, get_injection_capabilities) == 104);
    assert!(offset_of!(C, inject_error) == 112);
};

const _: () = {
    type P = RegistrationPacket;
    assert!(size_of::<P>() == PACKET_V2_SIZE as usize && align_of::<P>() == 8);
    assert!(offset_of!(P, version) == 4);
    assert!(offset_of!(P, context) == 8);
    assert!(offset_of!(P, areas) == 16);
    assert!(offset_of!(P, reserved) == 20);
    assert!(offset_of!(P, callbacks) == 24);
    assert!(offset_of!(P, handle) == PACKET_V1_SIZE as usize);
};
