// Interrupts.

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KINTERRUPT {
    _unused: [u8; 0],
}
layout! { struct _KINTERRUPT: 0, 1; _unused 0 }
pub type PKINTERRUPT = *mut _KINTERRUPT;

pub mod _KINTERRUPT_MODE {
    pub type Type = ::core::ffi::c_int;
    pub const LevelSensitive: Type = 0;
    pub const Latched: Type = 1;
}
pub use self::_KINTERRUPT_MODE::Type as KINTERRUPT_MODE;

pub mod _KINTERRUPT_POLARITY {
    pub type Type = ::core::ffi::c_int;
    pub const InterruptPolarityUnknown: Type = 0;
    pub const InterruptActiveHigh: Type = 1;
    pub const InterruptRisingEdge: Type = 1;
    pub const InterruptActiveLow: Type = 2;
    pub const InterruptFallingEdge: Type = 2;
    pub const InterruptActiveBoth: Type = 3;
    pub const InterruptActiveBothTriggerLow: Type = 3;
    pub const InterruptActiveBothTriggerHigh: Type = 4;
}
pub use self::_KINTERRUPT_POLARITY::Type as KINTERRUPT_POLARITY;

pub type KSERVICE_ROUTINE = ::core::option::Option<
    unsafe extern "C" fn(Interrupt: *mut _KINTERRUPT, ServiceContext: PVOID) -> BOOLEAN,
>;
pub type PKSERVICE_ROUTINE = KSERVICE_ROUTINE;
pub type KMESSAGE_SERVICE_ROUTINE = ::core::option::Option<
    unsafe extern "C" fn(
        Interrupt: *mut _KINTERRUPT,
        ServiceContext: PVOID,
        MessageID: ULONG,
    ) -> BOOLEAN,
>;
pub type PKMESSAGE_SERVICE_ROUTINE = KMESSAGE_SERVICE_ROUTINE;
pub type KSYNCHRONIZE_ROUTINE =
    ::core::option::Option<unsafe extern "C" fn(SynchronizeContext: PVOID) -> BOOLEAN>;
pub type PKSYNCHRONIZE_ROUTINE = KSYNCHRONIZE_ROUTINE;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS {
    pub PhysicalDeviceObject: PDEVICE_OBJECT,
    pub InterruptObject: *mut PKINTERRUPT,
    pub ServiceRoutine: PKSERVICE_ROUTINE,
    pub ServiceContext: PVOID,
    pub SpinLock: PKSPIN_LOCK,
    pub SynchronizeIrql: KIRQL,
    pub FloatingSave: BOOLEAN,
    pub ShareVector: BOOLEAN,
    pub Vector: ULONG,
    pub Irql: KIRQL,
    pub InterruptMode: KINTERRUPT_MODE,
    pub ProcessorEnableMask: KAFFINITY,
    pub Group: USHORT,
}
layout! {
    struct _IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS: 72, 8;
    PhysicalDeviceObject 0, InterruptObject 8, ServiceRoutine 16, ServiceContext 24, SpinLock 32,
    SynchronizeIrql 40, FloatingSave 41, ShareVector 42, Vector 44, Irql 48, InterruptMode 52,
    ProcessorEnableMask 56, Group 64
}
pub type IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS =
    _IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS {
    pub PhysicalDeviceObject: PDEVICE_OBJECT,
    pub InterruptObject: *mut PKINTERRUPT,
    pub ServiceRoutine: PKSERVICE_ROUTINE,
    pub ServiceContext: PVOID,
    pub SpinLock: PKSPIN_LOCK,
    pub SynchronizeIrql: KIRQL,
    pub FloatingSave: BOOLEAN,
}
layout! {
    struct _IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS: 48, 8;
    PhysicalDeviceObject 0, InterruptObject 8, ServiceRoutine 16, ServiceContext 24, SpinLock 32,
    SynchronizeIrql 40, FloatingSave 41
}
pub type IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS = _IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS;

