//! The framework's functions that the simulator models.
//!
//! They are called through the function table that `WdfVersionBind` hands out, with the driver's
//! globals as a hidden first argument. A function that is not modelled has an entry in the table
//! all the same, and names itself when it is called.

use nt_model::Failure;
use unicorn_engine::RegisterX86;

use crate::{
    guest::Guest,
    kernel::{
        irql::{APC, DISPATCH, PASSIVE},
        state::traps::Trap,
    },
    system::{
        Flow, System,
        exports::table::{Row, rows},
    },
};

/// The table.
pub(super) const FUNCTIONS: &[Row] = rows! {
    WdfDriverCreate = framework.wdf_driver_create;
    WdfDriverOpenParametersRegistryKey = framework.wdf_driver_open_parameters_registry_key;
    WdfRegistryQueryULong = framework.wdf_registry_query_u_long;
    WdfRegistryClose = framework.wdf_registry_close;
    WdfDeviceInitSetPnpPowerEventCallbacks = framework.wdf_device_init_set_pnp_power_event_callbacks;
    WdfDeviceInitSetRequestAttributes = framework.wdf_device_init_set_request_attributes;
    WdfDeviceInitSetFileObjectConfig = framework.wdf_device_init_set_file_object_config;
    WdfDeviceInitSetIoType = framework.wdf_device_init_set_io_type;
    WdfDeviceCreate = framework.wdf_device_create;
    WdfDeviceCreateDeviceInterface = framework.wdf_device_create_device_interface;
    WdfDeviceWdmGetPhysicalDevice = framework.wdf_device_wdm_get_physical_device;
    WdfDeviceWdmGetDeviceObject = framework.wdf_device_wdm_get_device_object;
    WdfDeviceConfigureRequestDispatching = framework.wdf_device_configure_request_dispatching;
    WdfSpinLockCreate = framework.wdf_spin_lock_create;
    WdfSpinLockAcquire = framework.wdf_spin_lock_acquire;
    WdfSpinLockRelease = framework.wdf_spin_lock_release;
    WdfTimerCreate = framework.wdf_timer_create;
    WdfTimerStart = framework.wdf_timer_start;
    WdfTimerStop = framework.wdf_timer_stop;
    WdfTimerGetParentObject = framework.wdf_timer_get_parent_object;
    WdfRequestGetIoQueue = framework.wdf_request_get_io_queue;
    WdfRequestMarkCancelable = framework.wdf_request_mark_cancelable;
    WdfRequestMarkCancelableEx = framework.wdf_request_mark_cancelable_ex;
    WdfRequestUnmarkCancelable = framework.wdf_request_unmark_cancelable;
    WdfObjectGetTypedContextWorker = framework.wdf_object_get_typed_context_worker;
    WdfObjectReferenceActual = framework.wdf_object_reference_actual;
    WdfObjectDereferenceActual = framework.wdf_object_dereference_actual;
    WdfIoQueueCreate = framework.wdf_io_queue_create;
    WdfIoQueueGetDevice = framework.wdf_io_queue_get_device;
    WdfIoQueueGetState = framework.wdf_io_queue_get_state;
    WdfIoQueueFindRequest = framework.wdf_io_queue_find_request;
    WdfIoQueueRetrieveFoundRequest = framework.wdf_io_queue_retrieve_found_request;
    WdfIoQueueRetrieveNextRequest = framework.wdf_io_queue_retrieve_next_request;
    WdfIoQueueRetrieveRequestByFileObject = framework.wdf_io_queue_retrieve_request_by_file_object;
    WdfIoQueuePurge = framework.wdf_io_queue_purge;
    WdfIoQueueReadyNotify = framework.wdf_io_queue_ready_notify;
    WdfIoQueueStart = framework.wdf_io_queue_start;
    WdfDpcCreate = framework.wdf_dpc_create;
    WdfDpcEnqueue = framework.wdf_dpc_enqueue;
    WdfDpcCancel = framework.wdf_dpc_cancel;
    WdfDpcGetParentObject = framework.wdf_dpc_get_parent_object;
    WdfCmResourceListGetCount = framework.wdf_cm_resource_list_get_count;
    WdfCmResourceListGetDescriptor = framework.wdf_cm_resource_list_get_descriptor;
    WdfRequestRetrieveInputBuffer = framework.wdf_request_retrieve_input_buffer;
    WdfRequestRetrieveOutputBuffer = framework.wdf_request_retrieve_output_buffer;
    WdfRequestForwardToIoQueue = framework.wdf_request_forward_to_io_queue;
    WdfRequestRequeue = framework.wdf_request_requeue;
    WdfRequestStopAcknowledge = framework.wdf_request_stop_acknowledge;
    WdfRequestGetFileObject = framework.wdf_request_get_file_object;
    WdfFileObjectGetDevice = framework.wdf_file_object_get_device;
    WdfRequestIsCanceled = framework.wdf_request_is_canceled;
    WdfRequestSetInformation = framework.wdf_request_set_information;
    WdfRequestComplete = framework.wdf_request_complete;
    WdfRequestCompleteWithInformation = framework.wdf_request_complete_with_information;
    WdfInterruptCreate = framework.wdf_interrupt_create;
    WdfInterruptQueueDpcForIsr = framework.wdf_interrupt_queue_dpc_for_isr;
    WdfInterruptQueueWorkItemForIsr = framework.wdf_interrupt_queue_work_item_for_isr;
    WdfInterruptSynchronize = framework.wdf_interrupt_synchronize;
    WdfInterruptAcquireLock = framework.wdf_interrupt_acquire_lock;
    WdfInterruptReleaseLock = framework.wdf_interrupt_release_lock;
    WdfInterruptTryToAcquireLock = framework.wdf_interrupt_try_to_acquire_lock;
    WdfInterruptEnable = framework.wdf_interrupt_enable;
    WdfInterruptDisable = framework.wdf_interrupt_disable;
    WdfInterruptGetDevice = framework.wdf_interrupt_get_device;
    WdfInterruptGetInfo = framework.wdf_interrupt_get_info;
    WdfInterruptSetPolicy = framework.wdf_interrupt_set_policy;
    WdfInterruptSetExtendedPolicy = framework.wdf_interrupt_set_extended_policy;
    WdfInterruptReportActive = framework.wdf_interrupt_report_active;
    WdfInterruptReportInactive = framework.wdf_interrupt_report_inactive;
    WdfInterruptWdmGetInterrupt = framework.wdf_interrupt_wdm_get_interrupt;
    WdfObjectCreate = framework.wdf_object_create;
    WdfObjectDelete(PASSIVE, DISPATCH, "its page has DISPATCH_LEVEL at most, and less for some kinds of objects") = framework.wdf_object_delete;
    WdfObjectAllocateContext = framework.wdf_object_allocate_context;
    WdfObjectContextGetObject = framework.wdf_object_context_get_object;
    WdfObjectAcquireLock(PASSIVE, DISPATCH, "its page has DISPATCH_LEVEL at most, and less where the lock is a mutex") = framework.wdf_object_acquire_lock;
    WdfObjectReleaseLock = framework.wdf_object_release_lock;
    WdfWorkItemCreate = framework.wdf_work_item_create;
    WdfWorkItemEnqueue = framework.wdf_work_item_enqueue;
    WdfWorkItemFlush = framework.wdf_work_item_flush;
    WdfWorkItemGetParentObject = framework.wdf_work_item_get_parent_object;
    WdfWaitLockCreate = framework.wdf_wait_lock_create;
    WdfWaitLockAcquire(PASSIVE, APC, "its page allows DISPATCH_LEVEL in no case, and a wait at PASSIVE_LEVEL alone") = framework.wdf_wait_lock_acquire;
    WdfWaitLockRelease = framework.wdf_wait_lock_release;
    WdfMemoryCreate(PASSIVE, DISPATCH, "its page has DISPATCH_LEVEL at most, and less for paged pool") = framework.wdf_memory_create;
    WdfMemoryCreatePreallocated = framework.wdf_memory_create_preallocated;
    WdfMemoryAssignBuffer = framework.wdf_memory_assign_buffer;
    WdfMemoryGetBuffer = framework.wdf_memory_get_buffer;
    WdfMemoryCopyToBuffer = framework.wdf_memory_copy_to_buffer;
    WdfMemoryCopyFromBuffer = framework.wdf_memory_copy_from_buffer;
    WdfRequestRetrieveInputMemory = framework.wdf_request_retrieve_input_memory;
    WdfRequestRetrieveOutputMemory = framework.wdf_request_retrieve_output_memory;
    WdfCollectionCreate = framework.wdf_collection_create;
    WdfCollectionGetCount = framework.wdf_collection_get_count;
    WdfCollectionAdd = framework.wdf_collection_add;
    WdfCollectionRemove = framework.wdf_collection_remove;
    WdfCollectionRemoveItem = framework.wdf_collection_remove_item;
    WdfCollectionGetItem = framework.wdf_collection_get_item;
    WdfCollectionGetFirstItem = framework.wdf_collection_get_first_item;
    WdfCollectionGetLastItem = framework.wdf_collection_get_last_item;
    WdfStringCreate = framework.wdf_string_create;
    WdfStringGetUnicodeString = framework.wdf_string_get_unicode_string;
    WdfDriverWdmGetDriverObject = framework.wdf_driver_wdm_get_driver_object;
    WdfDriverGetRegistryPath = framework.wdf_driver_get_registry_path;
    WdfDeviceGetDriver = framework.wdf_device_get_driver;
    WdfWdmDriverGetWdfDriverHandle = framework.wdf_wdm_driver_get_wdf_driver_handle;
    WdfWdmDeviceGetWdfDeviceHandle = framework.wdf_wdm_device_get_wdf_device_handle;
    WdfDeviceCreateSymbolicLink = framework.wdf_device_create_symbolic_link;
    WdfDeviceInitSetExclusive = framework.wdf_device_init_set_exclusive;
    WdfDeviceInitSetDeviceType = framework.wdf_device_init_set_fact;
    WdfDeviceInitSetCharacteristics = framework.wdf_device_init_set_fact;
    WdfDeviceInitSetDeviceClass = framework.wdf_device_init_set_fact;
    WdfIoQueueStop = framework.wdf_io_queue_stop;
    WdfIoQueueStopSynchronously = framework.wdf_io_queue_stop_synchronously;
    WdfIoQueuePurgeSynchronously = framework.wdf_io_queue_purge_synchronously;
    WdfDeviceGetDefaultQueue = framework.wdf_device_get_default_queue;
    WdfControlDeviceInitAllocate = framework.wdf_control_device_init_allocate;
    WdfControlDeviceInitSetShutdownNotification = framework.wdf_control_device_init_set_shutdown_notification;
    WdfControlFinishInitializing = framework.wdf_control_finish_initializing;
    WdfDeviceInitFree = framework.wdf_device_init_free;
    WdfDeviceInitAssignName = framework.wdf_device_init_assign_name;
    WdfDeviceInitAssignSDDLString = framework.wdf_device_init_assign_sddl_string;
    WdfDeviceInitSetIoInCallerContextCallback = framework.wdf_device_init_set_io_in_caller_context_callback;
    WdfDeviceEnqueueRequest = framework.wdf_device_enqueue_request;
    WdfRequestGetParameters = framework.wdf_request_get_parameters;
    WdfRequestGetInformation = framework.wdf_request_get_information;
    WdfRequestGetRequestorMode = framework.wdf_request_get_requestor_mode;
    WdfDriverIsVersionAvailable = framework.wdf_driver_is_version_available;
    WdfDriverRetrieveVersionString = framework.wdf_driver_retrieve_version_string;
    WdfVerifierDbgBreakPoint = framework.wdf_verifier_dbg_break_point;
    WdfFileObjectGetFileName = framework.wdf_file_object_get_file_name;
    WdfRequestRetrieveUnsafeUserInputBuffer = framework.wdf_request_retrieve_unsafe_user_input_buffer;
    WdfRequestRetrieveUnsafeUserOutputBuffer = framework.wdf_request_retrieve_unsafe_user_output_buffer;
    WdfRequestProbeAndLockUserBufferForRead = framework.wdf_request_probe_and_lock_user_buffer_for_read;
    WdfRequestProbeAndLockUserBufferForWrite = framework.wdf_request_probe_and_lock_user_buffer_for_write;
    WdfDeviceOpenRegistryKey = framework.wdf_device_open_registry_key;
    WdfDeviceOpenDevicemapKey = framework.wdf_device_open_devicemap_key;
    WdfRegistryQueryUnicodeString = framework.wdf_registry_query_unicode_string;
    WdfRegistryAssignULong = framework.wdf_registry_assign_u_long;
    WdfRegistryAssignUnicodeString = framework.wdf_registry_assign_unicode_string;
    WdfRegistryRemoveValue = framework.wdf_registry_remove_value;
    WdfRegistryRemoveKey = framework.wdf_registry_remove_key;
    WdfDeviceQueryPropertyEx = framework.wdf_device_query_property_ex;
    WdfFdoQueryForInterface = framework.wdf_fdo_query_for_interface;
    WdfDmaEnablerCreate = framework.wdf_dma_enabler_create;
    WdfCommonBufferCreate = framework.wdf_common_buffer_create;
    WdfCommonBufferCreateWithConfig = framework.wdf_common_buffer_create_with_config;
    WdfCommonBufferGetAlignedVirtualAddress = framework.wdf_common_buffer_get_aligned_virtual_address;
    WdfCommonBufferGetAlignedLogicalAddress = framework.wdf_common_buffer_get_aligned_logical_address;
    WdfCommonBufferGetLength = framework.wdf_common_buffer_get_length;
    WdfDeviceGetAlignmentRequirement = framework.wdf_device_get_alignment_requirement;
    WdfDeviceSetAlignmentRequirement = framework.wdf_device_set_alignment_requirement;
    WdfDeviceSetDeviceState = framework.wdf_device_set_device_state;
    WdfDeviceAllocAndQueryProperty = framework.wdf_device_alloc_and_query_property;
};

