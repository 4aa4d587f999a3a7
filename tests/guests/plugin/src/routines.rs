//! What can be called. Every routine takes and answers words here, as registers are; the client knows better.

use crate::protocol::{ARGUMENTS, ROUTINES};

/// Declares the imports of a module.
macro_rules! imports {
    ($($module:literal: $($name:ident),+;)+) => {$(
        #[link(name = $module, kind = "raw-dylib", modifiers = "+verbatim")]
        unsafe extern "C" {
            $(fn $name(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64) -> u64;)+
        }
    )+};
}

imports! {
    "PSHED.dll": PshedIsSystemWheaEnabled, PshedRegisterPlugin, PshedUnregisterPlugin, PshedSynchronizeExecution,
        PshedAllocateMemory, PshedFreeMemory;
    "ntoskrnl.exe": WheaAddErrorSource, WheaRemoveErrorSource, WheaAddErrorSourceDeviceDriver,
        WheaRemoveErrorSourceDeviceDriver, WheaReportHwErrorDeviceDriver, WheaCreateHwErrorReportDeviceDriver,
        WheaAddHwErrorReportSectionDeviceDriver, WheaHwErrorReportSetSeverityDeviceDriver,
        WheaHwErrorReportSetSectionNameDeviceDriver, WheaHwErrorReportSubmitDeviceDriver,
        WheaHwErrorReportAbandonDeviceDriver, EtwRegister, EtwSetInformation, EtwUnregister, KeInitializeEvent,
        KeSetEvent, KeClearEvent, KeResetEvent;
    "HAL.dll": KeStallExecutionProcessor;
}

type Routine = unsafe extern "C" fn(u64, u64, u64, u64, u64, u64, u64) -> u64;

/// # Safety
///
/// None.
unsafe extern "C" fn nothing(_: u64, _: u64, _: u64, _: u64, _: u64, _: u64, _: u64) -> u64 {
    0
}

const ALL: [Routine; ROUTINES.len()] = [
    nothing,
    PshedIsSystemWheaEnabled,
    PshedRegisterPlugin,
    PshedUnregisterPlugin,
    PshedSynchronizeExecution,
    PshedAllocateMemory,
    PshedFreeMemory,
    WheaAddErrorSource,
    WheaRemoveErrorSource,
    WheaAddErrorSourceDeviceDriver,
    WheaRemoveErrorSourceDeviceDriver,
    WheaReportHwErrorDeviceDriver,
    WheaCreateHwErrorReportDeviceDriver,
    WheaAddHwErrorReportSectionDeviceDriver,
    WheaHwErrorReportSetSeverityDeviceDriver,
    WheaHwErrorReportSetSectionNameDeviceDriver,
    WheaHwErrorReportSubmitDeviceDriver,
    WheaHwErrorReportAbandonDeviceDriver,
    EtwRegister,
    EtwSetInformation,
    EtwUnregister,
    KeInitializeEvent,
    KeSetEvent,
    KeClearEvent,
    KeResetEvent,
    KeStallExecutionProcessor,
];

/// Calls a routine.
///
/// # Safety
///
/// The arguments are what the routine takes, and IRQL is what it asks for.
pub(crate) unsafe fn call(routine: usize, arguments: [u64; ARGUMENTS]) -> Option<u64> {
    let [first, second, third, fourth, fifth, sixth, last] = arguments;
    let routine = ALL.get(routine)?;
    // SAFETY: As the caller promises; a routine ignores arguments that it does not have.
    Some(unsafe { routine(first, second, third, fourth, fifth, sixth, last) })
}
