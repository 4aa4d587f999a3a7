//! `IoConnectInterruptEx` and its relatives, as their pages have them, with the faults of the device.

use core::{ffi::c_void, ptr, sync::atomic::Ordering};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    vec::Vec,
};

use super::{
    bugcheck::{require, require_at_most},
    device::{Made, PhysicalDeviceObject},
    dpc,
    object::Object,
    plan::{plan, table},
    processor,
};
use crate::kernel::platform::{
    DISPATCH_LEVEL, PASSIVE_LEVEL,
    parameters::{
        CONNECT_MESSAGE_BASED, ConnectParameters, ConnectedParameters, Kinterrupt,
        SynchronizeRoutine,
    },
};

const STATUS_SUCCESS: i32 = 0;
const STATUS_INVALID_PARAMETER: i32 = 0xc000_000d_u32.cast_signed();

/// Which device each live connection belongs to, for the calls that name the connection only.
static CONNECTIONS: Mutex<Vec<Known>> = Mutex::new(Vec::new());

#[derive(Clone, Copy)]
struct Known {
    connection: *mut c_void,
    device: *const PhysicalDeviceObject,
}

// SAFETY: The addresses are compared; the device is used while its owner is inside one of the routines
// below or keeps it alive, as a driver has to.
unsafe impl Send for Known {}

pub(crate) unsafe fn connect_interrupt(parameters: &mut ConnectParameters) -> i32 {
    require_at_most(PASSIVE_LEVEL);
    if parameters.device.is_null() {
        return STATUS_INVALID_PARAMETER;
    }
    // SAFETY: The driver promises a physical device object that is alive.
    let device = unsafe { &*parameters.device.cast::<PhysicalDeviceObject>() };
    let faults = device.faults().clone();
    let (version, objects) = match plan(device, parameters) {
        Ok(planned) => planned,
        Err(status) => return status,
    };
    let first = Arc::clone(&objects[0]);
    let table = (version == CONNECT_MESSAGE_BASED).then(|| table(&objects, &faults));
    let connection = match &table {
        Some(table) => table.as_ptr(),
        None => first.as_ptr().cast(),
    };
    *device.made() = Some(Made {
        version,
        objects,
        _table: table,
        active: true,
    });
    if faults.interrupt_during_connect {
        let dispatched = first.dispatch();
        first.serve();
        drop(dispatched);
        dpc::run_queued();
    }
    if let Some(hook) = &faults.while_connecting {
        hook();
    }
    if let Some(status) = faults.connect_status {
        let made = device.made().take();
        drop(made);
        return status;
    }
    known().push(Known {
        connection,
        device: ptr::from_ref(device),
    });
    parameters.version = faults.returned_version.unwrap_or(version);
    if !faults.no_object || version == CONNECT_MESSAGE_BASED {
        // SAFETY: The driver gave the place for the connection.
        unsafe { parameters.connection.write(connection) };
    }
    STATUS_SUCCESS
}

pub(crate) unsafe fn disconnect_interrupt(parameters: &mut ConnectedParameters) {
    require_at_most(PASSIVE_LEVEL);
    let found = {
        let mut known = known();
        let at = known
            .iter()
            .position(|known| known.connection == parameters.connection);
        at.map(|at| known.swap_remove(at))
    };
    require(found.is_some(), "a disconnect of what is not connected");
    let Some(Known { device, .. }) = found else {
        return;
    };
    // SAFETY: The driver keeps the device until its interrupt is disconnected.
    let device = unsafe { &*device };
    let made = device.made().take();
    let faults = device.faults().clone();
    if let Some(made) = made {
        // A fault in the version that was returned has to come back as it was returned.
        let returned = faults.returned_version.unwrap_or(made.version);
        require(
            parameters.version == returned,
            "a disconnect of another type than was connected (0xCA, 9)",
        );
        if !faults.disconnect_returns_early {
            // SAFETY: IRQL is PASSIVE_LEVEL.
            unsafe { processor::run_on_every_processor() };
        }
    }
    device.disconnects.fetch_add(1, Ordering::Relaxed);
}

pub(crate) unsafe fn report_interrupt_active(parameters: &mut ConnectedParameters) {
    report(parameters, true);
}

pub(crate) unsafe fn report_interrupt_inactive(parameters: &mut ConnectedParameters) {
    report(parameters, false);
}

pub(crate) unsafe fn synchronize_execution(
    interrupt: *mut Kinterrupt,
    routine: SynchronizeRoutine,
    context: *mut c_void,
) -> u8 {
    require(
        is_connected(interrupt),
        "KeSynchronizeExecution on an interrupt that is not connected",
    );
    // SAFETY: The driver promises a connected interrupt, which is an object of this kernel.
    let object = unsafe { &*interrupt.cast::<Object>() };
    // SAFETY: As the driver promises.
    unsafe { object.synchronize(routine, context) }
}

/// Whether this is an object of a live connection.
fn is_connected(interrupt: *mut Kinterrupt) -> bool {
    known().iter().any(|known| {
        // SAFETY: The driver keeps the device until its interrupt is disconnected.
        let device = unsafe { &*known.device };
        let made = device.made();
        made.iter()
            .flat_map(|made| &made.objects)
            .any(|object| object.as_ptr() == interrupt)
    })
}

/// Sets the soft state of a connection.
fn report(parameters: &ConnectedParameters, active: bool) {
    require_at_most(DISPATCH_LEVEL);
    let found = known()
        .iter()
        .find(|known| known.connection == parameters.connection)
        .copied();
    require(found.is_some(), "a report on what is not connected");
    if let Some(Known { device, .. }) = found {
        // SAFETY: The driver keeps the device until its interrupt is disconnected.
        let device = unsafe { &*device };
        if let Some(made) = device.made().as_mut() {
            require(
                made.version == parameters.version,
                "a report of another type",
            );
            made.active = active;
        }
    }
}

/// Forgets what is still connected of a device that goes away, as after a bug check.
pub(super) fn forget(device: *const PhysicalDeviceObject) {
    known().retain(|known| !ptr::eq(known.device, device));
}

fn known() -> MutexGuard<'static, Vec<Known>> {
    CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}