#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS {
    pub PhysicalDeviceObject: PDEVICE_OBJECT,
    pub ConnectionContext: _IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS__bindgen_ty_1,
    pub MessageServiceRoutine: PKMESSAGE_SERVICE_ROUTINE,
    pub ServiceContext: PVOID,
    pub SpinLock: PKSPIN_LOCK,
    pub SynchronizeIrql: KIRQL,
    pub FloatingSave: BOOLEAN,
    pub FallBackServiceRoutine: PKSERVICE_ROUTINE,
}
layout! {
    struct _IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS: 56, 8;
    PhysicalDeviceObject 0, ConnectionContext 8, MessageServiceRoutine 16, ServiceContext 24, SpinLock 32,
    SynchronizeIrql 40, FloatingSave 41, FallBackServiceRoutine 48
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS__bindgen_ty_1 {
    pub Generic: *mut PVOID,
    pub InterruptMessageTable: *mut PIO_INTERRUPT_MESSAGE_INFO,
    pub InterruptObject: *mut PKINTERRUPT,
}
layout! {
    union _IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS__bindgen_ty_1: 8, 8;
    Generic 0, InterruptMessageTable 0, InterruptObject 0
}
pub type IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS =
    _IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS;

#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_CONNECT_INTERRUPT_PARAMETERS {
    pub Version: ULONG,
    pub __bindgen_anon_1: _IO_CONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1,
}
layout! { struct _IO_CONNECT_INTERRUPT_PARAMETERS: 80, 8; Version 0, __bindgen_anon_1 8 }
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IO_CONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1 {
    pub FullySpecified: IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS,
    pub LineBased: IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS,
    pub MessageBased: IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS,
}
layout! {
    union _IO_CONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1: 72, 8;
    FullySpecified 0, LineBased 0, MessageBased 0
}
pub type IO_CONNECT_INTERRUPT_PARAMETERS = _IO_CONNECT_INTERRUPT_PARAMETERS;
pub type PIO_CONNECT_INTERRUPT_PARAMETERS = *mut _IO_CONNECT_INTERRUPT_PARAMETERS;

#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_DISCONNECT_INTERRUPT_PARAMETERS {
    pub Version: ULONG,
    pub ConnectionContext: _IO_DISCONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1,
}
layout! { struct _IO_DISCONNECT_INTERRUPT_PARAMETERS: 16, 8; Version 0, ConnectionContext 8 }
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IO_DISCONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1 {
    pub Generic: PVOID,
    pub InterruptObject: PKINTERRUPT,
    pub InterruptMessageTable: PIO_INTERRUPT_MESSAGE_INFO,
}
layout! {
    union _IO_DISCONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1: 8, 8;
    Generic 0, InterruptObject 0, InterruptMessageTable 0
}
pub type IO_DISCONNECT_INTERRUPT_PARAMETERS = _IO_DISCONNECT_INTERRUPT_PARAMETERS;
pub type PIO_DISCONNECT_INTERRUPT_PARAMETERS = *mut _IO_DISCONNECT_INTERRUPT_PARAMETERS;

#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS {
    pub Version: ULONG,
    pub ConnectionContext: _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS__bindgen_ty_1,
}
layout! { struct _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS: 16, 8; Version 0, ConnectionContext 8 }
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS__bindgen_ty_1 {
    pub Generic: PVOID,
    pub InterruptObject: PKINTERRUPT,
    pub InterruptMessageTable: PIO_INTERRUPT_MESSAGE_INFO,
}
layout! {
    union _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS__bindgen_ty_1: 8, 8;
    Generic 0, InterruptObject 0, InterruptMessageTable 0
}
pub type IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS = _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS;
pub type PIO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS =
    *mut _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS;

#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_INTERRUPT_MESSAGE_INFO_ENTRY {
    pub MessageAddress: PHYSICAL_ADDRESS,
    pub TargetProcessorSet: KAFFINITY,
    pub InterruptObject: PKINTERRUPT,
    pub MessageData: ULONG,
    pub Vector: ULONG,
    pub Irql: KIRQL,
    pub Mode: KINTERRUPT_MODE,
    pub Polarity: KINTERRUPT_POLARITY,
}
layout! {
    struct _IO_INTERRUPT_MESSAGE_INFO_ENTRY: 48, 8;
    MessageAddress 0, TargetProcessorSet 8, InterruptObject 16, MessageData 24, Vector 28, Irql 32, Mode 36,
    Polarity 40
}
pub type IO_INTERRUPT_MESSAGE_INFO_ENTRY = _IO_INTERRUPT_MESSAGE_INFO_ENTRY;

#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_INTERRUPT_MESSAGE_INFO {
    pub UnifiedIrql: KIRQL,
    pub MessageCount: ULONG,
    pub MessageInfo: [IO_INTERRUPT_MESSAGE_INFO_ENTRY; 1usize],
}
layout! { struct _IO_INTERRUPT_MESSAGE_INFO: 56, 8; UnifiedIrql 0, MessageCount 4, MessageInfo 8 }
pub type IO_INTERRUPT_MESSAGE_INFO = _IO_INTERRUPT_MESSAGE_INFO;
pub type PIO_INTERRUPT_MESSAGE_INFO = *mut _IO_INTERRUPT_MESSAGE_INFO;
