// Queues.

pub type PFN_WDF_IO_QUEUE_IO_DEFAULT =
    ::core::option::Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST)>;
pub type PFN_WDF_IO_QUEUE_IO_READ = ::core::option::Option<
    unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST, arg3: usize),
>;
pub type PFN_WDF_IO_QUEUE_IO_WRITE = ::core::option::Option<
    unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST, arg3: usize),
>;
pub type PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL = ::core::option::Option<
    unsafe extern "C" fn(
        arg1: WDFQUEUE,
        arg2: WDFREQUEST,
        arg3: usize,
        arg4: usize,
        arg5: ULONG,
    ),
>;
pub type PFN_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL = ::core::option::Option<
    unsafe extern "C" fn(
        arg1: WDFQUEUE,
        arg2: WDFREQUEST,
        arg3: usize,
        arg4: usize,
        arg5: ULONG,
    ),
>;
pub type PFN_WDF_IO_QUEUE_IO_STOP = ::core::option::Option<
    unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST, arg3: ULONG),
>;
pub type PFN_WDF_IO_QUEUE_IO_RESUME =
    ::core::option::Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST)>;
pub type PFN_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE =
    ::core::option::Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST)>;
pub type PFN_WDF_IO_QUEUE_STATE =
    ::core::option::Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFCONTEXT)>;

#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_IO_QUEUE_CONFIG__bindgen_ty_1 {
    pub Parallel: _WDF_IO_QUEUE_CONFIG__bindgen_ty_1__bindgen_ty_1,
}
layout! { union _WDF_IO_QUEUE_CONFIG__bindgen_ty_1: 4, 4; Parallel 0 }
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_IO_QUEUE_CONFIG__bindgen_ty_1__bindgen_ty_1 {
    pub NumberOfPresentedRequests: ULONG,
}
layout! { struct _WDF_IO_QUEUE_CONFIG__bindgen_ty_1__bindgen_ty_1: 4, 4; NumberOfPresentedRequests 0 }

#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_IO_QUEUE_CONFIG {
    pub Size: ULONG,
    pub DispatchType: WDF_IO_QUEUE_DISPATCH_TYPE,
    pub PowerManaged: WDF_TRI_STATE,
    pub AllowZeroLengthRequests: BOOLEAN,
    pub DefaultQueue: BOOLEAN,
    pub EvtIoDefault: PFN_WDF_IO_QUEUE_IO_DEFAULT,
    pub EvtIoRead: PFN_WDF_IO_QUEUE_IO_READ,
    pub EvtIoWrite: PFN_WDF_IO_QUEUE_IO_WRITE,
    pub EvtIoDeviceControl: PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL,
    pub EvtIoInternalDeviceControl: PFN_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL,
    pub EvtIoStop: PFN_WDF_IO_QUEUE_IO_STOP,
    pub EvtIoResume: PFN_WDF_IO_QUEUE_IO_RESUME,
    pub EvtIoCanceledOnQueue: PFN_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE,
    pub Settings: _WDF_IO_QUEUE_CONFIG__bindgen_ty_1,
    pub Driver: WDFDRIVER,
}
layout! {
    struct _WDF_IO_QUEUE_CONFIG: 96, 8;
    Size 0, DispatchType 4, PowerManaged 8, AllowZeroLengthRequests 12, DefaultQueue 13, EvtIoDefault 16,
    EvtIoRead 24, EvtIoWrite 32, EvtIoDeviceControl 40, EvtIoInternalDeviceControl 48, EvtIoStop 56,
    EvtIoResume 64, EvtIoCanceledOnQueue 72, Settings 80, Driver 88
}
impl Default for _WDF_IO_QUEUE_CONFIG {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_IO_QUEUE_CONFIG = _WDF_IO_QUEUE_CONFIG;
pub type PWDF_IO_QUEUE_CONFIG = *mut _WDF_IO_QUEUE_CONFIG;

pub type PFN_WDF_REQUEST_CANCEL =
    ::core::option::Option<unsafe extern "C" fn(arg1: WDFREQUEST)>;
