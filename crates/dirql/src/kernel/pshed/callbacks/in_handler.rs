//! Those that PSHED calls in the handling of an error, at any IRQL: they get no token.

use core::ffi::c_void;

use super::{called, with_source};
use crate::pshed::{
    ErrorInfoRetrieval, ErrorPacket, ErrorRecord, ErrorRecordPersistence, ErrorRecovery, Refusal,
    layout::{self, ErrorSourceDescriptor},
};

/// `WHEA_WRITE_FLAG_DUMMY`.
const WRITE_DUMMY: u32 = 1;

/// # Safety
///
/// PSHED calls it as nc-ntddk-pshed_pi_retrieve_error_info says, with the block of a `P`.
pub(in crate::kernel::pshed) unsafe extern "C" fn retrieve<P: ErrorInfoRetrieval>(
    context: *mut c_void,
    source: *mut ErrorSourceDescriptor,
    length: u64,
    packet: *mut layout::ErrorPacket,
) -> i32 {
    let retrieve = |plugin: &P, _| {
        // SAFETY: PSHED's packet has that many bytes, and belongs to this callback.
        let packet = unsafe { ErrorPacket::new(packet, length) };
        let mut packet = packet.ok_or(Refusal::NotSupported)?;
        // SAFETY: PSHED's descriptor is live and not written during the callback.
        unsafe { with_source(source, |source| plugin.retrieve(source, &mut packet)) }
    };
    // SAFETY: The context is a block of a `P` that outlives its callbacks.
    unsafe { called(context, retrieve) }
}

/// Defines the callbacks on a source and a record at any IRQL.
macro_rules! on_record {
    ($($name:ident, $page:literal;)*) => {$(
        /// # Safety
        ///
        #[doc = concat!("PSHED calls it as ", $page, " says, with the block of a `P`.")]
        pub(in crate::kernel::pshed) unsafe extern "C" fn $name<P: ErrorInfoRetrieval>(
            context: *mut c_void,
            source: *mut ErrorSourceDescriptor,
            length: u32,
            record: *mut u8,
        ) -> i32 {
            let handle = |plugin: &P, _| {
                // SAFETY: PSHED's record has that many bytes, which nothing writes during the callback.
                let record = unsafe { ErrorRecord::new(record, length) };
                let record = record.ok_or(Refusal::NotSupported)?;
                // SAFETY: PSHED's descriptor is live and not written during the callback.
                unsafe { with_source(source, |source| plugin.$name(source, &record)) }
            };
            // SAFETY: The context is a block of a `P` that outlives its callbacks.
            unsafe { called(context, handle) }
        }
    )*};
}

on_record! {
    finalize, "nc-ntddk-pshed_pi_finalize_error_record";
    clear_status, "nc-ntddk-pshed_pi_clear_error_status";
}

/// # Safety
///
/// PSHED calls it as nc-ntddk-pshed_pi_write_error_record says, with the block of a `P`.
pub(in crate::kernel::pshed) unsafe extern "C" fn write<P: ErrorRecordPersistence>(
    context: *mut c_void,
    flags: u32,
    length: u32,
    record: *mut u8,
) -> i32 {
    let write = |plugin: &P, _| {
        // SAFETY: PSHED's record has that many bytes, which nothing writes during the callback.
        let record = unsafe { ErrorRecord::new(record, length) };
        let record = record.ok_or(Refusal::InvalidParameter)?;
        plugin.write(flags & WRITE_DUMMY != 0, &record)
    };
    // SAFETY: The context is a block of a `P` that outlives its callbacks.
    unsafe { called(context, write) }
}

/// # Safety
///
/// PSHED calls it as nc-ntddk-pshed_pi_attempt_error_recovery says, with the block of a `P`.
pub(in crate::kernel::pshed) unsafe extern "C" fn attempt<P: ErrorRecovery>(
    context: *mut c_void,
    length: u32,
    record: *mut u8,
) -> i32 {
    let attempt = |plugin: &P, _| {
        // SAFETY: PSHED's record has that many bytes, which nothing writes during the callback.
        let record = unsafe { ErrorRecord::new(record, length) };
        plugin.attempt(&record.ok_or(Refusal::NotSupported)?)
    };
    // SAFETY: The context is a block of a `P` that outlives its callbacks.
    unsafe { called(context, attempt) }
}
