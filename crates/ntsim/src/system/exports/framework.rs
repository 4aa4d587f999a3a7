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
        irql::{DISPATCH, HIGH, PASSIVE},
        state::traps::Trap,
    },
    system::{
        Flow, System,
        exports::table::{Export, floor},
    },
    wdf::MODULE,
};

/// Declares functions: `name(lowest..=highest) = routine`.
macro_rules! functions {
    ($($name:ident($low:expr, $high:expr) = $floor:ident.$routine:ident;)*) => {
        /// The table.
        pub(super) const FUNCTIONS: &[Export] = &[
            $(Export { module: MODULE, name: stringify!($name), irql: ($low, $high), routine: |it, guest| floor::$floor(it).$routine(guest) },)*
        ];
    };
}

functions! {
    WdfDriverCreate(PASSIVE, PASSIVE) = framework.wdf_driver_create;
    WdfDriverOpenParametersRegistryKey(PASSIVE, PASSIVE) = framework.wdf_driver_open_parameters_registry_key;
    WdfRegistryQueryULong(PASSIVE, PASSIVE) = framework.wdf_registry_query_u_long;
    WdfRegistryClose(PASSIVE, PASSIVE) = framework.wdf_registry_close;
    WdfDeviceInitSetPnpPowerEventCallbacks(PASSIVE, DISPATCH) = framework.wdf_device_init_set_pnp_power_event_callbacks;
    WdfDeviceInitSetRequestAttributes(PASSIVE, DISPATCH) = framework.wdf_device_init_set_request_attributes;
    WdfDeviceInitSetFileObjectConfig(PASSIVE, DISPATCH) = framework.wdf_device_init_set_file_object_config;
    WdfDeviceInitSetIoType(PASSIVE, DISPATCH) = framework.wdf_device_init_set_io_type;
    WdfDeviceCreate(PASSIVE, PASSIVE) = framework.wdf_device_create;
    WdfDeviceCreateDeviceInterface(PASSIVE, PASSIVE) = framework.wdf_device_create_device_interface;
    WdfDeviceWdmGetPhysicalDevice(PASSIVE, DISPATCH) = framework.wdf_device_wdm_get_physical_device;
    WdfDeviceWdmGetDeviceObject(PASSIVE, DISPATCH) = framework.wdf_device_wdm_get_device_object;
    WdfDeviceConfigureRequestDispatching(PASSIVE, DISPATCH) = framework.wdf_device_configure_request_dispatching;
    WdfSpinLockCreate(PASSIVE, DISPATCH) = framework.wdf_spin_lock_create;
    WdfSpinLockAcquire(PASSIVE, DISPATCH) = framework.wdf_spin_lock_acquire;
    WdfSpinLockRelease(DISPATCH, DISPATCH) = framework.wdf_spin_lock_release;
    WdfTimerCreate(PASSIVE, DISPATCH) = framework.wdf_timer_create;
    WdfTimerStart(PASSIVE, DISPATCH) = framework.wdf_timer_start;
    WdfTimerStop(PASSIVE, DISPATCH) = framework.wdf_timer_stop;
    WdfTimerGetParentObject(PASSIVE, DISPATCH) = framework.wdf_timer_get_parent_object;
    WdfRequestGetIoQueue(PASSIVE, DISPATCH) = framework.wdf_request_get_io_queue;
    WdfRequestMarkCancelable(PASSIVE, DISPATCH) = framework.wdf_request_mark_cancelable;
    WdfRequestMarkCancelableEx(PASSIVE, DISPATCH) = framework.wdf_request_mark_cancelable_ex;
    WdfRequestUnmarkCancelable(PASSIVE, DISPATCH) = framework.wdf_request_unmark_cancelable;
    WdfObjectGetTypedContextWorker(PASSIVE, HIGH) = framework.wdf_object_get_typed_context_worker;
    WdfObjectReferenceActual(PASSIVE, DISPATCH) = framework.wdf_object_reference_actual;
    WdfObjectDereferenceActual(PASSIVE, DISPATCH) = framework.wdf_object_dereference_actual;
    WdfIoQueueCreate(PASSIVE, DISPATCH) = framework.wdf_io_queue_create;
    WdfIoQueueGetDevice(PASSIVE, DISPATCH) = framework.wdf_io_queue_get_device;
    WdfIoQueueGetState(PASSIVE, DISPATCH) = framework.wdf_io_queue_get_state;
    WdfIoQueueFindRequest(PASSIVE, DISPATCH) = framework.wdf_io_queue_find_request;
    WdfIoQueueRetrieveFoundRequest(PASSIVE, DISPATCH) = framework.wdf_io_queue_retrieve_found_request;
    WdfIoQueueRetrieveNextRequest(PASSIVE, DISPATCH) = framework.wdf_io_queue_retrieve_next_request;
    WdfIoQueueRetrieveRequestByFileObject(PASSIVE, DISPATCH) = framework.wdf_io_queue_retrieve_request_by_file_object;
    WdfIoQueuePurge(PASSIVE, DISPATCH) = framework.wdf_io_queue_purge;
    WdfIoQueueReadyNotify(PASSIVE, DISPATCH) = framework.wdf_io_queue_ready_notify;
    WdfIoQueueStart(PASSIVE, DISPATCH) = framework.wdf_io_queue_start;
    WdfDpcCreate(PASSIVE, DISPATCH) = framework.wdf_dpc_create;
    WdfDpcEnqueue(PASSIVE, HIGH) = framework.wdf_dpc_enqueue;
    WdfDpcCancel(PASSIVE, HIGH) = framework.wdf_dpc_cancel;
    WdfDpcGetParentObject(PASSIVE, HIGH) = framework.wdf_dpc_get_parent_object;
    WdfCmResourceListGetCount(PASSIVE, DISPATCH) = framework.wdf_cm_resource_list_get_count;
    WdfCmResourceListGetDescriptor(PASSIVE, DISPATCH) = framework.wdf_cm_resource_list_get_descriptor;
    WdfRequestRetrieveInputBuffer(PASSIVE, DISPATCH) = framework.wdf_request_retrieve_input_buffer;
    WdfRequestRetrieveOutputBuffer(PASSIVE, DISPATCH) = framework.wdf_request_retrieve_output_buffer;
    WdfRequestForwardToIoQueue(PASSIVE, DISPATCH) = framework.wdf_request_forward_to_io_queue;
    WdfRequestRequeue(PASSIVE, DISPATCH) = framework.wdf_request_requeue;
    WdfRequestStopAcknowledge(PASSIVE, DISPATCH) = framework.wdf_request_stop_acknowledge;
    WdfRequestGetFileObject(PASSIVE, DISPATCH) = framework.wdf_request_get_file_object;
    WdfFileObjectGetDevice(PASSIVE, DISPATCH) = framework.wdf_file_object_get_device;
    WdfRequestIsCanceled(PASSIVE, DISPATCH) = framework.wdf_request_is_canceled;
    WdfRequestSetInformation(PASSIVE, DISPATCH) = framework.wdf_request_set_information;
    WdfRequestComplete(PASSIVE, DISPATCH) = framework.wdf_request_complete;
    WdfRequestCompleteWithInformation(PASSIVE, DISPATCH) = framework.wdf_request_complete_with_information;
}

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
    use super::FUNCTIONS;

    /// What of each function was held against the framework's source.
    const PAGE: &str = include_str!("../../../../../docs/kmdf.md");

    #[test]
    fn each_function_has_a_row_in_the_page_on_kmdf() {
        let rows: Vec<&str> = PAGE
            .lines()
            .filter(|line| line.starts_with("| `"))
            .collect();
        for function in FUNCTIONS {
            let name = format!("`{}`", function.name);
            let of_it = rows.iter().filter(|row| {
                let first = row.split('|').nth(1).unwrap_or_default();
                first.contains(&name)
            });
            assert_eq!(of_it.count(), 1, "{name}");
        }
    }

    #[test]
    fn each_row_in_the_page_on_kmdf_names_a_test() {
        let cells = |row: &'static str| row.split('|').map(str::trim).collect::<Vec<_>>();
        for row in PAGE.lines().filter(|line| line.starts_with("| `")) {
            let cells = cells(row);
            assert_eq!(cells.len(), 7, "{row}");
            assert!(cells[5].contains('`'), "{row}");
        }
    }
}
