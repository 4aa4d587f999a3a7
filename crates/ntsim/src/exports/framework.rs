//! The framework's functions that the simulator models.
//!
//! They are called through the function table that `WdfVersionBind` hands out, with the driver's
//! globals as a hidden first argument. A function that is not modelled has an entry in the table
//! all the same, and names itself when it is called.

use unicorn_engine::RegisterX86;

use crate::{
    Failure,
    activation::Flow,
    guest::Guest,
    processor::irql::{DISPATCH, HIGH, PASSIVE},
    sim::Sim,
};

use super::{Export, Trap};

/// The name that stands for the framework in reports.
pub(super) const MODULE: &str = "KMDF";

/// Declares functions: `name(lowest..=highest) = routine`.
macro_rules! functions {
    ($($name:ident($low:expr, $high:expr) = $routine:path;)*) => {
        /// The table.
        pub(super) const FUNCTIONS: &[Export] = &[
            $(Export { module: MODULE, name: stringify!($name), irql: ($low, $high), routine: $routine },)*
        ];
    };
}

functions! {
    WdfDriverCreate(PASSIVE, PASSIVE) = Sim::wdf_driver_create;
    WdfDriverOpenParametersRegistryKey(PASSIVE, PASSIVE) = Sim::wdf_driver_open_parameters_registry_key;
    WdfRegistryQueryULong(PASSIVE, PASSIVE) = Sim::wdf_registry_query_u_long;
    WdfRegistryClose(PASSIVE, PASSIVE) = Sim::wdf_registry_close;
    WdfDeviceInitSetPnpPowerEventCallbacks(PASSIVE, DISPATCH) = Sim::wdf_device_init_set_pnp_power_event_callbacks;
    WdfDeviceInitSetRequestAttributes(PASSIVE, DISPATCH) = Sim::wdf_device_init_set_request_attributes;
    WdfDeviceInitSetFileObjectConfig(PASSIVE, DISPATCH) = Sim::wdf_device_init_set_file_object_config;
    WdfDeviceInitSetIoType(PASSIVE, DISPATCH) = Sim::wdf_device_init_set_io_type;
    WdfDeviceCreate(PASSIVE, PASSIVE) = Sim::wdf_device_create;
    WdfDeviceCreateDeviceInterface(PASSIVE, PASSIVE) = Sim::wdf_device_create_device_interface;
    WdfDeviceWdmGetPhysicalDevice(PASSIVE, DISPATCH) = Sim::wdf_device_wdm_get_physical_device;
    WdfDeviceWdmGetDeviceObject(PASSIVE, DISPATCH) = Sim::wdf_device_wdm_get_device_object;
    WdfDeviceConfigureRequestDispatching(PASSIVE, DISPATCH) = Sim::wdf_device_configure_request_dispatching;
    WdfSpinLockCreate(PASSIVE, DISPATCH) = Sim::wdf_spin_lock_create;
    WdfSpinLockAcquire(PASSIVE, DISPATCH) = Sim::wdf_spin_lock_acquire;
    WdfSpinLockRelease(DISPATCH, DISPATCH) = Sim::wdf_spin_lock_release;
    WdfTimerCreate(PASSIVE, DISPATCH) = Sim::wdf_timer_create;
    WdfTimerStart(PASSIVE, DISPATCH) = Sim::wdf_timer_start;
    WdfTimerStop(PASSIVE, DISPATCH) = Sim::wdf_timer_stop;
    WdfTimerGetParentObject(PASSIVE, DISPATCH) = Sim::wdf_timer_get_parent_object;
    WdfRequestGetIoQueue(PASSIVE, DISPATCH) = Sim::wdf_request_get_io_queue;
    WdfRequestMarkCancelable(PASSIVE, DISPATCH) = Sim::wdf_request_mark_cancelable;
    WdfRequestMarkCancelableEx(PASSIVE, DISPATCH) = Sim::wdf_request_mark_cancelable_ex;
    WdfRequestUnmarkCancelable(PASSIVE, DISPATCH) = Sim::wdf_request_unmark_cancelable;
    WdfObjectGetTypedContextWorker(PASSIVE, HIGH) = Sim::wdf_object_get_typed_context_worker;
    WdfObjectReferenceActual(PASSIVE, DISPATCH) = Sim::wdf_object_reference_actual;
    WdfObjectDereferenceActual(PASSIVE, DISPATCH) = Sim::wdf_object_dereference_actual;
    WdfIoQueueCreate(PASSIVE, DISPATCH) = Sim::wdf_io_queue_create;
    WdfIoQueueGetDevice(PASSIVE, DISPATCH) = Sim::wdf_io_queue_get_device;
    WdfIoQueueGetState(PASSIVE, DISPATCH) = Sim::wdf_io_queue_get_state;
    WdfIoQueueFindRequest(PASSIVE, DISPATCH) = Sim::wdf_io_queue_find_request;
    WdfIoQueueRetrieveFoundRequest(PASSIVE, DISPATCH) = Sim::wdf_io_queue_retrieve_found_request;
    WdfIoQueueRetrieveNextRequest(PASSIVE, DISPATCH) = Sim::wdf_io_queue_retrieve_next_request;
    WdfIoQueueRetrieveRequestByFileObject(PASSIVE, DISPATCH) = Sim::wdf_io_queue_retrieve_request_by_file_object;
    WdfIoQueuePurge(PASSIVE, DISPATCH) = Sim::wdf_io_queue_purge;
    WdfIoQueueStart(PASSIVE, DISPATCH) = Sim::wdf_io_queue_start;
    WdfDpcCreate(PASSIVE, DISPATCH) = Sim::wdf_dpc_create;
    WdfDpcEnqueue(PASSIVE, HIGH) = Sim::wdf_dpc_enqueue;
    WdfDpcCancel(PASSIVE, HIGH) = Sim::wdf_dpc_cancel;
    WdfDpcGetParentObject(PASSIVE, HIGH) = Sim::wdf_dpc_get_parent_object;
    WdfCmResourceListGetCount(PASSIVE, DISPATCH) = Sim::wdf_cm_resource_list_get_count;
    WdfCmResourceListGetDescriptor(PASSIVE, DISPATCH) = Sim::wdf_cm_resource_list_get_descriptor;
    WdfRequestRetrieveInputBuffer(PASSIVE, DISPATCH) = Sim::wdf_request_retrieve_input_buffer;
    WdfRequestRetrieveOutputBuffer(PASSIVE, DISPATCH) = Sim::wdf_request_retrieve_output_buffer;
    WdfRequestForwardToIoQueue(PASSIVE, DISPATCH) = Sim::wdf_request_forward_to_io_queue;
    WdfRequestRequeue(PASSIVE, DISPATCH) = Sim::wdf_request_requeue;
    WdfRequestStopAcknowledge(PASSIVE, DISPATCH) = Sim::wdf_request_stop_acknowledge;
    WdfRequestGetFileObject(PASSIVE, DISPATCH) = Sim::wdf_request_get_file_object;
    WdfFileObjectGetDevice(PASSIVE, DISPATCH) = Sim::wdf_file_object_get_device;
    WdfRequestIsCanceled(PASSIVE, DISPATCH) = Sim::wdf_request_is_canceled;
    WdfRequestSetInformation(PASSIVE, DISPATCH) = Sim::wdf_request_set_information;
    WdfRequestComplete(PASSIVE, DISPATCH) = Sim::wdf_request_complete;
    WdfRequestCompleteWithInformation(PASSIVE, DISPATCH) = Sim::wdf_request_complete_with_information;
}

/// The routine of every function that is not modelled.
pub(super) fn not_modelled(sim: &mut Sim, guest: &mut Guest) -> Result<Flow, Failure> {
    let name = match sim.traps.at(guest.reg(RegisterX86::RIP)) {
        Some(Trap::Call(export)) => export.name,
        _ => "an unknown framework function",
    };
    Err(Failure::not_modelled(format!(
        "the driver called {name}, which the simulator does not model"
    )))
}
