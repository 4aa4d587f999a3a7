//! Those that PSHED calls outside of the handling of an error, at `DISPATCH_LEVEL` at most: they get a token.

use core::{ffi::c_void, slice};

use super::{called_at_dispatch, with_source};
use crate::{
    Dispatch, Irql,
    pshed::{
        ErrorInjection, ErrorRecordPersistence, ErrorSourceControl, ErrorSourceDiscovery,
        Injection, NotRead, Refusal, SourceList, layout::ErrorSourceDescriptor,
    },
};

/// # Safety
///
/// PSHED calls it as nc-ntddk-pshed_pi_get_all_error_sources says, with the block of a `P`.
pub(in crate::kernel::pshed) unsafe extern "C" fn get_all<P: ErrorSourceDiscovery>(
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
        pub(in crate::kernel::pshed) unsafe extern "C" fn $name<P: ErrorSourceControl>(
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
/// PSHED calls it as nc-ntddk-pshed_pi_read_error_record says, with the block of a `P`.
pub(in crate::kernel::pshed) unsafe extern "C" fn read<P: ErrorRecordPersistence>(
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
pub(in crate::kernel::pshed) unsafe extern "C" fn clear<P: ErrorRecordPersistence>(
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
/// PSHED calls it as nc-ntddk-pshed_pi_get_injection_capabilities says, with the block of a `P`.
pub(in crate::kernel::pshed) unsafe extern "C" fn capabilities<P: ErrorInjection>(
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
pub(in crate::kernel::pshed) unsafe extern "C" fn inject<P: ErrorInjection>(
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
