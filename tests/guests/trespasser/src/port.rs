//! What VIDEOPRT.SYS exports, as far as it is needed (video.h).

use core::ffi::c_void;

/// `PMINIPORT_SYNCHRONIZE_ROUTINE`.
pub(crate) type Routine = unsafe extern "C" fn(*mut c_void) -> u8;
/// `PMINIPORT_DPC_ROUTINE`.
pub(crate) type DpcRoutine = unsafe extern "C" fn(*mut c_void, *mut c_void);

/// `VIDEO_HW_INITIALIZATION_DATA`, with every member as a word of its size.
#[repr(C)]
pub(crate) struct InitializationData {
    pub(crate) size: u32,
    pub(crate) interface: i32,
    pub(crate) find_adapter:
        unsafe extern "C" fn(*mut c_void, *mut c_void, *mut u16, *mut c_void, *mut u8) -> i32,
    pub(crate) initialize: unsafe extern "C" fn(*mut c_void) -> u8,
    pub(crate) interrupt: unsafe extern "C" fn(*mut c_void) -> u8,
    pub(crate) start_io: unsafe extern "C" fn(*mut c_void, *mut Packet) -> u8,
    pub(crate) extension_size: u32,
    pub(crate) starting_device_number: u32,
    /// `HwResetHw` to `AllowEarlyEnumeration` and `Reserved`: none.
    pub(crate) rest: [usize; 12],
}

const _: () = assert!(size_of::<InitializationData>() == 144);

/// `STATUS_BLOCK`: a `VP_STATUS`, in a union with a pointer, and the number of bytes.
#[repr(C)]
pub(crate) struct StatusBlock {
    pub(crate) status: i32,
    pub(crate) information: usize,
}

const _: () = assert!(size_of::<StatusBlock>() == 16);

/// `VIDEO_REQUEST_PACKET`.
#[repr(C)]
pub(crate) struct Packet {
    pub(crate) code: u32,
    pub(crate) status: *mut StatusBlock,
    pub(crate) input: *mut c_void,
    pub(crate) input_length: u32,
    pub(crate) output: *mut c_void,
    pub(crate) output_length: u32,
}

#[link(name = "VIDEOPRT.SYS", kind = "raw-dylib", modifiers = "+verbatim")]
unsafe extern "C" {
    #[link_name = "VideoPortInitialize"]
    pub(crate) fn initialize(
        argument1: *mut c_void,
        argument2: *mut c_void,
        data: *mut InitializationData,
        context: *mut c_void,
    ) -> u32;
    #[link_name = "VideoPortSynchronizeExecution"]
    pub(crate) fn synchronize(
        extension: *mut c_void,
        priority: i32,
        routine: Routine,
        context: *mut c_void,
    ) -> u8;
    #[link_name = "VideoPortQueueDpc"]
    pub(crate) fn queue_dpc(
        extension: *mut c_void,
        routine: DpcRoutine,
        context: *mut c_void,
    ) -> u8;
    #[link_name = "VideoPortLogError"]
    pub(crate) fn log_error(extension: *mut c_void, packet: *mut Packet, error: i32, unique: u32);
    #[link_name = "VideoPortStallExecution"]
    pub(crate) fn stall(microseconds: u32);
    #[link_name = "VideoPortZeroMemory"]
    pub(crate) fn zero_memory(memory: *mut c_void, length: u32);
    #[link_name = "VideoPortWaitForSingleObject"]
    pub(crate) fn wait(extension: *mut c_void, object: *mut c_void, timeout: *mut i64) -> i32;
    #[link_name = "VideoPortAllocatePool"]
    pub(crate) fn allocate(extension: *mut c_void, kind: i32, size: usize, tag: u32)
    -> *mut c_void;
    #[link_name = "VideoPortAcquireSpinLock"]
    pub(crate) fn acquire(extension: *mut c_void, lock: *mut c_void, old: *mut u8);
    #[link_name = "VideoPortGetDeviceBase"]
    pub(crate) fn device_base(
        extension: *mut c_void,
        address: i64,
        length: u32,
        io: u8,
    ) -> *mut c_void;
}
