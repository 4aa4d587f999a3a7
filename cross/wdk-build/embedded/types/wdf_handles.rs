// Handles of the framework.

pub type WDFCONTEXT = PVOID;
pub type WDFOBJECT = HANDLE;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFDRIVER__ {
    pub unused: ::core::ffi::c_int,
}
layout! { struct WDFDRIVER__: 4, 4; unused 0 }
pub type WDFDRIVER = *mut WDFDRIVER__;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFDEVICE__ {
    pub unused: ::core::ffi::c_int,
}
layout! { struct WDFDEVICE__: 4, 4; unused 0 }
pub type WDFDEVICE = *mut WDFDEVICE__;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFFILEOBJECT__ {
    pub unused: ::core::ffi::c_int,
}
layout! { struct WDFFILEOBJECT__: 4, 4; unused 0 }
pub type WDFFILEOBJECT = *mut WDFFILEOBJECT__;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFQUEUE__ {
    pub unused: ::core::ffi::c_int,
}
layout! { struct WDFQUEUE__: 4, 4; unused 0 }
pub type WDFQUEUE = *mut WDFQUEUE__;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFREQUEST__ {
    pub unused: ::core::ffi::c_int,
}
layout! { struct WDFREQUEST__: 4, 4; unused 0 }
pub type WDFREQUEST = *mut WDFREQUEST__;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFDPC__ {
    pub unused: ::core::ffi::c_int,
}
layout! { struct WDFDPC__: 4, 4; unused 0 }
pub type WDFDPC = *mut WDFDPC__;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFTIMER__ {
    pub unused: ::core::ffi::c_int,
}
layout! { struct WDFTIMER__: 4, 4; unused 0 }
pub type WDFTIMER = *mut WDFTIMER__;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFSPINLOCK__ {
    pub unused: ::core::ffi::c_int,
}
layout! { struct WDFSPINLOCK__: 4, 4; unused 0 }
pub type WDFSPINLOCK = *mut WDFSPINLOCK__;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFCMRESLIST__ {
    pub unused: ::core::ffi::c_int,
}
layout! { struct WDFCMRESLIST__: 4, 4; unused 0 }
pub type WDFCMRESLIST = *mut WDFCMRESLIST__;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFDEVICE_INIT {
    _unused: [u8; 0],
}
layout! { struct WDFDEVICE_INIT: 0, 1; _unused 0 }
pub type PWDFDEVICE_INIT = *mut WDFDEVICE_INIT;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS {
    _unused: [u8; 0],
}
layout! { struct _WDF_REQUEST_PARAMETERS: 0, 1; _unused 0 }
pub type PWDF_REQUEST_PARAMETERS = *mut _WDF_REQUEST_PARAMETERS;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DRIVER_GLOBALS {
    pub Driver: WDFDRIVER,
    pub DriverFlags: ULONG,
    pub DriverTag: ULONG,
    pub DriverName: [CHAR; 32usize],
    pub DisplaceDriverUnload: BOOLEAN,
}
layout! {
    struct _WDF_DRIVER_GLOBALS: 56, 8;
    Driver 0, DriverFlags 8, DriverTag 12, DriverName 16, DisplaceDriverUnload 48
}
pub type WDF_DRIVER_GLOBALS = _WDF_DRIVER_GLOBALS;
pub type PWDF_DRIVER_GLOBALS = *mut _WDF_DRIVER_GLOBALS;

pub type WDFFUNC = ::core::option::Option<unsafe extern "C" fn()>;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFKEY__ {
    pub unused: ::core::ffi::c_int,
}
layout! { struct WDFKEY__: 4, 4; unused 0 }
pub type WDFKEY = *mut WDFKEY__;