/// The routine of every function that is not modelled.
pub(super) fn not_modelled(system: &mut System, guest: &mut Guest) -> Result<Flow, Failure> {
    let name = match system.kernel.traps.at(guest.reg(RegisterX86::RIP)) {
        Some(Trap::Call(number)) => system.kernel.traps.routine(number).1,
        _ => "an unknown framework function",
    };
    Err(Failure::not_modelled(format!(
        "the driver called {name}, which the simulator does not model"
    )))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::FUNCTIONS;

    /// What of each function was held against the framework's source.
    const PAGE: &str = include_str!("../../../../../docs/kmdf.md");
    /// Where the tests are that the page names, and the guest whose deeds it names.
    const TESTS: [&str; 2] = ["tests/tests", "crates/dirql-harness/src"];
    const DEEDS: &str = "tests/guests/offender/src/protocol.rs";

    /// A row: what it is of, the source, what was compared, the differences, the test.
    struct Row {
        cells: [&'static str; 5],
    }

    impl Row {
        fn all() -> Vec<Self> {
            let lines = PAGE.lines().filter(|line| {
                let heads = ["| function ", "| what ", "|---"];
                line.starts_with('|') && !heads.iter().any(|head| line.starts_with(head))
            });
            let row = |line: &'static str| {
                let line = line.trim_matches('|');
                let cells: Vec<_> = line.split('|').map(str::trim).collect();
                let cells = cells
                    .try_into()
                    .unwrap_or_else(|_| panic!("not five cells: {line}"));
                Self { cells }
            };
            lines.map(row).collect()
        }
    }

    /// What stands between backquotes.
    fn quoted(text: &str) -> Vec<&str> {
        text.split('`').skip(1).step_by(2).collect()
    }

    fn is_source(name: &str) -> bool {
        let extension = Path::new(name).extension();
        extension.is_some_and(|extension| extension == "cpp" || extension == "hpp")
    }

    fn root() -> &'static Path {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        root.expect("the crate lies in the workspace")
    }

    /// The tests that a text names: what of them is not there, and how many are.
    fn tests_in(text: &str) -> (Vec<String>, usize) {
        let (mut missing, mut found) = (Vec::new(), 0);
        let mut file = String::new();
        let deeds = fs::read_to_string(root().join(DEEDS)).expect("the deeds have a list");
        for part in text.split([';', ',']) {
            let is_deed = part.trim_start().starts_with("deed ");
            for name in quoted(part) {
                let is_file = Path::new(name).extension().is_some_and(|end| end == "rs");
                let is_test = name.matches('_').count() > 2;
                if is_deed {
                    if deeds.contains(&format!("\"{name}\"")) {
                        found += 1;
                    } else {
                        missing.push(format!("the deed {name}"));
                    }
                } else if is_file {
                    let places = TESTS.map(|folder| root().join(folder).join(name));
                    let text = places.iter().find_map(|at| fs::read_to_string(at).ok());
                    match text {
                        Some(text) => file = text,
                        None => missing.push(format!("the file {name}")),
                    }
                } else if is_test {
                    if file.contains(&format!("fn {name}(")) {
                        found += 1;
                    } else {
                        missing.push(format!("the test {name}"));
                    }
                }
            }
        }
        (missing, found)
    }

    #[test]
    fn each_function_has_a_row_in_the_page_on_kmdf() {
        let rows = Row::all();
        for function in FUNCTIONS {
            let of_it = rows
                .iter()
                .filter(|row| quoted(row.cells[0]).contains(&function.name));
            assert_eq!(of_it.count(), 1, "{}", function.name);
        }
    }

    #[test]
    fn each_row_in_the_page_on_kmdf_names_files_and_functions_of_the_source() {
        for row in Row::all() {
            let [what, source, ..] = row.cells;
            for file in source.split(';') {
                let (files, functions): (Vec<_>, Vec<_>) =
                    quoted(file).into_iter().partition(|name| is_source(name));
                assert!(files.len() == 1 && !functions.is_empty(), "{what}: {file}");
            }
        }
    }

    #[test]
    fn each_row_in_the_page_on_kmdf_names_tests_that_are_there() {
        for row in Row::all() {
            let [what, .., test] = row.cells;
            let (missing, found) = tests_in(test);
            assert!(
                missing.is_empty() && found > 0,
                "{what}: {missing:?} in {test}"
            );
        }
    }

    #[test]
    fn each_difference_in_the_page_on_kmdf_is_shown_by_a_test_or_not_modelled() {
        for row in Row::all() {
            let [what, _, _, differences, _] = row.cells;
            if differences == "none known" {
                continue;
            }
            for difference in differences.split("; ") {
                let (missing, found) = tests_in(difference);
                let is_missing = difference.contains("not modelled");
                assert!(
                    missing.is_empty() && (found > 0 || is_missing),
                    "{what}: {missing:?} in {difference}"
                );
            }
        }
    }
}
