//! `DriverEntry` and the callbacks.

use core::ffi::c_void;

use crate::{
    deeds,
    port::{self, InitializationData, Packet, StatusBlock},
};

/// `PCIBus`.
const INTERFACE_PCI: i32 = 5;

/// Where Windows enters the driver.
///
/// # Safety
///
/// Windows calls it once, at `PASSIVE_LEVEL`.
#[unsafe(export_name = "DriverEntry")]
unsafe extern "system" fn driver_entry(argument1: *mut c_void, argument2: *mut c_void) -> u32 {
    let mut data = InitializationData {
        size: 144,
        interface: INTERFACE_PCI,
        find_adapter,
        initialize,
        interrupt,
        start_io,
        extension_size: 64,
        starting_device_number: 0,
        rest: [0; 12],
    };
    // SAFETY: The arguments are those of this call, and the structure is complete
    // (nf-video-videoportinitialize).
    unsafe { port::initialize(argument1, argument2, &raw mut data, core::ptr::null_mut()) }
}

/// # Safety
///
/// The port driver calls it ("nc-video-pvideo_hw_find_adapter").
unsafe extern "C" fn find_adapter(
    _: *mut c_void,
    _: *mut c_void,
    _: *mut u16,
    _: *mut c_void,
    _: *mut u8,
) -> i32 {
    0
}

/// # Safety
///
/// The port driver calls it ("nc-video-pvideo_hw_initialize").
unsafe extern "C" fn initialize(_: *mut c_void) -> u8 {
    1
}

/// # Safety
///
/// The port driver calls it ("nc-video-pvideo_hw_interrupt").
unsafe extern "C" fn interrupt(_: *mut c_void) -> u8 {
    0
}

/// # Safety
///
/// The port driver calls it ("nc-video-pvideo_hw_start_io").
unsafe extern "C" fn start_io(extension: *mut c_void, packet: *mut Packet) -> u8 {
    // SAFETY: The packet is live until this returns.
    let Packet { code, status, .. } = unsafe { packet.read() };
    // SAFETY: The extension is that of this call.
    let answer = unsafe { deeds::run(extension, code) };
    if let Some(result) = answer.status {
        let block = StatusBlock {
            status: result,
            information: answer.information,
        };
        // SAFETY: The block is live until this returns.
        unsafe { status.write(block) };
    }
    answer.returned
}
