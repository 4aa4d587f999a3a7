//! `IoConnectInterruptEx` and its relatives, as their pages have them, with the faults of the device.

use core::{
    ffi::c_void,
    ptr,
    sync::atomic::{AtomicBool, Ordering},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    vec,
    vec::Vec,
};

use super::{
    DeviceObject, Faults,
    bugcheck::{require, require_at_most},
    device::{MESSAGES_MAX, Made, Table, TableMemory, VECTOR},
    object::{Called, Object},
    processor,
};
use crate::platform::{
    DISPATCH_LEVEL, PASSIVE_LEVEL,
    parameters::{
        CONNECT_FULLY_SPECIFIED, CONNECT_FULLY_SPECIFIED_GROUP, CONNECT_LINE_BASED,
        CONNECT_MESSAGE_BASED, ConnectParameters, ConnectedParameters, Kinterrupt, MessageEntry,
        SynchronizeRoutine,
    },
};

const STATUS_SUCCESS: i32 = 0;
const STATUS_INVALID_PARAMETER: i32 = 0xc000_000d_u32.cast_signed();
const STATUS_INVALID_DEVICE_REQUEST: i32 = 0xc000_0010_u32.cast_signed();
const STATUS_INVALID_PARAMETER_1: i32 = 0xc000_00ef_u32.cast_signed();
const STATUS_INVALID_PARAMETER_10: i32 = 0xc000_00f8_u32.cast_signed();
const STATUS_NOT_FOUND: i32 = 0xc000_0225_u32.cast_signed();

/// Which device each live connection belongs to, for the calls that name the connection only.
static CONNECTIONS: Mutex<Vec<Known>> = Mutex::new(Vec::new());

#[derive(Clone, Copy)]
struct Known {
    connection: *mut c_void,
    device: *const DeviceObject,
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
    let device = unsafe { &*parameters.device.cast_const() };
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
        let _occupied = first.dispatch();
        first.serve();
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
    // SAFETY: The driver promises a connected interrupt, which is an object of this kernel.
    let object = unsafe { &*interrupt.cast::<Object>() };
    // SAFETY: As the driver promises.
    unsafe { object.synchronize(routine, context) }
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

/// What a connect with these parameters makes, or the status by which it fails.
fn plan(
    device: &DeviceObject,
    parameters: &ConnectParameters,
) -> Result<(u32, Vec<Arc<Object>>), i32> {
    let level = device.level;
    match parameters.version {
        CONNECT_FULLY_SPECIFIED | CONNECT_FULLY_SPECIFIED_GROUP => {
            // SAFETY: The version says which member was written.
            let tail = unsafe { parameters.tail.fully_specified };
            if tail.processors == 0 {
                return Err(STATUS_INVALID_PARAMETER_10);
            }
            if parameters.vector != VECTOR {
                return Err(STATUS_NOT_FOUND);
            }
            let passive = tail.irql == PASSIVE_LEVEL;
            if tail.irql != level
                || parameters.synchronize_irql < tail.irql
                || passive != parameters.lock.is_null()
            {
                return Err(STATUS_INVALID_PARAMETER);
            }
            Ok((
                parameters.version,
                vec![line(device, parameters, parameters.synchronize_irql)],
            ))
        }
        CONNECT_LINE_BASED => {
            if device.messages > 1 {
                return Err(STATUS_INVALID_DEVICE_REQUEST);
            }
            line_based(device, parameters)
        }
        CONNECT_MESSAGE_BASED if device.messages != 0 => {
            // SAFETY: The version says which member was written.
            let routine = unsafe { parameters.routine.message };
            let objects = (0..device.messages)
                .map(|number| object(device, parameters, Called::Message(routine, number), level))
                .collect();
            Ok((CONNECT_MESSAGE_BASED, objects))
        }
        CONNECT_MESSAGE_BASED => {
            // SAFETY: The version says which member was written.
            match unsafe { parameters.tail.fall_back } {
                Some(routine) => {
                    let called = Called::Line(routine);
                    if level == PASSIVE_LEVEL {
                        return Err(STATUS_INVALID_PARAMETER);
                    }
                    Ok((
                        CONNECT_LINE_BASED,
                        vec![object(device, parameters, called, level)],
                    ))
                }
                None => Err(STATUS_NOT_FOUND),
            }
        }
        _ => Err(STATUS_INVALID_PARAMETER_1),
    }
}

fn line_based(
    device: &DeviceObject,
    parameters: &ConnectParameters,
) -> Result<(u32, Vec<Arc<Object>>), i32> {
    // A passive-level interrupt takes no spin lock.
    if (device.level == PASSIVE_LEVEL) != parameters.lock.is_null() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    Ok((
        CONNECT_LINE_BASED,
        vec![line(device, parameters, device.level)],
    ))
}

fn line(device: &DeviceObject, parameters: &ConnectParameters, irql: u8) -> Arc<Object> {
    // SAFETY: The version says which member was written.
    let routine = unsafe { parameters.routine.line };
    object(device, parameters, Called::Line(routine), irql)
}

fn object(
    device: &DeviceObject,
    parameters: &ConnectParameters,
    called: Called,
    synchronize_irql: u8,
) -> Arc<Object> {
    Arc::new(Object {
        called,
        context: parameters.context,
        lock: parameters.lock,
        event: AtomicBool::new(false),
        irql: device.level,
        synchronize_irql,
        faults: Arc::clone(&device.faults),
    })
}

fn table(objects: &[Arc<Object>], faults: &Faults) -> TableMemory {
    let mut entries = [MessageEntry {
        address: 0,
        processors: 0,
        interrupt: ptr::null_mut(),
        data: 0,
        vector: 0,
        irql: 0,
        mode: 0,
        polarity: 0,
    }; MESSAGES_MAX];
    let mut count = 0;
    for (entry, object) in entries.iter_mut().zip(objects) {
        *entry = MessageEntry {
            address: 0xfee0_0000,
            processors: 3,
            interrupt: if faults.no_object {
                ptr::null_mut()
            } else {
                object.as_ptr()
            },
            data: count,
            vector: VECTOR + count,
            irql: object.irql,
            mode: 1,
            polarity: 1,
        };
        count += 1;
    }
    TableMemory::new(Table {
        unified_irql: faults.unified_irql.unwrap_or(objects[0].synchronize_irql),
        count: faults.message_count.unwrap_or(count),
        entries,
    })
}

/// Forgets what is still connected of a device that goes away, as after a bug check.
pub(super) fn forget(device: *const DeviceObject) {
    known().retain(|known| !ptr::eq(known.device, device));
}

fn known() -> MutexGuard<'static, Vec<Known>> {
    CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}
