//! The kernel's exports that the simulator models.
//!
//! Each may be called at the IRQLs of its declaration. A routine with a finer rule than a range (a wait that may block, a
//! caller above an object's IRQL) checks it itself.

use crate::{
    kernel::irql::PASSIVE,
    system::exports::table::{Row, rows},
};

/// The table.
pub(super) const EXPORTS: &[Row] = rows! {
    // Processors, IRQL and threads.
    KeGetCurrentIrql = kernel.ke_get_current_irql;

    KfRaiseIrql = kernel.kf_raise_irql;
    KeLowerIrql = kernel.ke_lower_irql;
    KeEnterCriticalRegion = kernel.ke_enter_critical_region;
    KeLeaveCriticalRegion = kernel.ke_leave_critical_region;
    KeGetCurrentProcessorNumberEx = kernel.ke_get_current_processor_number_ex;
    KeGetProcessorNumberFromIndex = kernel.ke_get_processor_number_from_index;
    KeQueryActiveProcessorCountEx = kernel.ke_query_active_processor_count_ex;
    KeSetSystemGroupAffinityThread = kernel.ke_set_system_group_affinity_thread;
    KeRevertToUserGroupAffinityThread = kernel.ke_revert_to_user_group_affinity_thread;
    PsCreateSystemThread = kernel.ps_create_system_thread;
    PsTerminateSystemThread = kernel.ps_terminate_system_thread;
    ZwClose = kernel.zw_close;
    // Files.
    ZwCreateFile(PASSIVE, PASSIVE, "its page has PASSIVE_LEVEL, with remarks on APCs") = kernel.zw_create_file;
    ZwOpenFile(PASSIVE, PASSIVE, "its page has PASSIVE_LEVEL, with remarks on APCs") = kernel.zw_open_file;
    ZwReadFile(PASSIVE, PASSIVE, "its page has PASSIVE_LEVEL, with remarks on APCs") = kernel.zw_read_file;
    ZwWriteFile(PASSIVE, PASSIVE, "its page has PASSIVE_LEVEL, with remarks on APCs") = kernel.zw_write_file;
    ZwSetInformationFile(PASSIVE, PASSIVE, "its page has PASSIVE_LEVEL, with remarks on APCs") = kernel.zw_set_information_file;
    ZwQueryInformationFile(PASSIVE, PASSIVE, "its page has PASSIVE_LEVEL, with remarks on APCs") = kernel.zw_query_information_file;
    // Waiting.
    KeInitializeEvent = kernel.ke_initialize_event;
    KeSetEvent = kernel.ke_set_event;
    KeResetEvent = kernel.ke_reset_event;
    KeClearEvent = kernel.ke_clear_event;
    KeWaitForSingleObject = kernel.ke_wait_for_single_object;
    ZwWaitForSingleObject = kernel.zw_wait_for_single_object;
    KeDelayExecutionThread = kernel.ke_delay_execution_thread;
    ExInitializeRundownProtection = kernel.ex_initialize_rundown_protection;
    ExReInitializeRundownProtection = kernel.ex_reinitialize_rundown_protection;
    ExAcquireRundownProtection = kernel.ex_acquire_rundown_protection;
    ExReleaseRundownProtection = kernel.ex_release_rundown_protection;
    ExRundownCompleted = kernel.ex_rundown_completed;
    ExWaitForRundownProtectionRelease = kernel.ex_wait_for_rundown_protection_release;
    // Spin locks and interrupts.
    KeInitializeSpinLock = kernel.ke_initialize_spin_lock;
    KeAcquireSpinLockRaiseToDpc = kernel.ke_acquire_spin_lock_raise_to_dpc;
    KeReleaseSpinLock = kernel.ke_release_spin_lock;
    KeSynchronizeExecution = kernel.ke_synchronize_execution;
    KeAcquireInterruptSpinLock = kernel.ke_acquire_interrupt_spin_lock;
    KeReleaseInterruptSpinLock = kernel.ke_release_interrupt_spin_lock;
    IoConnectInterruptEx = kernel.io_connect_interrupt_ex;
    IoDisconnectInterruptEx = kernel.io_disconnect_interrupt_ex;
    IoReportInterruptActive = kernel.io_report_interrupt_active;
    IoReportInterruptInactive = kernel.io_report_interrupt_inactive;
    // DPCs.
    KeInitializeDpc = kernel.ke_initialize_dpc;
    KeInsertQueueDpc = kernel.ke_insert_queue_dpc;
    KeRemoveQueueDpc = kernel.ke_remove_queue_dpc;
    KeFlushQueuedDpcs = kernel.ke_flush_queued_dpcs;
    // Memory.
    ExAllocatePool2 = kernel.ex_allocate_pool2;
    ExAllocatePoolWithTag = kernel.ex_allocate_pool_with_tag;
    ExFreePool = kernel.ex_free_pool;
    ExFreePoolWithTag = kernel.ex_free_pool_with_tag;
    MmMapIoSpaceEx = kernel.mm_map_io_space_ex;
    MmUnmapIoSpace = kernel.mm_unmap_io_space;
    memcpy = kernel.memmove;
    memmove = kernel.memmove;
    memset = kernel.memset;
    memcmp = kernel.memcmp;
    // Event tracing.
    EtwRegister = tracing.etw_register;
    EtwUnregister = tracing.etw_unregister;
    EtwSetInformation = tracing.etw_set_information;
    EtwWriteTransfer = tracing.etw_write_transfer;
    // The rest.
    MmGetSystemRoutineAddress = system.mm_get_system_routine_address;
    RtlGetVersion = kernel.rtl_get_version;
    KeQueryTimeIncrement = kernel.ke_query_time_increment;
    RtlInitUnicodeString = kernel.rtl_init_unicode_string;
    RtlInitAnsiString = kernel.rtl_init_ansi_string;
    RtlInitString = kernel.rtl_init_ansi_string;
    RtlCompareUnicodeString = kernel.rtl_compare_unicode_string;
    RtlEqualUnicodeString = kernel.rtl_equal_unicode_string;
    strncmp = kernel.strncmp;
    RtlCompareMemory = kernel.rtl_compare_memory;
    RtlAppendUnicodeStringToString = kernel.rtl_append_unicode_string_to_string;
    RtlAppendUnicodeToString = kernel.rtl_append_unicode_to_string;
    wcscpy_s = kernel.wcscpy_s;
    wcscat_s = kernel.wcscat_s;
    strlen = kernel.strlen;
    wcslen = kernel.wcslen;
    _snprintf = kernel.snprintf;
    _snwprintf = kernel.snwprintf;
    _vsnprintf = kernel.vsnprintf;
    _vsnwprintf = kernel.vsnwprintf;
    DbgPrintEx = kernel.dbg_print_ex;
    vDbgPrintEx = kernel.v_dbg_print_ex;
    KeBugCheck = kernel.ke_bug_check;
    RtlCopyUnicodeString = kernel.rtl_copy_unicode_string;
    // Hardware errors. A report is made in the context of an interrupt, too.
    WheaAddErrorSource(PASSIVE, PASSIVE, "it is reserved for the system, and its page names no IRQL") = hardware_errors.whea_add_error_source;
    WheaRemoveErrorSource(PASSIVE, PASSIVE, "it is reserved for the system, and its page names no IRQL") = hardware_errors.whea_remove_error_source;
    WheaAddErrorSourceDeviceDriver(PASSIVE, PASSIVE, "its page names no IRQL, and it calls back at PASSIVE_LEVEL") = hardware_errors.whea_add_error_source_device_driver;
    WheaRemoveErrorSourceDeviceDriver = hardware_errors.whea_remove_error_source_device_driver;
    WheaReportHwErrorDeviceDriver = hardware_errors.whea_report_hw_error_device_driver;
    WheaCreateHwErrorReportDeviceDriver = hardware_errors.whea_create_hw_error_report_device_driver;
    WheaAddHwErrorReportSectionDeviceDriver = hardware_errors.whea_add_hw_error_report_section_device_driver;
    WheaHwErrorReportSetSeverityDeviceDriver = hardware_errors.whea_hw_error_report_set_severity_device_driver;
    WheaHwErrorReportSetSectionNameDeviceDriver = hardware_errors.whea_hw_error_report_set_section_name_device_driver;
    WheaHwErrorReportSubmitDeviceDriver = hardware_errors.whea_hw_error_report_submit_device_driver;
    WheaHwErrorReportAbandonDeviceDriver = hardware_errors.whea_hw_error_report_abandon_device_driver;
    DbgPrint = kernel.dbg_print;
    KeBugCheckEx = kernel.ke_bug_check_ex;
    // What link libraries know as the HAL's. ntoskrnl.exe exports it, too.
    KeQueryPerformanceCounter = kernel.ke_query_performance_counter;
    KeStallExecutionProcessor = kernel.ke_stall_execution_processor;
    PshedIsSystemWheaEnabled = hardware_errors.pshed_is_system_whea_enabled;
    PshedRegisterPlugin = hardware_errors.pshed_register_plugin;
    PshedUnregisterPlugin = hardware_errors.pshed_unregister_plugin;
    PshedSynchronizeExecution = hardware_errors.pshed_synchronize_execution;
    PshedAllocateMemory = hardware_errors.pshed_allocate_memory;
    PshedFreeMemory = hardware_errors.pshed_free_memory;
    WdfVersionBind(PASSIVE, PASSIVE, "it has no page, and the loader's code is pageable") = framework.wdf_version_bind;
    WdfVersionUnbind(PASSIVE, PASSIVE, "it has no page, and the loader's code is pageable") = framework.wdf_version_unbind;
    WdfVersionBindClass(PASSIVE, PASSIVE, "it has no page, and the loader's code is pageable") = framework.wdf_version_bind_class;
    WdfVersionUnbindClass(PASSIVE, PASSIVE, "it has no page, and the loader's code is pageable") = framework.wdf_version_bind_class;
    // Not imports: what the PCI bus driver's interface has.
    PciInterfaceReference = kernel.pci_interface_reference;
    PciInterfaceDereference = kernel.pci_interface_dereference;
    PciTranslateBusAddress = kernel.pci_translate_bus_address;
    PciSetBusData = kernel.pci_set_bus_data;
    PciGetBusData = kernel.pci_get_bus_data;
    // Not imports: what the framework puts into `DRIVER_OBJECT.DriverUnload`, connects as an ISR, and queues as DPCs.
    FxDriverUnload = framework.fx_driver_unload;
    FxInterruptThunk = framework.fx_interrupt_thunk;
    FxInterruptDpcThunk = framework.fx_interrupt_dpc_thunk;
    FxDpcHandler = framework.fx_dpc_handler;
    FxIoQueueDispatchDpc = framework.fx_io_queue_dispatch_dpc;
    FxTimerHandler = framework.fx_timer_handler;
};
