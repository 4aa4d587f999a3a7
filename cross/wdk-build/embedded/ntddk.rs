// The routines of ntoskrnl.exe that the project calls, in bindgen's spelling.
//
// `raw-dylib` lets rustc write the import itself, so no import library is needed; `+verbatim` keeps it from
// appending `.dll` to the module's name.
#[cfg_attr(
    windows,
    link(name = "ntoskrnl.exe", kind = "raw-dylib", modifiers = "+verbatim")
)]
unsafe extern "C" {
    pub fn DbgPrint(Format: *const CHAR, ...) -> ULONG;
    pub fn ExAllocatePool2(Flags: POOL_FLAGS, NumberOfBytes: SIZE_T, Tag: ULONG) -> PVOID;
    pub fn ExFreePool(P: PVOID);
    pub fn KeBugCheckEx(
        BugCheckCode: ULONG,
        BugCheckParameter1: ULONG64,
        BugCheckParameter2: ULONG64,
        BugCheckParameter3: ULONG64,
        BugCheckParameter4: ULONG64,
    ) -> !;
    pub fn KeGetCurrentIrql() -> KIRQL;
    pub fn RtlCopyUnicodeString(DestinationString: PUNICODE_STRING, SourceString: PCUNICODE_STRING);
}

// What compiled Rust calls without naming it: the memory routines of `core` and the stack probe. The kernel
// exports them all.
#[cfg_attr(
    windows,
    link(name = "ntoskrnl.exe", kind = "raw-dylib", modifiers = "+verbatim")
)]
unsafe extern "C" {
    pub fn memcpy(_Dst: PVOID, _Src: *const ::core::ffi::c_void, _Size: usize) -> PVOID;
    pub fn memmove(_Dst: PVOID, _Src: *const ::core::ffi::c_void, _Size: usize) -> PVOID;
    pub fn memset(_Dst: PVOID, _Val: ::core::ffi::c_int, _Size: usize) -> PVOID;
    pub fn memcmp(
        _Buf1: *const ::core::ffi::c_void,
        _Buf2: *const ::core::ffi::c_void,
        _Size: usize,
    ) -> ::core::ffi::c_int;
    pub fn strlen(_Str: *const CHAR) -> usize;
    pub fn __chkstk();
}
