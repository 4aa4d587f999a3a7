//! What a connect makes of a device's interrupts, or the status by which it fails.

use core::{ptr, sync::atomic::AtomicBool};
use std::{sync::Arc, vec, vec::Vec};

use super::{
    Faults,
    device::{MESSAGES_MAX, PhysicalDeviceObject, Table, TableMemory, VECTOR},
    object::{Called, Object},
};
use crate::kernel::platform::{
    PASSIVE_LEVEL,
    parameters::{
        CONNECT_FULLY_SPECIFIED, CONNECT_FULLY_SPECIFIED_GROUP, CONNECT_LINE_BASED,
        CONNECT_MESSAGE_BASED, ConnectParameters, MessageEntry,
    },
};

const STATUS_INVALID_PARAMETER: i32 = 0xc000_000d_u32.cast_signed();
const STATUS_INVALID_DEVICE_REQUEST: i32 = 0xc000_0010_u32.cast_signed();
const STATUS_INVALID_PARAMETER_1: i32 = 0xc000_00ef_u32.cast_signed();
const STATUS_INVALID_PARAMETER_10: i32 = 0xc000_00f8_u32.cast_signed();
const STATUS_NOT_FOUND: i32 = 0xc000_0225_u32.cast_signed();

/// What a connect with these parameters makes, or the status by which it fails.
pub(super) fn plan(
    device: &PhysicalDeviceObject,
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
    device: &PhysicalDeviceObject,
    parameters: &ConnectParameters,
) -> Result<(u32, Vec<Arc<Object>>), i32> {
    // A passive-level interrupt takes no spin lock. Any other one without gets NT's, and its routine runs at its level.
    if device.level == PASSIVE_LEVEL && !parameters.lock.is_null() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    Ok((
        CONNECT_LINE_BASED,
        vec![line(device, parameters, device.level)],
    ))
}

fn line(device: &PhysicalDeviceObject, parameters: &ConnectParameters, irql: u8) -> Arc<Object> {
    // SAFETY: The version says which member was written.
    let routine = unsafe { parameters.routine.line };
    object(device, parameters, Called::Line(routine), irql)
}

fn object(
    device: &PhysicalDeviceObject,
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

/// The message table of a connection.
pub(super) fn table(objects: &[Arc<Object>], faults: &Faults) -> TableMemory {
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
