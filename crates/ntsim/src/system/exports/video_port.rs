//! The exports of VIDEOPRT.SYS that the simulator knows, with the IRQLs of their pages.

use crate::{
    kernel::irql::{DISPATCH, HIGH, PASSIVE},
    system::exports::table::{Export, floor},
    video_port::MODULE,
};

/// Declares exports: `name(lowest, highest) = routine`.
macro_rules! exports {
    ($($name:ident($low:expr, $high:expr) = $floor:ident.$routine:ident;)*) => {
        /// The table.
        pub(super) const EXPORTS: &[Export] = &[
            $(Export { module: MODULE, name: stringify!($name), irql: ($low, $high), routine: |it, guest| floor::$floor(it).$routine(guest) },)*
        ];
    };
}

exports! {
    VideoPortInitialize(PASSIVE, PASSIVE) = port_driver.video_port_initialize;
    VideoPortSynchronizeExecution(PASSIVE, HIGH) = port_driver.video_port_synchronize_execution;
    VideoPortQueueDpc(DISPATCH, HIGH) = port_driver.video_port_queue_dpc;
    VideoPortGetAccessRanges(PASSIVE, PASSIVE) = port_driver.video_port_get_access_ranges;
    VideoPortGetDeviceBase(PASSIVE, PASSIVE) = port_driver.video_port_get_device_base;
    VideoPortFreeDeviceBase(PASSIVE, PASSIVE) = port_driver.video_port_free_device_base;
    VideoPortReadRegisterUlong(PASSIVE, HIGH) = port_driver.video_port_read_register_ulong;
    VideoPortWriteRegisterUlong(PASSIVE, HIGH) = port_driver.video_port_write_register_ulong;
    VideoPortStallExecution(PASSIVE, HIGH) = port_driver.video_port_stall_execution;
    VideoPortZeroMemory(PASSIVE, HIGH) = port_driver.video_port_zero_memory;
    VideoPortLogError(PASSIVE, HIGH) = port_driver.video_port_log_error;
    // Known by name, so that their call from a routine that may not call them is found as such.
    VideoPortWaitForSingleObject(PASSIVE, DISPATCH) = port_driver.video_port_wait_for_single_object;
    VideoPortAllocatePool(PASSIVE, DISPATCH) = port_driver.video_port_allocate_pool;
    VideoPortFreePool(PASSIVE, DISPATCH) = port_driver.video_port_not_modelled;
    VideoPortAcquireSpinLock(PASSIVE, DISPATCH) = port_driver.video_port_not_modelled;
    VideoPortReleaseSpinLock(DISPATCH, DISPATCH) = port_driver.video_port_not_modelled;
}
