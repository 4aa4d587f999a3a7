//! The routines that PSHED calls: from a context pointer to a method of the plug-in.
//!
//! Each counts itself in and out, looks at what it was given before anything believes it, and makes a token
//! where its page bounds the IRQL by `DISPATCH_LEVEL` and the processor really is there.

use core::{ffi::c_void, ptr::NonNull, slice, sync::atomic::Ordering};

use super::{
    Descriptor, ErrorInfoRetrieval, ErrorInjection, ErrorPacket, ErrorRecord,
    ErrorRecordPersistence, ErrorRecovery, ErrorSourceControl, ErrorSourceDiscovery, Injection,
    NotRead, PshedPlugin, Refusal, SourceList,
    block::Block,
    layout::{self, ErrorSourceDescriptor},
};
use crate::{Dispatch, Irql, enter, platform};

/// `PSHED_PI_SET_ERROR_SOURCE_INFO` and its like.
pub(crate) type OnSource = unsafe extern "C" fn(*mut c_void, *mut ErrorSourceDescriptor) -> i32;
/// `PSHED_PI_GET_ALL_ERROR_SOURCES`.
pub(crate) type GetAll =
    unsafe extern "C" fn(*mut c_void, *mut u32, *mut *mut ErrorSourceDescriptor, *mut u32) -> i32;
/// `PSHED_PI_RETRIEVE_ERROR_INFO`.
pub(crate) type Retrieve = unsafe extern "C" fn(
    *mut c_void,
    *mut ErrorSourceDescriptor,
    u64,
    *mut layout::ErrorPacket,
) -> i32;
/// `PSHED_PI_FINALIZE_ERROR_RECORD` and its like.
pub(crate) type OnRecord =
    unsafe extern "C" fn(*mut c_void, *mut ErrorSourceDescriptor, u32, *mut u8) -> i32;
/// `PSHED_PI_WRITE_ERROR_RECORD`.
pub(crate) type Write = unsafe extern "C" fn(*mut c_void, u32, u32, *mut u8) -> i32;
/// `PSHED_PI_READ_ERROR_RECORD`.
pub(crate) type Read =
    unsafe extern "C" fn(*mut c_void, u32, u64, *mut u64, *mut u32, *mut u8) -> i32;
/// `PSHED_PI_CLEAR_ERROR_RECORD`.
pub(crate) type Clear = unsafe extern "C" fn(*mut c_void, u32, u64) -> i32;
/// `PSHED_PI_ATTEMPT_ERROR_RECOVERY`.
pub(crate) type Attempt = unsafe extern "C" fn(*mut c_void, u32, *mut u8) -> i32;
/// `PSHED_PI_GET_INJECTION_CAPABILITIES`.
pub(crate) type GetCapabilities = unsafe extern "C" fn(*mut c_void, *mut u32) -> i32;
/// `PSHED_PI_INJECT_ERROR`.
pub(crate) type Inject = unsafe extern "C" fn(*mut c_void, u64, u64, u64, u64, u64) -> i32;

/// `STATUS_SUCCESS`.
const SUCCESS: i32 = 0;
/// `WHEA_WRITE_FLAG_DUMMY`.
const WRITE_DUMMY: u32 = 1;

/// The status of what a callback answered.
const fn status(answer: Result<(), Refusal>) -> i32 {
    match answer {
        Ok(()) => SUCCESS,
        Err(refusal) => refusal.status(),
    }
}

/// Runs `body` on the plug-in behind a context, while it counts as inside.
///
/// # Safety
///
/// `context` is the block of a plug-in of type `P`, live until this returns.
unsafe fn called<P: PshedPlugin>(
    context: *mut c_void,
    body: impl FnOnce(&P, NonNull<Block<P>>) -> Result<(), Refusal>,
) -> i32 {
    // SAFETY: The context of the registration is the address of a block, which is not null.
    let block = unsafe { NonNull::new_unchecked(context.cast::<Block<P>>()) };
    // SAFETY: The block is live until this returns, as the caller promises.
    status(unsafe { Block::enter(block, |plugin| body(plugin, block)) })
}

