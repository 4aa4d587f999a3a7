//! What the driver calls of PSHED.

use core::{
    ffi::c_void,
    ptr::{self, NonNull},
    sync::atomic::Ordering,
};
use std::sync::Arc;

use super::{
    Registered, installed, locked,
    source::{Known, sources},
};
use crate::{
    kernel::platform::{
        PASSIVE_LEVEL,
        mock::{
            bugcheck::{require, require_at_most},
            processor,
        },
        parameters::SynchronizeRoutine,
    },
    pshed::layout::{
        ErrorSourceDescriptor, PACKET_V1, PACKET_V1_SIZE, PACKET_V2, PACKET_V2_SIZE,
        RegistrationPacket,
    },
};

const STATUS_NOT_SUPPORTED: i32 = 0xc000_00bb_u32.cast_signed();
const STATUS_INVALID_PARAMETER: i32 = 0xc000_000d_u32.cast_signed();
const DISCOVERY: u32 = 1;

pub(crate) fn pshed_is_system_whea_enabled() -> bool {
    let machine = installed();
    let disabled = locked(&machine.faults).disabled;
    !disabled
}

pub(crate) unsafe fn pshed_register_plugin(packet: *mut RegistrationPacket) -> i32 {
    require_at_most(PASSIVE_LEVEL);
    let machine = installed();
    let faults = locked(&machine.faults).clone();
    if faults.disabled {
        return STATUS_NOT_SUPPORTED;
    }
    // SAFETY: The driver promises a live packet of version 2 in size; this one copies it.
    let said = unsafe { packet.read() };
    let length = match said.version {
        PACKET_V1 => PACKET_V1_SIZE,
        PACKET_V2 => PACKET_V2_SIZE,
        _ => return STATUS_INVALID_PARAMETER,
    };
    let discovers = said.areas & DISCOVERY != 0;
    if said.length != length
        || said.reserved != 0
        || said.areas == 0
        || (said.version == PACKET_V2 && discovers)
        || discovers == said.callbacks.get_all_error_sources.is_null()
    {
        return STATUS_INVALID_PARAMETER;
    }
    let handle = if said.version == PACKET_V2 && !faults.no_handle {
        packet.cast()
    } else {
        ptr::null_mut()
    };
    locked(&machine.plugins).push(Registered {
        context: said.context,
        areas: said.areas,
        version: said.version,
        callbacks: said.callbacks,
        handle,
    });
    if let Some(hook) = &faults.while_registering {
        hook();
    }
    if let Some(status) = faults.register_status {
        locked(&machine.plugins).pop();
        return status;
    }
    if said.version == PACKET_V2 {
        // SAFETY: The packet is live and has a handle.
        let place = unsafe { &raw mut (*packet).handle };
        // SAFETY: As above.
        unsafe { place.write(handle) };
    }
    0
}

pub(crate) unsafe fn pshed_unregister_plugin(handle: *mut c_void) {
    require_at_most(PASSIVE_LEVEL);
    let machine = installed();
    let found = {
        let mut plugins = locked(&machine.plugins);
        let at = plugins
            .iter()
            .position(|plugin| plugin.handle == handle && plugin.version == PACKET_V2);
        at.map(|at| plugins.remove(at))
    };
    require(
        found.is_some(),
        "PshedUnregisterPlugin of what is not registered",
    );
    let early = locked(&machine.faults).unregister_returns_early;
    if !early {
        // SAFETY: IRQL is PASSIVE_LEVEL.
        unsafe { processor::run_on_every_processor() };
    }
    machine.unregistered.fetch_add(1, Ordering::Relaxed);
}

pub(crate) unsafe fn pshed_synchronize_execution(
    source: NonNull<ErrorSourceDescriptor>,
    routine: SynchronizeRoutine,
    context: *mut c_void,
) -> u8 {
    let address = source.addr().get();
    let found = sources()
        .iter()
        .find(|Known(other, _)| *other == address)
        .map(|Known(_, object)| Arc::clone(object));
    require(
        found.is_some(),
        "PshedSynchronizeExecution on a descriptor that PSHED has not handed over",
    );
    let Some(object) = found else {
        return 0;
    };
    require_at_most(object.irql);
    let faults = locked(&object.machine.faults).clone();
    let returned = processor::at_irql(object.irql, || {
        object.locked(|| {
            let mut returned = 0;
            for _ in 0..faults.thunk_calls {
                // SAFETY: As the driver promises.
                returned = unsafe { routine(context) };
            }
            returned
        })
    });
    faults.raw_boolean.unwrap_or(returned)
}
