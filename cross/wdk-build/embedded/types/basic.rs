// The types of ntddk.h and wdf.h that the project uses, in bindgen's spelling.
//
// The driver's source must compile unchanged against bindgen's output over a genuine kit, so names, field names,
// field types and aliases are exactly bindgen's. wdk-macros reads the `PFN_` aliases as text: their parameters keep
// their names. The files of this folder are joined to one, this one first.
use ::core::{
    ffi::c_void,
    mem::{align_of, offset_of, size_of},
};

// Asserts a type's size, its alignment and the offset of each of its fields, in bytes. Every type carries one, and
// the build script refuses bindings in which one is missing (src/layouts.rs). The pattern has no `..`, so a field of
// a structure that is not listed does not compile; a union's fields are counted by the build script.
macro_rules! layout {
    (struct $name:ident: $size:literal, $align:literal; $($field:ident $offset:literal),+) => {
        layout! { union $name: $size, $align; $($field $offset),+ }
        const _: fn($name) = |$name { $($field: _),+ }| {};
    };
    (union $name:ident: $size:literal, $align:literal; $($field:ident $offset:literal),+) => {
        const _: () = {
            assert!(size_of::<$name>() == $size, concat!("the size of ", stringify!($name)));
            assert!(align_of::<$name>() == $align, concat!("the alignment of ", stringify!($name)));
            $(assert!(
                offset_of!($name, $field) == $offset,
                concat!("the offset of ", stringify!($field), " in ", stringify!($name))
            );)+
        };
    };
}

// Scalars. Their widths are those of Windows: bindgen writes `c_long`, which has 64 bits where an editor checks the driver
// for a Linux host.

pub type UCHAR = u8;
pub type BOOLEAN = UCHAR;
pub type CHAR = ::core::ffi::c_char;
pub type CCHAR = ::core::ffi::c_char;
pub type PCCH = *const CHAR;
pub type PCSTR = *const CHAR;
pub type LPCSTR = *const CHAR;
pub type CSHORT = i16;
pub type USHORT = u16;
pub type wchar_t = u16;
pub type WCHAR = wchar_t;
pub type LONG = i32;
pub type ULONG = u32;
pub type LONGLONG = i64;
pub type ULONG64 = u64;
pub type ULONG_PTR = u64;
pub type SIZE_T = ULONG_PTR;
pub type KAFFINITY = ULONG_PTR;
pub type KSPIN_LOCK = ULONG_PTR;
pub type PKSPIN_LOCK = *mut KSPIN_LOCK;
pub type KIRQL = UCHAR;
pub type KPROCESSOR_MODE = CCHAR;
pub type NTSTATUS = LONG;
pub type ACCESS_MASK = ULONG;
pub type PULONG = *mut ULONG;
pub type PVOID = *mut c_void;
pub type HANDLE = *mut c_void;
pub type PHANDLE = *mut HANDLE;
pub type PWSTR = *mut WCHAR;
pub type POOL_FLAGS = ULONG64;

#[repr(C)]
#[derive(Copy, Clone)]
pub union _LARGE_INTEGER {
    pub __bindgen_anon_1: _LARGE_INTEGER__bindgen_ty_1,
    pub u: _LARGE_INTEGER__bindgen_ty_2,
    pub QuadPart: LONGLONG,
}
layout! { union _LARGE_INTEGER: 8, 8; __bindgen_anon_1 0, u 0, QuadPart 0 }
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _LARGE_INTEGER__bindgen_ty_1 {
    pub LowPart: ULONG,
    pub HighPart: LONG,
}
layout! { struct _LARGE_INTEGER__bindgen_ty_1: 8, 4; LowPart 0, HighPart 4 }
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _LARGE_INTEGER__bindgen_ty_2 {
    pub LowPart: ULONG,
    pub HighPart: LONG,
}
layout! { struct _LARGE_INTEGER__bindgen_ty_2: 8, 4; LowPart 0, HighPart 4 }
pub type LARGE_INTEGER = _LARGE_INTEGER;
pub type PLARGE_INTEGER = *mut LARGE_INTEGER;
pub type PHYSICAL_ADDRESS = LARGE_INTEGER;

#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _GUID {
    pub Data1: ULONG,
    pub Data2: USHORT,
    pub Data3: USHORT,
    pub Data4: [UCHAR; 8usize],
}
layout! { struct _GUID: 16, 4; Data1 0, Data2 4, Data3 6, Data4 8 }
pub type GUID = _GUID;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _UNICODE_STRING {
    pub Length: USHORT,
    pub MaximumLength: USHORT,
    pub Buffer: PWSTR,
}
layout! { struct _UNICODE_STRING: 16, 8; Length 0, MaximumLength 2, Buffer 8 }
pub type UNICODE_STRING = _UNICODE_STRING;
pub type PUNICODE_STRING = *mut UNICODE_STRING;
pub type PCUNICODE_STRING = *const UNICODE_STRING;
