//! The kernel's exports that the simulator models.
//!
//! The IRQL ranges are those of the routines' pages. A routine with a finer rule than a range
//! (a wait that may block, a caller above an object's IRQL) checks it itself.

use crate::{
    kernel::irql::{APC, DISPATCH, HIGH, PASSIVE},
    system::exports::table::{Export, floor},
};

/// Declares exports: `name(lowest..=highest) = routine`.
macro_rules! exports {
    ($($module:literal { $($name:ident($low:expr, $high:expr) = $floor:ident.$routine:ident;)* })*) => {
        /// The table.
        pub(super) const EXPORTS: &[Export] = &[
            $($(Export { module: $module, name: stringify!($name), irql: ($low, $high), routine: |it, guest| floor::$floor(it).$routine(guest) },)*)*
        ];
    };
}

/// The module that holds whatever it exports, and the one that exports it as well: since Windows 10 2004 the HAL is a
/// part of the kernel, and HAL.dll refers there for every routine of its own.
pub(super) const ALSO_OF_THE_KERNEL: (&str, &str) = ("HAL.dll", "ntoskrnl.exe");

exports! {
    "ntoskrnl.exe" {
        // Processors, IRQL and threads.
        KeGetCurrentIrql(PASSIVE, HIGH) = kernel.ke_get_current_irql;

        KfRaiseIrql(PASSIVE, HIGH) = kernel.kf_raise_irql;
        KeLowerIrql(PASSIVE, HIGH) = kernel.ke_lower_irql;
        KeEnterCriticalRegion(PASSIVE, APC) = kernel.ke_enter_critical_region;
        KeLeaveCriticalRegion(PASSIVE, APC) = kernel.ke_leave_critical_region;
        KeGetCurrentProcessorNumberEx(PASSIVE, HIGH) = kernel.ke_get_current_processor_number_ex;
        KeGetProcessorNumberFromIndex(PASSIVE, HIGH) = kernel.ke_get_processor_number_from_index;
        KeQueryActiveProcessorCountEx(PASSIVE, HIGH) = kernel.ke_query_active_processor_count_ex;
        // The pages allow DISPATCH, the header does not.
        KeSetSystemGroupAffinityThread(PASSIVE, APC) = kernel.ke_set_system_group_affinity_thread;
        KeRevertToUserGroupAffinityThread(PASSIVE, APC) = kernel.ke_revert_to_user_group_affinity_thread;
        PsCreateSystemThread(PASSIVE, PASSIVE) = kernel.ps_create_system_thread;
        PsTerminateSystemThread(PASSIVE, PASSIVE) = kernel.ps_terminate_system_thread;
        ZwClose(PASSIVE, PASSIVE) = kernel.zw_close;
        // Waiting.
        KeInitializeEvent(PASSIVE, HIGH) = kernel.ke_initialize_event;
        KeSetEvent(PASSIVE, DISPATCH) = kernel.ke_set_event;
        KeResetEvent(PASSIVE, DISPATCH) = kernel.ke_reset_event;
        KeClearEvent(PASSIVE, DISPATCH) = kernel.ke_clear_event;
        KeWaitForSingleObject(PASSIVE, DISPATCH) = kernel.ke_wait_for_single_object;
        // The page's remarks allow DISPATCH with a timeout of zero, its row does not.
        ZwWaitForSingleObject(PASSIVE, PASSIVE) = kernel.zw_wait_for_single_object;
        KeDelayExecutionThread(PASSIVE, APC) = kernel.ke_delay_execution_thread;
        ExInitializeRundownProtection(PASSIVE, APC) = kernel.ex_initialize_rundown_protection;
        ExReInitializeRundownProtection(PASSIVE, APC) = kernel.ex_reinitialize_rundown_protection;
        ExAcquireRundownProtection(PASSIVE, DISPATCH) = kernel.ex_acquire_rundown_protection;
        ExReleaseRundownProtection(PASSIVE, DISPATCH) = kernel.ex_release_rundown_protection;
        ExRundownCompleted(PASSIVE, APC) = kernel.ex_rundown_completed;
        ExWaitForRundownProtectionRelease(PASSIVE, APC) = kernel.ex_wait_for_rundown_protection_release;
        // Spin locks and interrupts.
        KeInitializeSpinLock(PASSIVE, HIGH) = kernel.ke_initialize_spin_lock;
        KeAcquireSpinLockRaiseToDpc(PASSIVE, DISPATCH) = kernel.ke_acquire_spin_lock_raise_to_dpc;
        KeReleaseSpinLock(DISPATCH, DISPATCH) = kernel.ke_release_spin_lock;
        KeSynchronizeExecution(PASSIVE, HIGH) = kernel.ke_synchronize_execution;
        KeAcquireInterruptSpinLock(PASSIVE, HIGH) = kernel.ke_acquire_interrupt_spin_lock;
        KeReleaseInterruptSpinLock(PASSIVE, HIGH) = kernel.ke_release_interrupt_spin_lock;
        IoConnectInterruptEx(PASSIVE, PASSIVE) = kernel.io_connect_interrupt_ex;
        IoDisconnectInterruptEx(PASSIVE, PASSIVE) = kernel.io_disconnect_interrupt_ex;
        IoReportInterruptActive(PASSIVE, DISPATCH) = kernel.io_report_interrupt_active;
        IoReportInterruptInactive(PASSIVE, DISPATCH) = kernel.io_report_interrupt_inactive;
        // Memory.
        ExAllocatePool2(PASSIVE, DISPATCH) = kernel.ex_allocate_pool2;
        ExAllocatePoolWithTag(PASSIVE, DISPATCH) = kernel.ex_allocate_pool_with_tag;
        ExFreePool(PASSIVE, DISPATCH) = kernel.ex_free_pool;
        ExFreePoolWithTag(PASSIVE, DISPATCH) = kernel.ex_free_pool_with_tag;
        MmMapIoSpaceEx(PASSIVE, DISPATCH) = kernel.mm_map_io_space_ex;
        MmUnmapIoSpace(PASSIVE, DISPATCH) = kernel.mm_unmap_io_space;
        memcpy(PASSIVE, HIGH) = kernel.memmove;
        memmove(PASSIVE, HIGH) = kernel.memmove;
        memset(PASSIVE, HIGH) = kernel.memset;
        memcmp(PASSIVE, HIGH) = kernel.memcmp;
        // Event tracing. PASSIVE, "in the context of a system thread".
        EtwRegister(PASSIVE, PASSIVE) = tracing.etw_register;
        EtwUnregister(PASSIVE, PASSIVE) = tracing.etw_unregister;
        EtwSetInformation(PASSIVE, PASSIVE) = tracing.etw_set_information;
        EtwWriteTransfer(PASSIVE, HIGH) = tracing.etw_write_transfer;
        // The rest.
        MmGetSystemRoutineAddress(PASSIVE, PASSIVE) = system.mm_get_system_routine_address;
        RtlGetVersion(PASSIVE, PASSIVE) = kernel.rtl_get_version;
        KeQueryTimeIncrement(PASSIVE, HIGH) = kernel.ke_query_time_increment;
        RtlInitUnicodeString(PASSIVE, DISPATCH) = kernel.rtl_init_unicode_string;
        RtlInitAnsiString(PASSIVE, HIGH) = kernel.rtl_init_ansi_string;
        RtlInitString(PASSIVE, HIGH) = kernel.rtl_init_ansi_string;
        RtlCompareUnicodeString(PASSIVE, PASSIVE) = kernel.rtl_compare_unicode_string;
        RtlEqualUnicodeString(PASSIVE, PASSIVE) = kernel.rtl_equal_unicode_string;
        RtlCompareMemory(PASSIVE, HIGH) = kernel.rtl_compare_memory;
        strlen(PASSIVE, HIGH) = kernel.strlen;
        wcslen(PASSIVE, HIGH) = kernel.wcslen;
        _snprintf(PASSIVE, HIGH) = kernel.snprintf;
        _snwprintf(PASSIVE, HIGH) = kernel.snwprintf;
        _vsnprintf(PASSIVE, HIGH) = kernel.vsnprintf;
        _vsnwprintf(PASSIVE, HIGH) = kernel.vsnwprintf;
        DbgPrintEx(PASSIVE, HIGH) = kernel.dbg_print_ex;
        vDbgPrintEx(PASSIVE, HIGH) = kernel.v_dbg_print_ex;
        KeBugCheck(PASSIVE, HIGH) = kernel.ke_bug_check;
        RtlCopyUnicodeString(PASSIVE, HIGH) = kernel.rtl_copy_unicode_string;
        // Reserved for the system, without a word on IRQL.
        WheaAddErrorSource(PASSIVE, PASSIVE) = hardware_errors.whea_add_error_source;
        WheaRemoveErrorSource(PASSIVE, PASSIVE) = hardware_errors.whea_remove_error_source;
        // Error sources of drivers: those that add and remove name no IRQL and call back at PASSIVE; a report is
        // made in the context of an interrupt, too.
        WheaAddErrorSourceDeviceDriver(PASSIVE, PASSIVE) = hardware_errors.whea_add_error_source_device_driver;
        WheaRemoveErrorSourceDeviceDriver(PASSIVE, PASSIVE) = hardware_errors.whea_remove_error_source_device_driver;
        WheaReportHwErrorDeviceDriver(PASSIVE, HIGH) = hardware_errors.whea_report_hw_error_device_driver;
        WheaCreateHwErrorReportDeviceDriver(PASSIVE, HIGH) = hardware_errors.whea_create_hw_error_report_device_driver;
        WheaAddHwErrorReportSectionDeviceDriver(PASSIVE, HIGH) = hardware_errors.whea_add_hw_error_report_section_device_driver;
        WheaHwErrorReportSetSeverityDeviceDriver(PASSIVE, HIGH) = hardware_errors.whea_hw_error_report_set_severity_device_driver;
        WheaHwErrorReportSetSectionNameDeviceDriver(PASSIVE, HIGH) = hardware_errors.whea_hw_error_report_set_section_name_device_driver;
        WheaHwErrorReportSubmitDeviceDriver(PASSIVE, HIGH) = hardware_errors.whea_hw_error_report_submit_device_driver;
        WheaHwErrorReportAbandonDeviceDriver(PASSIVE, HIGH) = hardware_errors.whea_hw_error_report_abandon_device_driver;
        DbgPrint(PASSIVE, HIGH) = kernel.dbg_print;
        KeBugCheckEx(PASSIVE, HIGH) = kernel.ke_bug_check_ex;
    }
    // What link libraries know as the HAL's. ntoskrnl.exe exports it, too.
    "HAL.dll" {
        KeQueryPerformanceCounter(PASSIVE, HIGH) = kernel.ke_query_performance_counter;
        KeStallExecutionProcessor(PASSIVE, HIGH) = kernel.ke_stall_execution_processor;
    }
    "PSHED.dll" {
        PshedIsSystemWheaEnabled(PASSIVE, HIGH) = hardware_errors.pshed_is_system_whea_enabled;
        // The page allows DISPATCH, the header does not.
        PshedRegisterPlugin(PASSIVE, PASSIVE) = hardware_errors.pshed_register_plugin;
        PshedUnregisterPlugin(PASSIVE, PASSIVE) = hardware_errors.pshed_unregister_plugin;
        PshedSynchronizeExecution(PASSIVE, HIGH) = hardware_errors.pshed_synchronize_execution;
        PshedAllocateMemory(PASSIVE, DISPATCH) = hardware_errors.pshed_allocate_memory;
        PshedFreeMemory(PASSIVE, DISPATCH) = hardware_errors.pshed_free_memory;
    }
    "WDFLDR.SYS" {
        WdfVersionBind(PASSIVE, PASSIVE) = framework.wdf_version_bind;
        WdfVersionUnbind(PASSIVE, PASSIVE) = framework.wdf_version_unbind;
        WdfVersionBindClass(PASSIVE, PASSIVE) = framework.wdf_version_bind_class;
        WdfVersionUnbindClass(PASSIVE, PASSIVE) = framework.wdf_version_bind_class;
    }
    // Not an import: what the framework puts into `DRIVER_OBJECT.DriverUnload`.
    "(framework)" {
        FxDriverUnload(PASSIVE, PASSIVE) = framework.fx_driver_unload;
    }
}
