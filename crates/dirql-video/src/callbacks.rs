//! What the port driver calls: the way from its pointers to the methods of a [`Miniport`].
//!
//! An adapter that was not found has no methods to call. Each callback answers for it by the value that says
//! so.

use core::{ffi::c_void, ptr, slice};

use dirql::{Dispatch, Passive, enter_unchecked};

use crate::{
    Child, ChildQuery, DeviceId, Discovery, InterruptContext, Miniport, PowerState, VideoAdapter,
    VideoRequest, VpStatus,
    extension::Extension,
    sys::{
        CONFIG_INFO_LENGTH_MIN, ChildEnumInfo, ConfigInfo, PowerManagement, RequestPacket,
        StatusBlock,
    },
};

const TRUE: u8 = 1;
const FALSE: u8 = 0;

/// `HwVidFindAdapter` (nc-video-pvideo_hw_find_adapter).
///
/// # Safety
///
/// The port driver calls it, at `PASSIVE_LEVEL`, one call for an adapter at a time.
pub(crate) unsafe extern "C" fn find_adapter<M: Miniport>(
    extension: *mut c_void,
    _context: *mut c_void,
    _arguments: *mut u16,
    config: *mut ConfigInfo,
    _again: *mut u8,
) -> i32 {
    // SAFETY: The port driver's call, with its extension.
    let this = unsafe { Extension::<M>::from_raw(extension) };
    let (Some(this), false) = (this, config.is_null()) else {
        return VpStatus::INVALID_PARAMETER.0;
    };
    // SAFETY: The configuration is live, and has a length whatever its version is.
    let length = unsafe { (*config).length };
    if (length as usize) < CONFIG_INFO_LENGTH_MIN {
        return VpStatus::INVALID_PARAMETER.0;
    }
    // SAFETY: Both are those of this call, and the length is enough.
    let mut discovery = unsafe { Discovery::new(extension, config) };
    // SAFETY: The port driver makes one call for an adapter at a time.
    match unsafe { this.find(&mut discovery) } {
        Ok(()) => VpStatus::NO_ERROR.0,
        Err(status) => status.0,
    }
}

/// `HwVidInitialize` (nc-video-pvideo_hw_initialize).
///
/// # Safety
///
/// The port driver calls it, at `PASSIVE_LEVEL`.
pub(crate) unsafe extern "C" fn initialize<M: Miniport>(extension: *mut c_void) -> u8 {
    // SAFETY: The port driver's call, with its extension.
    let Some((miniport, adapter)) = (unsafe { Extension::<M>::complete_from_raw(extension) })
    else {
        return FALSE;
    };
    // SAFETY: A callback at PASSIVE_LEVEL that holds no interrupt lock
    // (nc-video-pvideo_hw_initialize).
    let initialized =
        unsafe { enter_unchecked::<Passive, _>(|irql| miniport.initialize(adapter, irql)) };
    u8::from(initialized)
}

/// `HwVidInterrupt` (nc-video-pvideo_hw_interrupt).
///
/// # Safety
///
/// The port driver calls it, as the service routine of the adapter's interrupt.
pub(crate) unsafe extern "C" fn interrupt<M: Miniport>(extension: *mut c_void) -> u8 {
    // SAFETY: The port driver's call, with its extension.
    let Some((miniport, adapter)) = (unsafe { Extension::<M>::complete_from_raw(extension) })
    else {
        return FALSE;
    };
    // SAFETY: This is HwVidInterrupt of that adapter.
    let cx = unsafe { InterruptContext::new(extension) };
    // SAFETY: The adapter is complete.
    let serviced = unsafe { adapter.access(|state| miniport.interrupt(state, &cx)) };
    serviced
        .unwrap_or_else(|_| miniport.interrupt_contended(&cx))
        .to_boolean()
}

/// `HwVidStartIO` (nc-video-pvideo_hw_start_io). It always answers TRUE: the status is in the packet.
///
/// # Safety
///
/// The port driver calls it, at or below `DISPATCH_LEVEL`, without a lock.
pub(crate) unsafe extern "C" fn start_io<M: Miniport>(
    extension: *mut c_void,
    packet: *mut RequestPacket,
) -> u8 {
    if packet.is_null() {
        return TRUE;
    }
    // SAFETY: The packet is live until this returns.
    let packet = unsafe { packet.read() };
    // SAFETY: The port driver's call, with its extension.
    let result = match unsafe { Extension::<M>::complete_from_raw(extension) } {
        None => Err(VpStatus::DEV_NOT_EXIST),
        Some((miniport, adapter)) => {
            // SAFETY: The packet is that of this call.
            let mut request = unsafe { VideoRequest::new(packet) };
            let room = request.output().len();
            // SAFETY: A callback at DISPATCH_LEVEL or below that holds no interrupt lock.
            let result = unsafe {
                enter_unchecked::<Dispatch, _>(|irql| {
                    miniport.start_io(adapter, irql, &mut request)
                })
            };
            // More bytes than there are would belong to something else.
            result.map(|length| length.min(room))
        }
    };
    let (status, information) = match result {
        Ok(information) => (VpStatus::NO_ERROR, information),
        Err(status) => (status, 0),
    };
    if !packet.status.is_null() {
        // SAFETY: The block is live until this returns, and the miniport's to write.
        unsafe {
            packet.status.write(StatusBlock {
                status: status.0,
                information,
            });
        }
    }
    TRUE
}

