// Objects of the I/O manager.

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IRP {
    _unused: [u8; 0],
}
layout! { struct _IRP: 0, 1; _unused 0 }
pub type IRP = _IRP;
pub type PIRP = *mut IRP;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _DEVICE_OBJECT {
    _unused: [u8; 0],
}
layout! { struct _DEVICE_OBJECT: 0, 1; _unused 0 }
pub type DEVICE_OBJECT = _DEVICE_OBJECT;
pub type PDEVICE_OBJECT = *mut _DEVICE_OBJECT;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _DRIVER_EXTENSION {
    _unused: [u8; 0],
}
layout! { struct _DRIVER_EXTENSION: 0, 1; _unused 0 }
pub type PDRIVER_EXTENSION = *mut _DRIVER_EXTENSION;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FAST_IO_DISPATCH {
    _unused: [u8; 0],
}
layout! { struct _FAST_IO_DISPATCH: 0, 1; _unused 0 }
pub type PFAST_IO_DISPATCH = *mut _FAST_IO_DISPATCH;

pub type DRIVER_INITIALIZE = ::core::option::Option<
    unsafe extern "C" fn(
        DriverObject: *mut _DRIVER_OBJECT,
        RegistryPath: PUNICODE_STRING,
    ) -> NTSTATUS,
>;
pub type PDRIVER_INITIALIZE = DRIVER_INITIALIZE;
pub type DRIVER_STARTIO =
    ::core::option::Option<unsafe extern "C" fn(DeviceObject: *mut _DEVICE_OBJECT, Irp: *mut _IRP)>;
pub type PDRIVER_STARTIO = DRIVER_STARTIO;
pub type DRIVER_UNLOAD =
    ::core::option::Option<unsafe extern "C" fn(DriverObject: *mut _DRIVER_OBJECT)>;
pub type PDRIVER_UNLOAD = DRIVER_UNLOAD;
pub type DRIVER_DISPATCH = ::core::option::Option<
    unsafe extern "C" fn(DeviceObject: *mut _DEVICE_OBJECT, Irp: *mut _IRP) -> NTSTATUS,
>;
pub type PDRIVER_DISPATCH = DRIVER_DISPATCH;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _DRIVER_OBJECT {
    pub Type: CSHORT,
    pub Size: CSHORT,
    pub DeviceObject: PDEVICE_OBJECT,
    pub Flags: ULONG,
    pub DriverStart: PVOID,
    pub DriverSize: ULONG,
    pub DriverSection: PVOID,
    pub DriverExtension: PDRIVER_EXTENSION,
    pub DriverName: UNICODE_STRING,
    pub HardwareDatabase: PUNICODE_STRING,
    pub FastIoDispatch: PFAST_IO_DISPATCH,
    pub DriverInit: PDRIVER_INITIALIZE,
    pub DriverStartIo: PDRIVER_STARTIO,
    pub DriverUnload: PDRIVER_UNLOAD,
    pub MajorFunction: [PDRIVER_DISPATCH; 28usize],
}
layout! {
    struct _DRIVER_OBJECT: 336, 8;
    Type 0, Size 2, DeviceObject 8, Flags 16, DriverStart 24, DriverSize 32, DriverSection 40,
    DriverExtension 48, DriverName 56, HardwareDatabase 72, FastIoDispatch 80, DriverInit 88,
    DriverStartIo 96, DriverUnload 104, MajorFunction 112
}
pub type DRIVER_OBJECT = _DRIVER_OBJECT;
pub type PDRIVER_OBJECT = *mut _DRIVER_OBJECT;
