//! The exports of VIDEOPRT.SYS that the simulator knows, with the IRQLs of their pages.

use crate::{
    processor::irql::{APC, DISPATCH, HIGH, PASSIVE},
    sim::Sim,
    video_port::MODULE,
};

use super::Export;

/// Declares exports: `name(lowest, highest) = routine`.
macro_rules! exports {
    ($($name:ident($low:expr, $high:expr) = $routine:path;)*) => {
        /// The table.
        pub(super) const EXPORTS: &[Export] = &[
            $(Export { module: MODULE, name: stringify!($name), irql: ($low, $high), routine: $routine },)*
        ];
    };
}

exports! {
    VideoPortInitialize(PASSIVE, PASSIVE) = Sim::video_port_initialize;
    VideoPortSynchronizeExecution(PASSIVE, HIGH) = Sim::video_port_synchronize_execution;
    VideoPortQueueDpc(DISPATCH, HIGH) = Sim::video_port_queue_dpc;
    VideoPortGetAccessRanges(PASSIVE, PASSIVE) = Sim::video_port_get_access_ranges;
    VideoPortGetDeviceBase(PASSIVE, PASSIVE) = Sim::video_port_get_device_base;
    VideoPortFreeDeviceBase(PASSIVE, PASSIVE) = Sim::video_port_free_device_base;
    VideoPortReadRegisterUlong(PASSIVE, HIGH) = Sim::video_port_read_register_ulong;
    VideoPortWriteRegisterUlong(PASSIVE, HIGH) = Sim::video_port_write_register_ulong;
    VideoPortStallExecution(PASSIVE, HIGH) = Sim::video_port_stall_execution;
    VideoPortZeroMemory(PASSIVE, HIGH) = Sim::video_port_zero_memory;
    VideoPortLogError(PASSIVE, HIGH) = Sim::video_port_log_error;
    // Known by name, so that their call from a routine that may not call them is found as such.
    VideoPortWaitForSingleObject(PASSIVE, APC) = Sim::video_port_not_modelled;
    VideoPortAllocatePool(PASSIVE, DISPATCH) = Sim::video_port_not_modelled;
    VideoPortFreePool(PASSIVE, DISPATCH) = Sim::video_port_not_modelled;
    VideoPortAcquireSpinLock(PASSIVE, DISPATCH) = Sim::video_port_not_modelled;
    VideoPortReleaseSpinLock(DISPATCH, DISPATCH) = Sim::video_port_not_modelled;
}
