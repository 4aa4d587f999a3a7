//! Start, stop and power of a device, as the framework's state machine calls for them.
//!
//! The framework calls these one at a time, at `PASSIVE_LEVEL`. Between leaving D0 and entering it again its
//! power-managed queues hold requests back.

use core::sync::atomic::Ordering;

use dirql::{Irql, Passive, enter};
use dirql_ioctl::Status;
use wdk_sys::{
    NTSTATUS, STATUS_INVALID_DEVICE_STATE, STATUS_SUCCESS, WDF_POWER_DEVICE_STATE, WDFCMRESLIST,
    WDFDEVICE,
};

use crate::{
    context,
    device::Device,
    hardware::Hardware,
    resources::Resources,
    status::{self, ntstatus},
    trace, wait,
};

/// `EvtDevicePrepareHardware`: maps the registers and connects the interrupt.
///
/// # Safety
///
/// The framework calls it at `PASSIVE_LEVEL` with a device of this driver that is being started, and its
/// resources.
pub(crate) unsafe extern "C" fn prepare_hardware(
    device: WDFDEVICE,
    raw: WDFCMRESLIST,
    translated: WDFCMRESLIST,
) -> NTSTATUS {
    // SAFETY: Every device of this driver has this context, and it lives through the callback.
    let device = unsafe { context::of::<Device>(device.cast()) };
    // SAFETY: The lists are the framework's, of this start.
    let prepare = |irql: &mut Irql<'_, Passive>| unsafe { prepare(device, irql, raw, translated) };
    // SAFETY: The framework calls at PASSIVE_LEVEL; this is the only token of the callback, and no
    // interrupt lock is held.
    let status = status::of(unsafe { enter::<Passive, _>(prepare) });
    trace::started(status);
    status
}

/// # Safety
///
/// The lists are those of the raw and the translated resources with which `device` is being started, and live through the
/// call.
unsafe fn prepare(
    device: &Device,
    irql: &mut Irql<'_, Passive>,
    raw: WDFCMRESLIST,
    translated: WDFCMRESLIST,
) -> Result<(), NTSTATUS> {
    // SAFETY: The lists are live, as the caller promises.
    let resources = unsafe { Resources::find(raw, translated) }?;
    let (base, board) = (&device.base, &device.board);
    // SAFETY: The resources are those of this start; `release_hardware` stops the hardware, and the context of the
    // device outlives it.
    let hardware = unsafe { Hardware::start(base, board, device.dpc(), irql, &resources) }?;
    device.waits().start();
    match device.hardware.publish(irql, hardware) {
        Ok(()) => Ok(()),
        Err(hardware) => {
            // An earlier start was never released, which the framework does not do.
            hardware.stop(&device.base, device.dpc(), device.waits(), irql);
            Err(STATUS_INVALID_DEVICE_STATE)
        }
    }
}

/// `EvtDeviceReleaseHardware`: undoes [`prepare_hardware`], also where that failed.
///
/// # Safety
///
/// The framework calls it at `PASSIVE_LEVEL` with a device of this driver.
pub(crate) unsafe extern "C" fn release_hardware(
    device: WDFDEVICE,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    // SAFETY: Every device of this driver has this context, and it lives through the callback.
    let device = unsafe { context::of::<Device>(device.cast()) };
    // SAFETY: As in `prepare_hardware`.
    unsafe { enter::<Passive, _>(|irql| release(device, irql)) };
    trace::stopped();
    STATUS_SUCCESS
}

fn release(device: &Device, irql: &mut Irql<'_, Passive>) {
    // From here on no request gets at the hardware, and those that had it have let go of it.
    let hardware = device.hardware.revoke(irql);
    // The thread of a stress run has let go of it, too, and is about to end.
    device.operation.join(irql);
    if let Ok(Some(hardware)) = hardware {
        hardware.stop(&device.base, device.dpc(), device.waits(), irql);
    }
}

/// `EvtDeviceD0Entry`, or `EvtDeviceD0EntryPostInterruptsEnabled` of a device whose interrupt is the framework's: lets the
/// device interrupt.
///
/// # Safety
///
/// The framework calls it at `PASSIVE_LEVEL` with a device of this driver.
pub(crate) unsafe extern "C" fn d0_entry(
    device: WDFDEVICE,
    _previous: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    // SAFETY: Every device of this driver has this context, and it lives through the callback.
    let device = unsafe { context::of::<Device>(device.cast()) };
    device.hurry.store(false, Ordering::Relaxed);
    // SAFETY: As in `prepare_hardware`.
    let started = unsafe {
        enter::<Passive, _>(|irql| {
            let started = device.hardware.access(irql, |hardware, irql| {
                hardware.interrupt.unpark(&device.base, irql)
            });
            wait::settle(device, irql);
            started
        })
    };
    let status = status::of(
        started
            .unwrap_or(Err(Status::DEVICE_NOT_READY))
            .map_err(ntstatus),
    );
    trace::error("PowerUp", status);
    status
}

/// `EvtDeviceD0Exit`, or `EvtDeviceD0ExitPreInterruptsDisabled` of a device whose interrupt is the framework's: silences
/// the device.
///
/// # Safety
///
/// The framework calls it at `PASSIVE_LEVEL` with a device of this driver.
pub(crate) unsafe extern "C" fn d0_exit(
    device: WDFDEVICE,
    _target: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    // SAFETY: Every device of this driver has this context, and it lives through the callback.
    let device = unsafe { context::of::<Device>(device.cast()) };
    // SAFETY: As in `prepare_hardware`.
    let ended = unsafe {
        enter::<Passive, _>(|irql| {
            let ended = device.hardware.access(irql, |hardware, irql| {
                hardware.interrupt.park(&device.base, irql)
            });
            // A DPC that runs from here on finds no interrupt, and leaves its waits to this.
            wait::settle(device, irql);
            ended
        })
    };
    // Hardware that was never started, or has been released, has nothing to silence.
    let status = status::of(ended.unwrap_or(Ok(())).map_err(ntstatus));
    trace::error("PowerDown", status);
    status
}

/// `EvtDeviceD0Entry` of a device whose interrupt is the framework's, which connects it next.
///
/// # Safety
///
/// The framework calls it at `PASSIVE_LEVEL` with a device of this driver.
#[cfg(framework_interrupt)]
pub(crate) unsafe extern "C" fn registers_answer(
    device: WDFDEVICE,
    _previous: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    // SAFETY: Every device of this driver has this context, and it lives through the callback.
    let device = unsafe { context::of::<Device>(device.cast()) };
    device.base.reach.open();
    STATUS_SUCCESS
}

/// `EvtDeviceD0Exit` of a device whose interrupt is the framework's, which has disconnected it, or reported it inactive.
///
/// # Safety
///
/// The framework calls it at `PASSIVE_LEVEL` with a device of this driver.
#[cfg(framework_interrupt)]
pub(crate) unsafe extern "C" fn registers_fall_silent(
    device: WDFDEVICE,
    _target: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    // SAFETY: Every device of this driver has this context, and it lives through the callback.
    let device = unsafe { context::of::<Device>(device.cast()) };
    // SAFETY: As in `prepare_hardware`.
    unsafe { enter::<Passive, _>(|irql| device.base.reach.close(irql)) };
    STATUS_SUCCESS
}
