//! The interrupt of `dirql_wdf.sys`: a WDFINTERRUPT, which the framework connects on the way into D0 and disconnects, or reports
//! inactive, on the way out.
//!
//! It is made when the device is started and deleted by the framework behind `EvtDeviceReleaseHardware`. Between the two
//! the adapter keeps its gate, which is open while the interrupt is live. The registers are within the service routine's reach
//! from `EvtDeviceD0Entry`, before the interrupt is connected or active, to `EvtDeviceD0Exit`, when it is neither.

mod changes;
mod made;
mod reconnect;
mod requests;
mod routine;

use dirql::{InterruptMode, TranslatedInterrupt};
use dirql_ioctl::connection::{ConnectionInfo, Kind, MODE_LATCHED, MODE_LEVEL_SENSITIVE};
use wdk_sys::{NTSTATUS, WDF_PNPPOWER_EVENT_CALLBACKS, WDF_POWER_DEVICE_STATE, WDFDEVICE};

use super::Connected;

/// A callback of a change of power.
type OfPower = unsafe extern "C" fn(WDFDEVICE, WDF_POWER_DEVICE_STATE) -> NTSTATUS;

/// Has `enter` called on the way into D0, and `leave` on the way out of it: where the interrupt is connected.
pub(crate) const fn call_in_power(
    callbacks: &mut WDF_PNPPOWER_EVENT_CALLBACKS,
    enter: OfPower,
    leave: OfPower,
) {
    callbacks.EvtDeviceD0EntryPostInterruptsEnabled = Some(enter);
    callbacks.EvtDeviceD0ExitPreInterruptsDisabled = Some(leave);
}

/// How the interrupt is connected. The framework tells what stands in the resource, and not by which kind of NT's it connects.
pub(super) fn describe(_: &Connected, resource: &TranslatedInterrupt) -> ConnectionInfo {
    let level = u32::from(resource.level());
    ConnectionInfo {
        kind_asked: Kind::Framework as u32,
        kind_got: Kind::Framework as u32,
        vector: resource.vector(),
        irql: level,
        synchronize_irql: level,
        mode: match resource.mode() {
            InterruptMode::LevelSensitive => MODE_LEVEL_SENSITIVE,
            InterruptMode::Latched => MODE_LATCHED,
        },
        message_count: u32::from(resource.is_message()),
        active: 0,
        generation: 0,
        resource_is_message: u32::from(resource.is_message()),
    }
}
