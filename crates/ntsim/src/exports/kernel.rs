//! The kernel's exports that the simulator models.
//!
//! The IRQL ranges are those of the routines' pages. A routine with a finer rule than a range
//! (a wait that may block, a caller above an object's IRQL) checks it itself.

use crate::processor::irql::{APC, DISPATCH, HIGH, PASSIVE};

use super::Export;
use crate::sim::Sim;

/// Declares exports: `name(lowest..=highest) = routine`.
macro_rules! exports {
    ($($module:literal { $($name:ident($low:expr, $high:expr) = $routine:path;)* })*) => {
        /// The table.
        pub(super) const EXPORTS: &[Export] = &[
            $($(Export { module: $module, name: stringify!($name), irql: ($low, $high), routine: $routine },)*)*
        ];
    };
}

/// The module that holds whatever it exports, and the one that exports it as well: since Windows 10 2004 the HAL is a
/// part of the kernel, and HAL.dll refers there for every routine of its own.
pub(super) const ALSO_OF_THE_KERNEL: (&str, &str) = ("HAL.dll", "ntoskrnl.exe");

exports! {
    "ntoskrnl.exe" {
        // Processors, IRQL and threads.
        KeGetCurrentIrql(PASSIVE, HIGH) = Sim::ke_get_current_irql;
        KfRaiseIrql(PASSIVE, HIGH) = Sim::kf_raise_irql;
        KeLowerIrql(PASSIVE, HIGH) = Sim::ke_lower_irql;
        KeEnterCriticalRegion(PASSIVE, APC) = Sim::ke_enter_critical_region;
        KeLeaveCriticalRegion(PASSIVE, APC) = Sim::ke_leave_critical_region;
        KeGetCurrentProcessorNumberEx(PASSIVE, HIGH) = Sim::ke_get_current_processor_number_ex;
        KeGetProcessorNumberFromIndex(PASSIVE, HIGH) = Sim::ke_get_processor_number_from_index;
        KeQueryActiveProcessorCountEx(PASSIVE, HIGH) = Sim::ke_query_active_processor_count_ex;
        KeSetSystemGroupAffinityThread(PASSIVE, DISPATCH) = Sim::ke_set_system_group_affinity_thread;
        KeRevertToUserGroupAffinityThread(PASSIVE, DISPATCH) = Sim::ke_revert_to_user_group_affinity_thread;
        PsCreateSystemThread(PASSIVE, PASSIVE) = Sim::ps_create_system_thread;
        PsTerminateSystemThread(PASSIVE, PASSIVE) = Sim::ps_terminate_system_thread;
        ZwClose(PASSIVE, PASSIVE) = Sim::zw_close;
        // Waiting.
        KeInitializeEvent(PASSIVE, HIGH) = Sim::ke_initialize_event;
        KeSetEvent(PASSIVE, DISPATCH) = Sim::ke_set_event;
        KeResetEvent(PASSIVE, DISPATCH) = Sim::ke_reset_event;
        KeClearEvent(PASSIVE, DISPATCH) = Sim::ke_clear_event;
        KeWaitForSingleObject(PASSIVE, DISPATCH) = Sim::ke_wait_for_single_object;
        ZwWaitForSingleObject(PASSIVE, PASSIVE) = Sim::zw_wait_for_single_object;
        KeDelayExecutionThread(PASSIVE, APC) = Sim::ke_delay_execution_thread;
        ExInitializeRundownProtection(PASSIVE, APC) = Sim::ex_initialize_rundown_protection;
        ExReInitializeRundownProtection(PASSIVE, APC) = Sim::ex_reinitialize_rundown_protection;
        ExAcquireRundownProtection(PASSIVE, DISPATCH) = Sim::ex_acquire_rundown_protection;
        ExReleaseRundownProtection(PASSIVE, DISPATCH) = Sim::ex_release_rundown_protection;
        ExRundownCompleted(PASSIVE, APC) = Sim::ex_rundown_completed;
        ExWaitForRundownProtectionRelease(PASSIVE, APC) = Sim::ex_wait_for_rundown_protection_release;
        // Spin locks and interrupts.
        KeInitializeSpinLock(PASSIVE, HIGH) = Sim::ke_initialize_spin_lock;
        KeAcquireSpinLockRaiseToDpc(PASSIVE, DISPATCH) = Sim::ke_acquire_spin_lock_raise_to_dpc;
        KeReleaseSpinLock(DISPATCH, DISPATCH) = Sim::ke_release_spin_lock;
        KeSynchronizeExecution(PASSIVE, HIGH) = Sim::ke_synchronize_execution;
        KeAcquireInterruptSpinLock(PASSIVE, HIGH) = Sim::ke_acquire_interrupt_spin_lock;
        KeReleaseInterruptSpinLock(PASSIVE, HIGH) = Sim::ke_release_interrupt_spin_lock;
        IoConnectInterruptEx(PASSIVE, PASSIVE) = Sim::io_connect_interrupt_ex;
        IoDisconnectInterruptEx(PASSIVE, PASSIVE) = Sim::io_disconnect_interrupt_ex;
        IoReportInterruptActive(PASSIVE, DISPATCH) = Sim::io_report_interrupt_active;
        IoReportInterruptInactive(PASSIVE, DISPATCH) = Sim::io_report_interrupt_inactive;
        // Memory.
        ExAllocatePool2(PASSIVE, DISPATCH) = Sim::ex_allocate_pool2;
        ExFreePool(PASSIVE, DISPATCH) = Sim::ex_free_pool;
        ExFreePoolWithTag(PASSIVE, DISPATCH) = Sim::ex_free_pool_with_tag;
        MmMapIoSpaceEx(PASSIVE, DISPATCH) = Sim::mm_map_io_space_ex;
        MmUnmapIoSpace(PASSIVE, DISPATCH) = Sim::mm_unmap_io_space;
        memcpy(PASSIVE, HIGH) = Sim::memmove;
        memmove(PASSIVE, HIGH) = Sim::memmove;
        memset(PASSIVE, HIGH) = Sim::memset;
        memcmp(PASSIVE, HIGH) = Sim::memcmp;
        // Event tracing. PASSIVE, "in the context of a system thread".
        EtwRegister(PASSIVE, PASSIVE) = Sim::etw_register;
        EtwUnregister(PASSIVE, PASSIVE) = Sim::etw_unregister;
        EtwSetInformation(PASSIVE, PASSIVE) = Sim::etw_set_information;
        EtwWriteTransfer(PASSIVE, HIGH) = Sim::etw_write_transfer;
        // The rest.
        RtlCopyUnicodeString(PASSIVE, DISPATCH) = Sim::rtl_copy_unicode_string;
        // Reserved for the system, without a word on IRQL.
        WheaAddErrorSource(PASSIVE, PASSIVE) = Sim::whea_add_error_source;
        WheaRemoveErrorSource(PASSIVE, PASSIVE) = Sim::whea_remove_error_source;
        // Error sources of drivers: those that add and remove name no IRQL and call back at PASSIVE; a report is
        // made in the context of an interrupt, too.
        WheaAddErrorSourceDeviceDriver(PASSIVE, PASSIVE) = Sim::whea_add_error_source_device_driver;
        WheaRemoveErrorSourceDeviceDriver(PASSIVE, PASSIVE) = Sim::whea_remove_error_source_device_driver;
        WheaReportHwErrorDeviceDriver(PASSIVE, HIGH) = Sim::whea_report_hw_error_device_driver;
        WheaCreateHwErrorReportDeviceDriver(PASSIVE, HIGH) = Sim::whea_create_hw_error_report_device_driver;
        WheaAddHwErrorReportSectionDeviceDriver(PASSIVE, HIGH) = Sim::whea_add_hw_error_report_section_device_driver;
        WheaHwErrorReportSetSeverityDeviceDriver(PASSIVE, HIGH) = Sim::whea_hw_error_report_set_severity_device_driver;
        WheaHwErrorReportSetSectionNameDeviceDriver(PASSIVE, HIGH) = Sim::whea_hw_error_report_set_section_name_device_driver;
        WheaHwErrorReportSubmitDeviceDriver(PASSIVE, HIGH) = Sim::whea_hw_error_report_submit_device_driver;
        WheaHwErrorReportAbandonDeviceDriver(PASSIVE, HIGH) = Sim::whea_hw_error_report_abandon_device_driver;
        DbgPrint(PASSIVE, HIGH) = Sim::dbg_print;
        KeBugCheckEx(PASSIVE, HIGH) = Sim::ke_bug_check_ex;
    }
    // What link libraries know as the HAL's. ntoskrnl.exe exports it, too.
    "HAL.dll" {
        KeStallExecutionProcessor(PASSIVE, HIGH) = Sim::ke_stall_execution_processor;
    }
    "PSHED.dll" {
        PshedIsSystemWheaEnabled(PASSIVE, HIGH) = Sim::pshed_is_system_whea_enabled;
        // The page allows DISPATCH, the header does not.
        PshedRegisterPlugin(PASSIVE, PASSIVE) = Sim::pshed_register_plugin;
        PshedUnregisterPlugin(PASSIVE, PASSIVE) = Sim::pshed_unregister_plugin;
        PshedSynchronizeExecution(PASSIVE, HIGH) = Sim::pshed_synchronize_execution;
        PshedAllocateMemory(PASSIVE, DISPATCH) = Sim::pshed_allocate_memory;
        PshedFreeMemory(PASSIVE, DISPATCH) = Sim::pshed_free_memory;
    }
    "WDFLDR.SYS" {
        WdfVersionBind(PASSIVE, PASSIVE) = Sim::wdf_version_bind;
        WdfVersionUnbind(PASSIVE, PASSIVE) = Sim::wdf_version_unbind;
    }
    // Not an import: what the framework puts into `DRIVER_OBJECT.DriverUnload`.
    "(framework)" {
        FxDriverUnload(PASSIVE, PASSIVE) = Sim::fx_driver_unload;
    }
}