/// The DPC (nc-video-pminiport_dpc_routine).
///
/// # Safety
///
/// The port driver calls it, at `DISPATCH_LEVEL`, for `VideoPortQueueDpc`.
pub(crate) unsafe extern "C" fn dpc<M: Miniport>(extension: *mut c_void, _: *mut c_void) {
    // SAFETY: The port driver's call, with its extension.
    if let Some((miniport, adapter)) = unsafe { Extension::<M>::complete_from_raw(extension) } {
        // SAFETY: A DPC, at DISPATCH_LEVEL, that holds no interrupt lock.
        unsafe { enter_unchecked::<Dispatch, _>(|irql| miniport.dpc(adapter, irql)) };
    }
}

/// `HwVidGetPowerState` (nc-video-pvideo_hw_power_get).
///
/// # Safety
///
/// The port driver calls it.
pub(crate) unsafe extern "C" fn get_power<M: Miniport>(
    extension: *mut c_void,
    device: u32,
    management: *mut PowerManagement,
) -> i32 {
    // SAFETY: The port driver's call, with its extension and its structure.
    let Some((miniport, _, state)) = (unsafe { powered::<M>(extension, management) }) else {
        return VpStatus::INVALID_PARAMETER.0;
    };
    match miniport.can_set_power(DeviceId(device), state) {
        Ok(()) => VpStatus::NO_ERROR.0,
        Err(status) => status.0,
    }
}

/// `HwVidSetPowerState` (nc-video-pvideo_hw_power_set), which always answers `NO_ERROR`.
///
/// # Safety
///
/// The port driver calls it, at or below `DISPATCH_LEVEL`, without a lock.
pub(crate) unsafe extern "C" fn set_power<M: Miniport>(
    extension: *mut c_void,
    device: u32,
    management: *mut PowerManagement,
) -> i32 {
    // SAFETY: The port driver's call, with its extension and its structure.
    if let Some((miniport, adapter, state)) = unsafe { powered::<M>(extension, management) } {
        // SAFETY: A callback at DISPATCH_LEVEL or below that holds no interrupt lock.
        unsafe {
            enter_unchecked::<Dispatch, _>(|irql| {
                miniport.set_power(adapter, irql, DeviceId(device), state);
            });
        }
    }
    VpStatus::NO_ERROR.0
}

/// What both power callbacks start from.
///
/// # Safety
///
/// The port driver's call, with its extension and its structure.
unsafe fn powered<'a, M: Miniport>(
    extension: *mut c_void,
    management: *mut PowerManagement,
) -> Option<(&'a M, &'a VideoAdapter<M::State>, PowerState)> {
    // SAFETY: As the caller promises.
    let (miniport, adapter) = unsafe { Extension::<M>::complete_from_raw(extension) }?;
    // SAFETY: The structure is live until the callback returns.
    let management = unsafe { management.as_ref() }?;
    Some((miniport, adapter, PowerState::from_u32(management.state)))
}

/// `HwVidGetVideoChildDescriptor` (nc-video-pvideo_hw_get_child_descriptor).
///
/// # Safety
///
/// The port driver calls it, with a descriptor buffer as long as it says.
pub(crate) unsafe extern "C" fn child<M: Miniport>(
    extension: *mut c_void,
    info: *mut ChildEnumInfo,
    kind: *mut i32,
    descriptor: *mut u8,
    id: *mut u32,
    unused: *mut u32,
) -> u32 {
    // SAFETY: The port driver's call, with its extension.
    let complete = unsafe { Extension::<M>::complete_from_raw(extension) };
    // SAFETY: The structure is live until this returns.
    let info = unsafe { info.as_ref() };
    let (Some((miniport, _)), Some(info)) = (complete, info) else {
        return VpStatus::NO_MORE_DEVICES.0.cast_unsigned();
    };
    let descriptor: &mut [u8] = if descriptor.is_null() {
        &mut []
    } else {
        let length = info.descriptor_size as usize;
        // SAFETY: The buffer is as long as the port driver says, and nothing else's until this returns.
        unsafe { ptr::write_bytes(descriptor, 0, length) };
        // SAFETY: As above; it was initialised just now.
        unsafe { slice::from_raw_parts_mut(descriptor, length) }
    };
    let mut query = ChildQuery {
        index: info.index,
        acpi_id: info.acpi_id,
        descriptor,
    };
    let (found, status) = match miniport.child(&mut query) {
        Child::Found { kind, id } => ((kind as i32, id), VpStatus::CONTINUE),
        Child::Skip => return VpStatus::INVALID_NAME.0.cast_unsigned(),
        Child::NoMore => return VpStatus::NO_MORE_DEVICES.0.cast_unsigned(),
    };
    // SAFETY: Each is null or live until this returns, and the miniport's to write.
    if let Some(kind) = unsafe { kind.as_mut() } {
        *kind = found.0;
    }
    // SAFETY: As above.
    if let Some(id) = unsafe { id.as_mut() } {
        *id = found.1;
    }
    // SAFETY: As above.
    if let Some(unused) = unsafe { unused.as_mut() } {
        *unused = 0;
    }
    status.0.cast_unsigned()
}
