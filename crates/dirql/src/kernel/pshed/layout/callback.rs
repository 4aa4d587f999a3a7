//! The types of the callbacks (`PSHED_PI_*` of ntddk.h).

use core::ffi::c_void;

use super::{ErrorPacket, ErrorSourceDescriptor};

/// `PSHED_PI_SET_ERROR_SOURCE_INFO` and its like.
pub(crate) type OnSource = unsafe extern "C" fn(*mut c_void, *mut ErrorSourceDescriptor) -> i32;
/// `PSHED_PI_GET_ALL_ERROR_SOURCES`.
pub(crate) type GetAll =
    unsafe extern "C" fn(*mut c_void, *mut u32, *mut *mut ErrorSourceDescriptor, *mut u32) -> i32;
/// `PSHED_PI_RETRIEVE_ERROR_INFO`.
pub(crate) type Retrieve =
    unsafe extern "C" fn(*mut c_void, *mut ErrorSourceDescriptor, u64, *mut ErrorPacket) -> i32;
/// `PSHED_PI_FINALIZE_ERROR_RECORD` and its like.
pub(crate) type OnRecord =
    unsafe extern "C" fn(*mut c_void, *mut ErrorSourceDescriptor, u32, *mut u8) -> i32;
/// `PSHED_PI_WRITE_ERROR_RECORD`.
pub(crate) type Write = unsafe extern "C" fn(*mut c_void, u32, u32, *mut u8) -> i32;
/// `PSHED_PI_READ_ERROR_RECORD`.
pub(crate) type Read =
    unsafe extern "C" fn(*mut c_void, u32, u64, *mut u64, *mut u32, *mut u8) -> i32;
/// `PSHED_PI_CLEAR_ERROR_RECORD`.
pub(crate) type Clear = unsafe extern "C" fn(*mut c_void, u32, u64) -> i32;
/// `PSHED_PI_ATTEMPT_ERROR_RECOVERY`.
pub(crate) type Attempt = unsafe extern "C" fn(*mut c_void, u32, *mut u8) -> i32;
/// `PSHED_PI_GET_INJECTION_CAPABILITIES`.
pub(crate) type GetCapabilities = unsafe extern "C" fn(*mut c_void, *mut u32) -> i32;
/// `PSHED_PI_INJECT_ERROR`.
pub(crate) type Inject = unsafe extern "C" fn(*mut c_void, u64, u64, u64, u64, u64) -> i32;
