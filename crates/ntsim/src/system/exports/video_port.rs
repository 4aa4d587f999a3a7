//! The exports of VIDEOPRT.SYS that the simulator knows.

use crate::system::exports::table::{Row, rows};

/// The table.
pub(super) const EXPORTS: &[Row] = rows! {
    VideoPortInitialize = port_driver.video_port_initialize;
    VideoPortSynchronizeExecution = port_driver.video_port_synchronize_execution;
    VideoPortQueueDpc = port_driver.video_port_queue_dpc;
    VideoPortGetAccessRanges = port_driver.video_port_get_access_ranges;
    VideoPortGetDeviceBase = port_driver.video_port_get_device_base;
    VideoPortFreeDeviceBase = port_driver.video_port_free_device_base;
    VideoPortReadRegisterUlong = port_driver.video_port_read_register_ulong;
    VideoPortWriteRegisterUlong = port_driver.video_port_write_register_ulong;
    VideoPortStallExecution = port_driver.video_port_stall_execution;
    VideoPortZeroMemory = port_driver.video_port_zero_memory;
    VideoPortLogError = port_driver.video_port_log_error;
    // Known by name, so that their call from a routine that may not call them is found as such.
    VideoPortWaitForSingleObject = port_driver.video_port_wait_for_single_object;
    VideoPortAllocatePool = port_driver.video_port_allocate_pool;
    VideoPortFreePool = port_driver.video_port_not_modelled;
    VideoPortAcquireSpinLock = port_driver.video_port_not_modelled;
    VideoPortReleaseSpinLock = port_driver.video_port_not_modelled;
};
