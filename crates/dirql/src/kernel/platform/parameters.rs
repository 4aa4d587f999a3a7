//! The parameter blocks of `IoConnectInterruptEx` and its relatives, laid out as wdm.h has them.
//!
//! They are ours rather than bindgen's so that the code that fills them is the same against either
//! back end; the layouts are asserted here, and against `wdk-sys` where that is present.
//! Pages: `ns-wdm-_io_connect_interrupt_parameters`, `ns-wdm-_io_disconnect_interrupt_parameters`,
//! `ns-wdm-_io_report_interrupt_active_state_parameters`, `ns-wdm-_io_interrupt_message_info`.

use core::{
    ffi::c_void,
    mem::{offset_of, size_of},
};

use super::DeviceObject;

/// `CONNECT_FULLY_SPECIFIED`: the caller gives vector, IRQL, mode and affinity, in group 0.
pub(crate) const CONNECT_FULLY_SPECIFIED: u32 = 1;
/// `CONNECT_LINE_BASED`: NT finds the line interrupt of the device.
pub(crate) const CONNECT_LINE_BASED: u32 = 2;
/// `CONNECT_MESSAGE_BASED`: NT finds all messages of the device.
pub(crate) const CONNECT_MESSAGE_BASED: u32 = 3;
/// `CONNECT_FULLY_SPECIFIED_GROUP`: as 1, with the processor group given too.
pub(crate) const CONNECT_FULLY_SPECIFIED_GROUP: u32 = 4;

/// `KINTERRUPT`, which public headers leave opaque.
#[repr(C)]
pub(crate) struct Kinterrupt {
    opaque: [u8; 0],
}

/// `PKSERVICE_ROUTINE` (nc-wdm-kservice_routine), never null.
pub(crate) type ServiceRoutine =
    unsafe extern "C" fn(interrupt: *mut Kinterrupt, context: *mut c_void) -> u8;
/// `PKMESSAGE_SERVICE_ROUTINE` (nc-wdm-kmessage_service_routine), never null.
pub(crate) type MessageRoutine =
    unsafe extern "C" fn(interrupt: *mut Kinterrupt, context: *mut c_void, message: u32) -> u8;
/// `PKSYNCHRONIZE_ROUTINE` (nc-wdm-ksynchronize_routine), never null.
pub(crate) use crate::thunk::SynchronizeRoutine;

/// `KDPC`, whose words are NT's.
#[repr(C)]
pub(crate) struct Kdpc {
    pub(crate) opaque: [usize; 8],
}

/// `PKDEFERRED_ROUTINE` (nc-wdm-kdeferred_routine), never null.
pub(crate) type DeferredRoutine = unsafe extern "C" fn(
    dpc: *mut Kdpc,
    context: *mut c_void,
    first: *mut c_void,
    second: *mut c_void,
);

/// Either kind of interrupt routine; `ConnectParameters::version` says which.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union Routine {
    pub(crate) line: ServiceRoutine,
    pub(crate) message: MessageRoutine,
}

/// What only a fully-specified connect carries at offset 56.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct FullySpecifiedTail {
    pub(crate) irql: u8,
    pub(crate) mode: i32,
    pub(crate) processors: u64,
    pub(crate) group: u16,
}

/// The part of the block that depends on the version.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union Tail {
    pub(crate) fully_specified: FullySpecifiedTail,
    /// Message-based only: the routine of the line that NT may fall back to.
    pub(crate) fall_back: Option<ServiceRoutine>,
}

/// `IO_CONNECT_INTERRUPT_PARAMETERS`. The three union members of the C type agree up to offset 50.
#[repr(C)]
pub(crate) struct ConnectParameters {
    /// In: what is asked. Out: what was made.
    pub(crate) version: u32,
    pub(crate) device: *mut DeviceObject,
    /// Where NT writes the `PKINTERRUPT` or the message table.
    pub(crate) connection: *mut *mut c_void,
    pub(crate) routine: Routine,
    pub(crate) context: *mut c_void,
    pub(crate) lock: *mut usize,
    pub(crate) synchronize_irql: u8,
    pub(crate) floating_save: u8,
    /// Fully specified only.
    pub(crate) share_vector: u8,
    /// Fully specified only.
    pub(crate) vector: u32,
    pub(crate) tail: Tail,
}

/// `IO_DISCONNECT_INTERRUPT_PARAMETERS` and `IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS`: a version
/// that came back from a connect, and the object or table that came with it.
#[repr(C)]
pub(crate) struct ConnectedParameters {
    pub(crate) version: u32,
    pub(crate) connection: *mut c_void,
}

/// `IO_INTERRUPT_MESSAGE_INFO_ENTRY`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct MessageEntry {
    pub(crate) address: i64,
    pub(crate) processors: u64,
    pub(crate) interrupt: *mut Kinterrupt,
    pub(crate) data: u32,
    pub(crate) vector: u32,
    pub(crate) irql: u8,
    pub(crate) mode: i32,
    pub(crate) polarity: i32,
}

/// `IO_INTERRUPT_MESSAGE_INFO`; `count` entries follow in memory, the first of them declared here.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct MessageTable {
    pub(crate) unified_irql: u8,
    pub(crate) count: u32,
    pub(crate) first: MessageEntry,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<ConnectParameters>() == 80);
    assert!(align_of::<ConnectParameters>() == 8);
    assert!(offset_of!(ConnectParameters, version) == 0);
    assert!(offset_of!(ConnectParameters, device) == 8);
    assert!(offset_of!(ConnectParameters, connection) == 16);
    assert!(offset_of!(ConnectParameters, routine) == 24);
    assert!(offset_of!(ConnectParameters, context) == 32);
    assert!(offset_of!(ConnectParameters, lock) == 40);
    assert!(offset_of!(ConnectParameters, synchronize_irql) == 48);
    assert!(offset_of!(ConnectParameters, floating_save) == 49);
    assert!(offset_of!(ConnectParameters, share_vector) == 50);
    assert!(offset_of!(ConnectParameters, vector) == 52);
    assert!(offset_of!(ConnectParameters, tail) == 56);
    assert!(offset_of!(FullySpecifiedTail, irql) == 0);
    assert!(offset_of!(FullySpecifiedTail, mode) == 4);
    assert!(offset_of!(FullySpecifiedTail, processors) == 8);
    assert!(offset_of!(FullySpecifiedTail, group) == 16);
    assert!(size_of::<ConnectedParameters>() == 16);
    assert!(offset_of!(ConnectedParameters, connection) == 8);
    assert!(size_of::<MessageEntry>() == 48);
    assert!(offset_of!(MessageEntry, processors) == 8);
    assert!(offset_of!(MessageEntry, interrupt) == 16);
    assert!(offset_of!(MessageEntry, data) == 24);
    assert!(offset_of!(MessageEntry, vector) == 28);
    assert!(offset_of!(MessageEntry, irql) == 32);
    assert!(offset_of!(MessageEntry, mode) == 36);
    assert!(offset_of!(MessageEntry, polarity) == 40);
    assert!(size_of::<MessageTable>() == 56);
    assert!(offset_of!(MessageTable, count) == 4);
    assert!(offset_of!(MessageTable, first) == 8);
};
