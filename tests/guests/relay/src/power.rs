//! The callbacks of power, and of a device that is gone, which may come while one of them runs.

use core::hint::black_box;

use guest::status;
use wdk_sys::{NTSTATUS, WDF_POWER_DEVICE_STATE, WDFDEVICE};

use crate::{
    device::{self, Context},
    orders::Outcome,
    protocol::{IN_ENTRY, IN_EXIT},
};

/// How much a callback has to do.
const WORK: u32 = 64;

/// Which callbacks are running.
pub(crate) struct State {
    running: u32,
    plain: bool,
}

impl State {
    pub(crate) const fn new() -> Self {
        Self {
            running: 0,
            plain: false,
        }
    }
}

/// Has the callbacks count without a lock, from here on.
pub(crate) fn count_without_lock(context: &Context) -> Outcome {
    context.power.with(|power| power.plain = true);
    Outcome::OK
}

/// Runs `body` and some work as the callback `which`.
pub(crate) fn during(context: &Context, which: u32, body: impl FnOnce()) {
    context.power.with(|power| power.running |= which);
    body();
    for round in 0..WORK {
        black_box(round);
    }
    context.power.with(|power| power.running &= !which);
}

/// Counts a callback, under the lock of the report or, where that was ordered, without one.
fn count(context: &Context) {
    if context.power.with(|power| power.plain) {
        let counted = context.plain.0.get();
        // SAFETY: The context lives, and its number is read and written whole; that nothing else does so meanwhile is what
        // is not so.
        let before = unsafe { counted.read() };
        // SAFETY: As above.
        // breaks: race
        unsafe { counted.write(before + 1) };
    } else {
        context.report.with(|report| report.counted += 1);
    }
}

/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdevice-evt_wdf_device_d0_entry").
pub(crate) unsafe extern "C" fn enter(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: The device is being started or woken, so `add` has written its context.
    let context = unsafe { device::context(device.cast()) };
    during(context, IN_ENTRY, || ());
    count(context);
    status::SUCCESS
}

/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdevice-evt_wdf_device_d0_exit").
pub(crate) unsafe extern "C" fn exit(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: The device was started, so `add` has written its context.
    let context = unsafe { device::context(device.cast()) };
    during(context, IN_EXIT, || ());
    count(context);
    status::SUCCESS
}

/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdevice-evt_wdf_device_surprise_removal").
pub(crate) unsafe extern "C" fn gone(device: WDFDEVICE) {
    // SAFETY: As above.
    let context = unsafe { device::context(device.cast()) };
    let running = context.power.with(|power| power.running);
    context.report.with(|report| report.overlapped |= running);
    count(context);
}
