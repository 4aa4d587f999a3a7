// The routines of ntoskrnl.exe that the project calls, in bindgen's spelling.
//
// `raw-dylib` lets rustc write the import itself, so no import library is needed; `+verbatim` keeps it from
// appending `.dll` to the module's name.
#[cfg_attr(
    windows,
    link(name = "ntoskrnl.exe", kind = "raw-dylib", modifiers = "+verbatim")
)]
unsafe extern "C" {
    pub fn DbgPrint(Format: PCSTR, ...) -> ULONG;
    pub fn ExAcquireRundownProtection(RunRef: PEX_RUNDOWN_REF) -> BOOLEAN;
    pub fn ExAllocatePool2(Flags: POOL_FLAGS, NumberOfBytes: SIZE_T, Tag: ULONG) -> PVOID;
    pub fn ExFreePool(P: PVOID);
    pub fn ExFreePoolWithTag(P: PVOID, Tag: ULONG);
    pub fn ExInitializeRundownProtection(RunRef: PEX_RUNDOWN_REF);
    pub fn ExReInitializeRundownProtection(RunRef: PEX_RUNDOWN_REF);
    pub fn ExReleaseRundownProtection(RunRef: PEX_RUNDOWN_REF);
    pub fn ExWaitForRundownProtectionRelease(RunRef: PEX_RUNDOWN_REF);
    #[must_use]
    pub fn IoConnectInterruptEx(Parameters: PIO_CONNECT_INTERRUPT_PARAMETERS) -> NTSTATUS;
    pub fn IoDisconnectInterruptEx(Parameters: PIO_DISCONNECT_INTERRUPT_PARAMETERS);
    pub fn IoReportInterruptActive(Parameters: PIO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS);
    pub fn IoReportInterruptInactive(Parameters: PIO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS);
    pub fn KeAcquireSpinLockRaiseToDpc(SpinLock: PKSPIN_LOCK) -> KIRQL;
    pub fn KeBugCheckEx(
        BugCheckCode: ULONG,
        BugCheckParameter1: ULONG_PTR,
        BugCheckParameter2: ULONG_PTR,
        BugCheckParameter3: ULONG_PTR,
        BugCheckParameter4: ULONG_PTR,
    ) -> !;
    #[must_use]
    pub fn KeDelayExecutionThread(
        WaitMode: KPROCESSOR_MODE,
        Alertable: BOOLEAN,
        Interval: PLARGE_INTEGER,
    ) -> NTSTATUS;
    pub fn KeEnterCriticalRegion();
    pub fn KeGetCurrentIrql() -> KIRQL;
    pub fn KeGetCurrentProcessorNumberEx(ProcNumber: PPROCESSOR_NUMBER) -> ULONG;
    #[must_use]
    pub fn KeGetProcessorNumberFromIndex(
        ProcIndex: ULONG,
        ProcNumber: PPROCESSOR_NUMBER,
    ) -> NTSTATUS;
    pub fn KeInitializeEvent(Event: PRKEVENT, Type: EVENT_TYPE, State: BOOLEAN);
    pub fn KeInitializeSpinLock(SpinLock: PKSPIN_LOCK);
    pub fn KeLeaveCriticalRegion();
    pub fn KeLowerIrql(NewIrql: KIRQL);
    pub fn KeReleaseSpinLock(SpinLock: PKSPIN_LOCK, NewIrql: KIRQL);
    pub fn KeRevertToUserGroupAffinityThread(PreviousAffinity: PGROUP_AFFINITY);
    pub fn KeSetEvent(Event: PRKEVENT, Increment: KPRIORITY, Wait: BOOLEAN) -> LONG;
    pub fn KeSetSystemGroupAffinityThread(
        Affinity: PGROUP_AFFINITY,
        PreviousAffinity: PGROUP_AFFINITY,
    );
    pub fn KeSynchronizeExecution(
        Interrupt: PKINTERRUPT,
        SynchronizeRoutine: PKSYNCHRONIZE_ROUTINE,
        SynchronizeContext: PVOID,
    ) -> BOOLEAN;
    #[must_use]
    pub fn KeWaitForSingleObject(
        Object: PVOID,
        WaitReason: KWAIT_REASON,
        WaitMode: KPROCESSOR_MODE,
        Alertable: BOOLEAN,
        Timeout: PLARGE_INTEGER,
    ) -> NTSTATUS;
    pub fn KfRaiseIrql(NewIrql: KIRQL) -> KIRQL;
    pub fn MmMapIoSpaceEx(
        PhysicalAddress: PHYSICAL_ADDRESS,
        NumberOfBytes: SIZE_T,
        Protect: ULONG,
    ) -> PVOID;
    pub fn MmUnmapIoSpace(BaseAddress: PVOID, NumberOfBytes: SIZE_T);
    #[must_use]
    pub fn PsCreateSystemThread(
        ThreadHandle: PHANDLE,
        DesiredAccess: ULONG,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        ProcessHandle: HANDLE,
        ClientId: PCLIENT_ID,
        StartRoutine: PKSTART_ROUTINE,
        StartContext: PVOID,
    ) -> NTSTATUS;
    #[must_use]
    pub fn PsTerminateSystemThread(ExitStatus: NTSTATUS) -> NTSTATUS;
    pub fn RtlCopyUnicodeString(DestinationString: PUNICODE_STRING, SourceString: PCUNICODE_STRING);
    #[must_use]
    pub fn WheaAddErrorSource(
        ErrorSource: PWHEA_ERROR_SOURCE_DESCRIPTOR,
        Context: PVOID,
    ) -> NTSTATUS;
    pub fn WheaRemoveErrorSource(ErrorSourceId: ULONG);
    #[must_use]
    pub fn ZwClose(Handle: HANDLE) -> NTSTATUS;
    #[must_use]
    pub fn ZwWaitForSingleObject(
        Handle: HANDLE,
        Alertable: BOOLEAN,
        Timeout: PLARGE_INTEGER,
    ) -> NTSTATUS;
}

