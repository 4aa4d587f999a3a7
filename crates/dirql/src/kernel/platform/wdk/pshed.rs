//! PSHED.dll through `wdk-sys`, which declares its services among those of ntddk.h.

use core::{ffi::c_void, ptr::NonNull};

use wdk_sys::{
    BOOLEAN,
    ntddk::{
        PshedIsSystemWheaEnabled, PshedRegisterPlugin, PshedSynchronizeExecution,
        PshedUnregisterPlugin,
    },
};

use crate::{
    kernel::platform::parameters::SynchronizeRoutine,
    pshed::layout::{ErrorSourceDescriptor, RegistrationPacket},
};

/// Whether WHEA is enabled for the whole system.
///
/// # IRQL
/// Any.
pub(crate) fn pshed_is_system_whea_enabled() -> bool {
    // SAFETY: Takes nothing, at any IRQL (nf-ntddk-pshedissystemwheaenabled).
    let enabled: BOOLEAN = unsafe { PshedIsSystemWheaEnabled() };
    enabled != 0
}

/// Registers a plug-in and returns the `NTSTATUS`.
///
/// # Safety
/// IRQL is `PASSIVE_LEVEL`; the packet is filled as its version asks; it and what it points to live until
/// the plug-in is unregistered or the call has failed.
pub(crate) unsafe fn pshed_register_plugin(packet: *mut RegistrationPacket) -> i32 {
    // SAFETY: The layout is asserted in `layouts`; the rest is the caller's promise
    // (nf-ntddk-pshedregisterplugin).
    unsafe { PshedRegisterPlugin(packet.cast()) }
}

/// Unregisters a plug-in of version 2.
///
/// # Safety
/// IRQL is `PASSIVE_LEVEL`; the handle came from one registration and is not used again.
pub(crate) unsafe fn pshed_unregister_plugin(handle: *mut c_void) {
    // SAFETY: As the caller promises (nf-ntddk-pshedunregisterplugin).
    unsafe { PshedUnregisterPlugin(handle) }
}

/// Calls `routine` while the handler of the error source is kept out, and returns the raw BOOLEAN.
///
/// # Safety
/// The descriptor is PSHED's own and live; its handler can be masked; IRQL is at most the handler's; this
/// processor does not hold its lock; `routine` may be called with `context` until this returns.
#[inline]
pub(crate) unsafe fn pshed_synchronize_execution(
    source: NonNull<ErrorSourceDescriptor>,
    routine: SynchronizeRoutine,
    context: *mut c_void,
) -> u8 {
    // SAFETY: As the caller promises (nf-ntddk-pshedsynchronizeexecution).
    let raw: BOOLEAN =
        unsafe { PshedSynchronizeExecution(source.as_ptr().cast(), Some(routine), context) };
    raw
}
