//! The packet that a handler fills and the record that the kernel makes of it
//! (`ns-ntddk-_whea_error_packet_v2`, `ns-ntddk-_whea_error_record_header`,
//! `ns-ntddk-_whea_error_record_section_descriptor`).

use core::mem::{offset_of, size_of};

/// `WHEA_ERROR_PACKET_V2`.
#[repr(C, packed)]
pub(crate) struct ErrorPacket {
    pub(crate) signature: u32,
    pub(crate) version: u32,
    pub(crate) length: u32,
    pub(crate) flags: u32,
    pub(crate) error_type: i32,
    pub(crate) severity: i32,
    pub(crate) source_id: u32,
    pub(crate) source_type: i32,
    pub(crate) notify_type: [u8; 16],
    pub(crate) context: u64,
    pub(crate) data_format: i32,
    pub(crate) reserved: u32,
    pub(crate) data_offset: u32,
    pub(crate) data_length: u32,
    pub(crate) pshed_data_offset: u32,
    pub(crate) pshed_data_length: u32,
}

const _: () = {
    type P = ErrorPacket;
    assert!(size_of::<P>() == 80 && align_of::<P>() == 1);
    assert!(offset_of!(P, length) == 8);
    assert!(offset_of!(P, flags) == 12);
    assert!(offset_of!(P, error_type) == 16);
    assert!(offset_of!(P, severity) == 20);
    assert!(offset_of!(P, source_id) == 24);
    assert!(offset_of!(P, source_type) == 28);
    assert!(offset_of!(P, notify_type) == 32);
    assert!(offset_of!(P, context) == 48);
    assert!(offset_of!(P, data_format) == 56);
    assert!(offset_of!(P, data_offset) == 64);
    assert!(offset_of!(P, data_length) == 68);
    assert!(offset_of!(P, pshed_data_offset) == 72);
    assert!(offset_of!(P, pshed_data_length) == 76);
};

/// `WHEA_ERROR_RECORD_HEADER`.
#[repr(C, packed)]
pub(crate) struct RecordHeader {
    pub(crate) signature: u32,
    pub(crate) revision: u16,
    pub(crate) signature_end: u32,
    pub(crate) section_count: u16,
    pub(crate) severity: i32,
    pub(crate) valid: u32,
    pub(crate) length: u32,
    pub(crate) timestamp: u64,
    pub(crate) platform: [u8; 16],
    pub(crate) partition: [u8; 16],
    pub(crate) creator: [u8; 16],
    pub(crate) notify_type: [u8; 16],
    pub(crate) record_id: u64,
    pub(crate) flags: u32,
    pub(crate) persistence: u64,
    pub(crate) reserved: [u8; 12],
}

/// `WHEA_ERROR_RECORD_SECTION_DESCRIPTOR`.
#[repr(C, packed)]
pub(crate) struct SectionDescriptor {
    pub(crate) offset: u32,
    pub(crate) length: u32,
    pub(crate) revision: u16,
    pub(crate) valid: u8,
    pub(crate) reserved: u8,
    pub(crate) flags: u32,
    pub(crate) section_type: [u8; 16],
    pub(crate) unit: [u8; 16],
    pub(crate) severity: i32,
    pub(crate) text: [u8; 20],
}

const _: () = {
    type H = RecordHeader;
    assert!(size_of::<H>() == 128 && align_of::<H>() == 1);
    assert!(offset_of!(H, signature_end) == 6);
    assert!(offset_of!(H, section_count) == 10);
    assert!(offset_of!(H, severity) == 12);
    assert!(offset_of!(H, length) == 20);
    assert!(offset_of!(H, timestamp) == 24);
    assert!(offset_of!(H, platform) == 32);
    assert!(offset_of!(H, creator) == 64);
    assert!(offset_of!(H, notify_type) == 80);
    assert!(offset_of!(H, record_id) == 96);
    assert!(offset_of!(H, flags) == 104);
    assert!(offset_of!(H, persistence) == 108);
};

const _: () = {
    type S = SectionDescriptor;
    assert!(size_of::<S>() == 72 && align_of::<S>() == 1);
    assert!(offset_of!(S, flags) == 12);
    assert!(offset_of!(S, section_type) == 16);
    assert!(offset_of!(S, severity) == 48);
    assert!(offset_of!(S, text) == 52);
};