// What the kit's ntoskrnl.lib lacks and its hal.lib has. Since Windows 10 2004 ntoskrnl.exe exports it, too.
#[cfg_attr(
    windows,
    link(name = "HAL.dll", kind = "raw-dylib", modifiers = "+verbatim")
)]
unsafe extern "C" {
    pub fn KeStallExecutionProcessor(MicroSeconds: ULONG);
}

// The services of PSHED, which ntddk.h declares too.
#[cfg_attr(
    windows,
    link(name = "PSHED.dll", kind = "raw-dylib", modifiers = "+verbatim")
)]
unsafe extern "C" {
    pub fn PshedIsSystemWheaEnabled() -> BOOLEAN;
    #[must_use]
    pub fn PshedRegisterPlugin(Packet: PWHEA_PSHED_PLUGIN_REGISTRATION_PACKET) -> NTSTATUS;
    pub fn PshedSynchronizeExecution(
        ErrorSource: PWHEA_ERROR_SOURCE_DESCRIPTOR,
        SynchronizeRoutine: PKSYNCHRONIZE_ROUTINE,
        SynchronizeContext: PVOID,
    ) -> BOOLEAN;
    pub fn PshedUnregisterPlugin(PluginHandle: PVOID);
}

// What compiled Rust calls without naming it: the memory routines of `core` and the stack probe. The kernel
// exports them all.
#[cfg_attr(
    windows,
    link(name = "ntoskrnl.exe", kind = "raw-dylib", modifiers = "+verbatim")
)]
unsafe extern "C" {
    pub fn memcpy(
        _Dst: *mut ::core::ffi::c_void,
        _Src: *const ::core::ffi::c_void,
        _MaxCount: usize,
    ) -> *mut ::core::ffi::c_void;
    pub fn memmove(
        _Dst: *mut ::core::ffi::c_void,
        _Src: *const ::core::ffi::c_void,
        _Size: usize,
    ) -> *mut ::core::ffi::c_void;
    pub fn memset(
        _Dst: *mut ::core::ffi::c_void,
        _Val: ::core::ffi::c_int,
        _Size: usize,
    ) -> *mut ::core::ffi::c_void;
    pub fn memcmp(
        _Buf1: *const ::core::ffi::c_void,
        _Buf2: *const ::core::ffi::c_void,
        _Size: usize,
    ) -> ::core::ffi::c_int;
    pub fn strlen(_Str: *const ::core::ffi::c_char) -> usize;
    pub fn __chkstk();
}
