// A stand-in for WdfDriverEntry.lib of KMDF 1.31 (src/embedded/framework.rs writes the numbers of other versions in): the image's entry point, its bind information and the variables
// that every WDF call goes through.
//
// Facts: fxldr.h and the public headers of KMDF (github.com/microsoft/Windows-Driver-Frameworks) give the structures,
// the two loader routines and the order of what the genuine library does. Two of its steps have nothing to act on in
// a Rust driver and are left out: class extensions (section .kmdfclassbind) and custom types (.kmdftypeinit).
// The genuine library also seeds the /GS cookie; rustc emits no cookies.

#[cfg(not(any(test, feature = "test-stubs")))]
mod wdf_driver_entry {
    #![allow(non_upper_case_globals, non_snake_case, reason = "the names are those of the library")]

    use ::core::{
        mem::{offset_of, size_of},
        ptr::{null, null_mut},
    };

    use crate::{
        ntddk::RtlCopyUnicodeString,
        types::{
            NTSTATUS, PCUNICODE_STRING, PDRIVER_OBJECT, PDRIVER_UNLOAD, PVOID, PWDF_DRIVER_GLOBALS,
            UNICODE_STRING, ULONG, WDFFUNC, _WDFFUNCENUM,
        },
    };

    /// The minor version, the oldest one that will do, and the entries of its function and its structure table.
    const VERSION: [ULONG; 4] = [31, 31, 458, 81];
    /// Whether the framework hands over its table's address, as since 1.15, or copies the table.
    const TABLE_BY_ADDRESS: bool = true;
    /// Whether the bind information has its second part, as since 1.25.
    const EXTENDED_BIND: bool = true;

    /// Entries of the function table. The framework refuses a count that no release had.
    const FUNCTIONS: ULONG = VERSION[2];
    const _: () = assert!(FUNCTIONS == _WDFFUNCENUM::WdfFunctionTableNumEntries as ULONG);
    /// Entries of the structure table (`WDF_STRUCTURE_TABLE_NUM_ENTRIES`).
    const STRUCTURES: ULONG = VERSION[3];

    /// `WDF_COMPONENT_VERSION`.
    #[repr(C)]
    struct Version {
        major: ULONG,
        minor: ULONG,
        build: ULONG,
    }

    /// `WDF_BIND_INFO`: what the loader must know to bind an image to a framework.
    #[repr(C)]
    struct BindInfo {
        size: ULONG,
        component: *const u16,
        version: Version,
        function_count: ULONG,
        /// The framework stores the address of its table in what this points to.
        function_table: *mut *const WDFFUNC,
        module: PVOID,
    }
    const _: () = assert!(
        size_of::<BindInfo>() == 48
            && offset_of!(BindInfo, component) == 8
            && offset_of!(BindInfo, version) == 16
            && offset_of!(BindInfo, function_count) == 28
            && offset_of!(BindInfo, function_table) == 32
            && offset_of!(BindInfo, module) == 40
    );

    /// `WDF_BIND_INFO2`: the form of stub libraries since 1.25. `v1.size` tells the loader which form it got.
    #[repr(C)]
    struct BindInfo2 {
        v1: BindInfo,
        minimum_version_required: *const ULONG,
        client_version_higher_than_framework: *mut u8,
        function_count: *mut ULONG,
        structure_count: *mut ULONG,
        structure_table: *mut *const usize,
    }
    const _: () = assert!(
        size_of::<BindInfo2>() == 88
            && offset_of!(BindInfo2, minimum_version_required) == 48
            && offset_of!(BindInfo2, structure_table) == 80
    );

    /// The framework's table, where it is copied.
    static mut TABLE: [WDFFUNC; if TABLE_BY_ADDRESS { 0 } else { FUNCTIONS as usize }] =
        [None; if TABLE_BY_ADDRESS { 0 } else { FUNCTIONS as usize }];

    // SAFETY (the six `no_mangle` below): these are the stub library's own names, which it alone defines.
    #[unsafe(no_mangle)]
    static mut WdfFunctions_01031: *const WDFFUNC =
        if TABLE_BY_ADDRESS { null() } else { (&raw const TABLE).cast() };
    #[unsafe(no_mangle)]
    static mut WdfDriverGlobals: PWDF_DRIVER_GLOBALS = null_mut();
    #[unsafe(no_mangle)]
    static mut WdfFunctionCount: ULONG = FUNCTIONS;
    #[unsafe(no_mangle)]
    static mut WdfStructureCount: ULONG = STRUCTURES;
    #[unsafe(no_mangle)]
    static mut WdfStructures: *const usize = null();
    #[unsafe(no_mangle)]
    static mut WdfClientVersionHigherThanFramework: u8 = 0;

    /// `WdfMinimumVersionRequired`: on a framework older than this the bind fails.
    static MINIMUM_MINOR_VERSION: ULONG = VERSION[1];

    /// `KmdfLibrary` as a zero-terminated UTF-16 string.
    static COMPONENT: [u16; 12] = {
        let name = b"KmdfLibrary";
        let mut wide = [0; 12];
        let mut i = 0;
        while i < name.len() {
            wide[i] = name[i] as u16;
            i += 1;
        }
        wide
    };

    static mut BIND_INFO: BindInfo2 = BindInfo2 {
        v1: BindInfo {
            size: if EXTENDED_BIND { size_of::<BindInfo2>() } else { size_of::<BindInfo>() } as ULONG,
            component: (&raw const COMPONENT).cast(),
            version: Version { major: 1, minor: VERSION[0], build: 0 },
            function_count: FUNCTIONS,
            function_table: if TABLE_BY_ADDRESS {
                &raw mut WdfFunctions_01031
            } else {
                (&raw mut TABLE).cast()
            },
            module: null_mut(),
        },
        minimum_version_required: &raw const MINIMUM_MINOR_VERSION,
        client_version_higher_than_framework: &raw mut WdfClientVersionHigherThanFramework,
        function_count: &raw mut WdfFunctionCount,
        structure_count: &raw mut WdfStructureCount,
        structure_table: &raw mut WdfStructures,
    };

