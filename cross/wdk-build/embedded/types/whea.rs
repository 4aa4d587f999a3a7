// WHEA and PSHED plug-ins. The project reads descriptors and packets through declarations of its own, so the union at
// the end of a descriptor stands here as bytes, and the callbacks as pointers.

#[repr(C)]
#[derive(Copy, Clone)]
pub union _WHEA_ERROR_SOURCE_DESCRIPTOR__bindgen_ty_1 {
    pub XpfCmcDescriptor: [UCHAR; 932],
}
layout! { union _WHEA_ERROR_SOURCE_DESCRIPTOR__bindgen_ty_1: 932, 1; XpfCmcDescriptor 0 }

#[repr(C, packed)]
#[derive(Copy, Clone)]
pub struct _WHEA_ERROR_SOURCE_DESCRIPTOR {
    pub Length: ULONG,
    pub Version: ULONG,
    pub Type: ::core::ffi::c_int,
    pub State: ::core::ffi::c_int,
    pub MaxRawDataLength: ULONG,
    pub NumRecordsToPreallocate: ULONG,
    pub MaxSectionsPerRecord: ULONG,
    pub ErrorSourceId: ULONG,
    pub PlatformErrorSourceId: ULONG,
    pub Flags: ULONG,
    pub Info: _WHEA_ERROR_SOURCE_DESCRIPTOR__bindgen_ty_1,
}
layout! {
    struct _WHEA_ERROR_SOURCE_DESCRIPTOR: 972, 1;
    Length 0, Version 4, Type 8, State 12, MaxRawDataLength 16, NumRecordsToPreallocate 20, MaxSectionsPerRecord 24,
    ErrorSourceId 28, PlatformErrorSourceId 32, Flags 36, Info 40
}
pub type WHEA_ERROR_SOURCE_DESCRIPTOR = _WHEA_ERROR_SOURCE_DESCRIPTOR;
pub type PWHEA_ERROR_SOURCE_DESCRIPTOR = *mut _WHEA_ERROR_SOURCE_DESCRIPTOR;

#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WHEA_PSHED_PLUGIN_CALLBACKS {
    pub GetAllErrorSources: PVOID,
    pub Reserved: PVOID,
    pub GetErrorSourceInfo: PVOID,
    pub SetErrorSourceInfo: PVOID,
    pub EnableErrorSource: PVOID,
    pub DisableErrorSource: PVOID,
    pub WriteErrorRecord: PVOID,
    pub ReadErrorRecord: PVOID,
    pub ClearErrorRecord: PVOID,
    pub RetrieveErrorInfo: PVOID,
    pub FinalizeErrorRecord: PVOID,
    pub ClearErrorStatus: PVOID,
    pub AttemptRecovery: PVOID,
    pub GetInjectionCapabilities: PVOID,
    pub InjectError: PVOID,
}
layout! {
    struct _WHEA_PSHED_PLUGIN_CALLBACKS: 120, 8;
    GetAllErrorSources 0, Reserved 8, GetErrorSourceInfo 16, SetErrorSourceInfo 24,
    EnableErrorSource 32, DisableErrorSource 40, WriteErrorRecord 48, ReadErrorRecord 56,
    ClearErrorRecord 64, RetrieveErrorInfo 72, FinalizeErrorRecord 80, ClearErrorStatus 88,
    AttemptRecovery 96, GetInjectionCapabilities 104, InjectError 112
}

#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WHEA_PSHED_PLUGIN_REGISTRATION_PACKET_V2 {
    pub Length: ULONG,
    pub Version: ULONG,
    pub Context: PVOID,
    pub FunctionalAreaMask: ULONG,
    pub Reserved: ULONG,
    pub Callbacks: _WHEA_PSHED_PLUGIN_CALLBACKS,
    pub PluginHandle: PVOID,
}
layout! {
    struct _WHEA_PSHED_PLUGIN_REGISTRATION_PACKET_V2: 152, 8;
    Length 0, Version 4, Context 8, FunctionalAreaMask 16, Reserved 20, Callbacks 24, PluginHandle 144
}
pub type WHEA_PSHED_PLUGIN_REGISTRATION_PACKET_V2 = _WHEA_PSHED_PLUGIN_REGISTRATION_PACKET_V2;
pub type WHEA_PSHED_PLUGIN_REGISTRATION_PACKET = WHEA_PSHED_PLUGIN_REGISTRATION_PACKET_V2;
pub type PWHEA_PSHED_PLUGIN_REGISTRATION_PACKET = *mut WHEA_PSHED_PLUGIN_REGISTRATION_PACKET;