/// As [`called`], with a token, unless IRQL is above `DISPATCH_LEVEL`.
///
/// # Safety
///
/// As for [`called`], and this activation holds no lock that a closure runs under.
unsafe fn called_at_dispatch<P: PshedPlugin>(
    context: *mut c_void,
    refused: Refusal,
    body: impl FnOnce(&P, &mut Irql<'_, Dispatch>) -> Result<(), Refusal>,
) -> i32 {
    let checked = |plugin: &P, block| {
        if platform::current_irql() > platform::DISPATCH_LEVEL {
            // SAFETY: The block is live while the callback is inside.
            unsafe { Block::<P>::above_level(block) }.fetch_add(1, Ordering::Relaxed);
            return Err(refused);
        }
        // SAFETY: IRQL was looked at just now, and the callback keeps it. This is its one token, and no
        // lock is held (the caller's promise).
        unsafe { enter::<Dispatch, _>(|irql| body(plugin, irql)) }
    };
    // SAFETY: As the caller promises.
    unsafe { called(context, checked) }
}

/// Looks at a descriptor for as long as `body` runs.
///
/// # Safety
///
/// `source` is null or leads to a descriptor that is live and not written meanwhile.
unsafe fn with_source(
    source: *mut ErrorSourceDescriptor,
    body: impl FnOnce(&Descriptor<'_>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    // SAFETY: As the caller promises.
    let source = unsafe { Descriptor::new(source) };
    source.map_or(Err(Refusal::NotSupported), |source| body(&source))
}

/// # Safety
///
/// PSHED calls it as nc-ntddk-pshed_pi_get_all_error_sources says, with the block of a `P`.
pub(crate) unsafe extern "C" fn get_all<P: ErrorSourceDiscovery>(
    context: *mut c_void,
    count: *mut u32,
    sources: *mut *mut ErrorSourceDescriptor,
    length: *mut u32,
) -> i32 {
    let discover = |plugin: &P, irql: &mut Irql<'_, Dispatch>| {
        // SAFETY: PSHED gives three live places.
        let listed = unsafe { count.read() };
        // SAFETY: As above.
        let raw = unsafe { sources.read() };
        // SAFETY: As above.
        let room = unsafe { length.read() };
        // SAFETY: PSHED's buffer has that many bytes, and belongs to this callback.
        let list = unsafe { SourceList::new(raw.cast(), room, listed) };
        let mut list = list.ok_or(Refusal::InvalidParameter)?;
        let answer = plugin.discover(irql, &mut list);
        match answer {
            Ok(()) => {
                let listed = u32::try_from(list.len()).map_err(|_| Refusal::Failed)?;
                // SAFETY: The place is live and this callback's.
                unsafe { count.write(listed) };
            }
            Err(Refusal::BufferTooSmall) => {
                let wanted = u32::try_from(list.wanted()).map_err(|_| Refusal::Failed)?;
                // SAFETY: As above.
                unsafe { length.write(wanted) };
            }
            Err(_) => {}
        }
        answer
    };
    // SAFETY: The context is a block of a `P` that outlives its callbacks; PSHED is not handling an error.
    unsafe { called_at_dispatch(context, Refusal::Failed, discover) }
}

/// Defines the callbacks on a source at `DISPATCH_LEVEL`.
macro_rules! on_source {
    ($($name:ident, $page:literal;)*) => {$(
        /// # Safety
        ///
        #[doc = concat!("PSHED calls it as ", $page, " says, with the block of a `P`.")]
        pub(crate) unsafe extern "C" fn $name<P: ErrorSourceControl>(
            context: *mut c_void,
            source: *mut ErrorSourceDescriptor,
        ) -> i32 {
            let control = |plugin: &P, irql: &mut Irql<'_, Dispatch>| {
                // SAFETY: PSHED's descriptor is live and not written during the callback.
                unsafe { with_source(source, |source| plugin.$name(irql, source)) }
            };
            // SAFETY: The context is a block of a `P` that outlives its callbacks; configuring a source is
            // not part of handling an error of it, so its lock is not held.
            unsafe { called_at_dispatch(context, Refusal::NotSupported, control) }
        }
    )*};
}

on_source! {
    set_info, "nc-ntddk-pshed_pi_set_error_source_info";
    enable, "nc-ntddk-pshed_pi_enable_error_source";
    disable, "nc-ntddk-pshed_pi_disable_error_source";
}