    /// UTF-16 units that the copy of the registry path can hold, as in the genuine library.
    const PATH_UNITS: usize = 260;
    static mut PATH_BUFFER: [u16; PATH_UNITS] = [0; PATH_UNITS];
    /// The image's own copy of its registry path: the caller's string dies with `DriverEntry`, unbinding needs it later.
    static mut REGISTRY_PATH: UNICODE_STRING = UNICODE_STRING {
        Length: 0,
        MaximumLength: (PATH_UNITS * size_of::<u16>()) as u16,
        Buffer: (&raw mut PATH_BUFFER).cast(),
    };

    /// The unload routine that `unload` stands in front of.
    static mut DISPLACED_UNLOAD: PDRIVER_UNLOAD = None;

    unsafe extern "system" {
        fn DriverEntry(DriverObject: PDRIVER_OBJECT, RegistryPath: PCUNICODE_STRING) -> NTSTATUS;
    }

    #[cfg_attr(windows, link(name = "WDFLDR.SYS", kind = "raw-dylib", modifiers = "+verbatim"))]
    unsafe extern "system" {
        fn WdfVersionBind(
            DriverObject: PDRIVER_OBJECT,
            RegistryPath: PCUNICODE_STRING,
            BindInfo: *mut BindInfo2,
            ComponentGlobals: *mut PWDF_DRIVER_GLOBALS,
        ) -> NTSTATUS;
        fn WdfVersionUnbind(
            RegistryPath: PCUNICODE_STRING,
            BindInfo: *mut BindInfo2,
            ComponentGlobals: PWDF_DRIVER_GLOBALS,
        ) -> NTSTATUS;
    }

    /// Ends the binding that `FxDriverEntry` made.
    ///
    /// # Safety
    /// `WdfVersionBind` succeeded, nothing calls the framework any more, and this is the only call.
    unsafe fn unbind() {
        // SAFETY: written once, by WdfVersionBind, before any code that can lead here.
        let globals = unsafe { WdfDriverGlobals };
        // SAFETY: the path, the bind information and the globals are those of the successful bind (fxldr.h); that
        // nothing uses the framework after this is the caller's promise. Its status has no one to go to.
        let _ = unsafe { WdfVersionUnbind(&raw const REGISTRY_PATH, &raw mut BIND_INFO, globals) };
    }

    /// `FxStubDriverUnload`: the framework's unload routine, then the end of the binding.
    ///
    /// # Safety
    /// Called by the I/O manager as the driver's unload routine ("nc-wdm-driver_unload").
    unsafe extern "C" fn unload(driver: PDRIVER_OBJECT) {
        // SAFETY: written once, by FxDriverEntry, before it installed this routine.
        if let Some(displaced) = unsafe { DISPLACED_UNLOAD } {
            // SAFETY: it was the driver object's unload routine, and this call is that object's unload.
            unsafe { displaced(driver) };
        }
        // SAFETY: this routine is installed only after a bind, and the I/O manager calls it once, last of all.
        unsafe { unbind() };
    }

    /// The image's entry point: binds the framework, then calls the driver's `DriverEntry`.
    ///
    /// # Safety
    /// Called by the system's loader, once, with the arguments of "nc-wdm-driver_initialize".
    // SAFETY (`no_mangle`): this is the name that the linker is given as the entry point; only this library defines it.
    #[unsafe(no_mangle)]
    unsafe extern "system" fn FxDriverEntry(driver: PDRIVER_OBJECT, path: PCUNICODE_STRING) -> NTSTATUS {
        if driver.is_null() {
            // A driver without a driver object (an export driver) has no framework to bind.
            // SAFETY: the arguments are passed on as they came.
            return unsafe { DriverEntry(driver, path) };
        }

        // SAFETY: both strings are valid, and the copy is bounded by the destination's MaximumLength
        // ("nf-wdm-rtlcopyunicodestring"); nothing else touches the static while the loader waits for this call.
        unsafe { RtlCopyUnicodeString(&raw mut REGISTRY_PATH, path) };
        // SAFETY: all four arguments outlive the binding, and the bind information describes statics of this image
        // (fxldr.h).
        let status = unsafe {
            WdfVersionBind(driver, &raw const REGISTRY_PATH, &raw mut BIND_INFO, &raw mut WdfDriverGlobals)
        };
        if status < 0 {
            return status;
        }

        // SAFETY: the loader's arguments, passed on; the framework is bound, as a KMDF driver expects.
        let status = unsafe { DriverEntry(driver, path) };
        if status < 0 {
            // SAFETY: the bind above succeeded, and a DriverEntry that failed has left nothing running.
            unsafe { unbind() };
            return status;
        }

        // SAFETY: WdfVersionBind stored the globals, which live until the unbind.
        let displace = unsafe { (*WdfDriverGlobals).DisplaceDriverUnload };
        if displace != 0 {
            // SAFETY: the driver object is ours to write until this routine returns ("nc-wdm-driver_initialize").
            let slot = unsafe { &raw mut (*driver).DriverUnload };
            // SAFETY: as above; the slot is initialised memory.
            let previous = unsafe { slot.read() };
            // SAFETY: nothing can unload the driver before this routine returns, so nothing reads the static now.
            unsafe { DISPLACED_UNLOAD = previous };
            // SAFETY: as for the read.
            unsafe { slot.write(Some(unload)) };
        }
        status
    }
}