/// # Safety
///
/// PSHED calls it as nc-ntddk-pshed_pi_retrieve_error_info says, with the block of a `P`.
pub(crate) unsafe extern "C" fn retrieve<P: ErrorInfoRetrieval>(
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
        pub(crate) unsafe extern "C" fn $name<P: ErrorInfoRetrieval>(
            context: *mut c_void,
            source: *mut ErrorSourceDescriptor,
            length: u32,
            record: *mut u8,
        ) -> i32 {
            let handle = |plugin: &P, _| {
                // SAFETY: PSHED's record has that many bytes, which nobody writes during the callback.
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
pub(crate) unsafe extern "C" fn write<P: ErrorRecordPersistence>(
    context: *mut c_void,
    flags: u32,
    length: u32,
    record: *mut u8,
) -> i32 {
    let write = |plugin: &P, _| {
        // SAFETY: PSHED's record has that many bytes, which nobody writes during the callback.
        let record = unsafe { ErrorRecord::new(record, length) };
        let record = record.ok_or(Refusal::InvalidParameter)?;
        plugin.write(flags & WRITE_DUMMY != 0, &record)
    };
    // SAFETY: The context is a block of a `P` that outlives its callbacks.
    unsafe { called(context, write) }
}

/// # Safety
///
/// PSHED calls it as nc-ntddk-pshed_pi_read_error_record says, with the block of a `P`.
pub(crate) unsafe extern "C" fn read<P: ErrorRecordPersistence>(
    context: *mut c_void,
    _flags: u32,
    id: u64,
    next: *mut u64,
    length: *mut u32,
    record: *mut u8,
) -> i32 {
    let read = |plugin: &P, irql: &mut Irql<'_, Dispatch>| {
        // SAFETY: PSHED gives a live place.
        let room = unsafe { length.read() };
        let into: &mut [u8] = if record.is_null() {
            &mut []
        } else {
            // SAFETY: PSHED's buffer has that many bytes, and belongs to this callback.
            unsafe { slice::from_raw_parts_mut(record, room as usize) }
        };
        let (needed, answer) = match plugin.read(irql, id, into) {
            Ok(found) if found.length <= room => {
                // SAFETY: PSHED gives a live place.
                unsafe { next.write(found.next) };
                (found.length, Ok(()))
            }
            Ok(_) => return Err(Refusal::Failed),
            Err(NotRead::TooSmall(needed)) => (needed, Err(Refusal::BufferTooSmall)),
            Err(NotRead::Refused(refusal)) => return Err(refusal),
        };
        // SAFETY: PSHED gives a live place.
        unsafe { length.write(needed) };
        answer
    };
    // SAFETY: The context is a block of a `P` that outlives its callbacks; PSHED is not handling an error.
    unsafe { called_at_dispatch(context, Refusal::Failed, read) }
}

/// # Safety
///
/// PSHED calls it as nc-ntddk-pshed_pi_clear_error_record says, with the block of a `P`.
pub(crate) unsafe extern "C" fn clear<P: ErrorRecordPersistence>(
    context: *mut c_void,
    _flags: u32,
    id: u64,
) -> i32 {
    let clear = |plugin: &P, irql: &mut Irql<'_, Dispatch>| plugin.clear(irql, id);
    // SAFETY: The context is a block of a `P` that outlives its callbacks; PSHED is not handling an error.
    unsafe { called_at_dispatch(context, Refusal::Failed, clear) }
}

/// # Safety
///
/// PSHED calls it as nc-ntddk-pshed_pi_attempt_error_recovery says, with the block of a `P`.
pub(crate) unsafe extern "C" fn attempt<P: ErrorRecovery>(
    context: *mut c_void,
    length: u32,
    record: *mut u8,
) -> i32 {
    let attempt = |plugin: &P, _| {
        // SAFETY: PSHED's record has that many bytes, which nobody writes during the callback.
        let record = unsafe { ErrorRecord::new(record, length) };
        plugin.attempt(&record.ok_or(Refusal::NotSupported)?)
    };
    // SAFETY: The context is a block of a `P` that outlives its callbacks.
    unsafe { called(context, attempt) }
}

/// # Safety
///
/// PSHED calls it as nc-ntddk-pshed_pi_get_injection_capabilities says, with the block of a `P`.
pub(crate) unsafe extern "C" fn capabilities<P: ErrorInjection>(
    context: *mut c_void,
    kinds: *mut u32,
) -> i32 {
    let tell = |plugin: &P, irql: &mut Irql<'_, Dispatch>| {
        if kinds.is_null() {
            return Err(Refusal::InvalidParameter);
        }
        let found = plugin.capabilities(irql);
        // SAFETY: PSHED's place is live and this callback's; it is a union of 32 bits.
        unsafe { kinds.write_unaligned(found.0) };
        Ok(())
    };
    // SAFETY: The context is a block of a `P` that outlives its callbacks; PSHED is not handling an error.
    unsafe { called_at_dispatch(context, Refusal::Failed, tell) }
}

/// # Safety
///
/// PSHED calls it as nc-ntddk-pshed_pi_inject_error says, with the block of a `P`.
pub(crate) unsafe extern "C" fn inject<P: ErrorInjection>(
    context: *mut c_void,
    error_type: u64,
    first: u64,
    second: u64,
    third: u64,
    fourth: u64,
) -> i32 {
    let order = Injection {
        error_type,
        parameters: [first, second, third, fourth],
    };
    let inject = |plugin: &P, irql: &mut Irql<'_, Dispatch>| plugin.inject(irql, &order);
    // SAFETY: The context is a block of a `P` that outlives its callbacks; PSHED is not handling an error.
    unsafe { called_at_dispatch(context, Refusal::Failed, inject) }
}
