//! What cross/wdk-build says of names that a driver asks `wdk_sys` for and does not find.

#[path = "../../cross/wdk-build/src/embedded/asked.rs"]
mod asked;
#[path = "../../cross/wdk-build/src/embedded/data.rs"]
#[allow(dead_code, reason = "what the build script takes besides")]
mod data;
#[path = "../../cross/wdk-build/src/embedded/left_out.rs"]
mod left_out;

use std::fs;

use asked::Asked;
use left_out::Family;
use xtask::Workspace;

fn text(file: &str) -> String {
    let root = Workspace::find().unwrap().root().to_path_buf();
    fs::read_to_string(root.join("cross/wdk-build/embedded").join(file)).unwrap()
}

/// What is said of a driver with `source` alone, that binds KMDF 1.`minor` or no framework, and no feature.
fn said_of(source: &str, minor: Option<u8>) -> Vec<String> {
    said_of_files(&[source], minor)
}

fn said_of_files(sources: &[&str], minor: Option<u8>) -> Vec<String> {
    let [nt, wdf, hid] = ["nt.txt", "wdf.txt", "hid.txt"].map(text);
    let family = |file, text, feature, is_bound| Family {
        file,
        text,
        feature,
        is_bound,
    };
    let families = [
        family("nt.txt", &*nt, None, true),
        family("wdf.txt", &wdf, None, minor.is_some()),
        family("hid.txt", &hid, Some("hid"), false),
    ];
    let mut asked = Asked::default();
    for (index, source) in sources.iter().enumerate() {
        asked.read(&format!("src/{index}.rs"), source);
    }
    left_out::lines(&asked, &families, &text("left_out.txt"), minor)
        .unwrap_or_else(|malformed| panic!("{malformed}"))
}

/// The one line that is said of `source`.
fn line_of(source: &str, minor: Option<u8>) -> String {
    let [line] = <[String; 1]>::try_from(said_of(source, minor)).unwrap();
    line
}

#[test]
fn a_line_names_the_place_the_item_the_header_and_the_way_out() {
    for (source, minor, begins, ends) in [
        (
            "use wdk_sys::{\n    NTSTATUS,\n    ntddk::{KeSetEvent, ExAllocatePoolWithTag},\n};",
            None,
            "src/0.rs:3: `ExAllocatePoolWithTag` of wdm.h is deprecated",
            "call ExAllocatePool2",
        ),
        (
            "fn f() { wdk_sys::ntddk::IoGetCurrentIrpStackLocation(irp); }",
            None,
            "src/0.rs:1: `IoGetCurrentIrpStackLocation` of wdm.h is a macro or an inline function",
            "write it in Rust, or call it from C",
        ),
        (
            "use wdk_sys::ntddk::*;\nfn f() { IoGetCurrentIrpStackLocation(irp); }",
            None,
            "src/0.rs:2: `IoGetCurrentIrpStackLocation` of wdm.h ",
            "call it from C",
        ),
        (
            "use wdk_sys::HIDP_CAPS;",
            Some(31),
            "src/0.rs:1: `HIDP_CAPS` of hidpi.h takes the feature \"hid\"",
            "of wdk-sys",
        ),
        (
            "use wdk_sys::WDF_DRIVER_CONFIG;",
            None,
            "src/0.rs:1: `WDF_DRIVER_CONFIG` of wdfdriver.h takes a framework",
            "driver-type = \"KMDF\"",
        ),
        (
            "fn f() { call_unsafe_wdf_function_binding!(WdfDriverRetrieveDriverDataDirectoryString, d, s) }",
            Some(31),
            "src/0.rs:1: `WdfDriverRetrieveDriverDataDirectoryString` is in no header of WDK 10.0.22621",
            "which WDKContentRoot names",
        ),
        (
            "fn f() { wdk_sys::call_unsafe_wdf_function_binding!(WdfInterruptReportInactive, i) }",
            Some(9),
            "src/0.rs:1: `WdfInterruptReportInactive` of wdfinterrupt.h is not in KMDF 1.9",
            "names another version",
        ),
        (
            "use wdk_sys::ntddk::RtlIsZeroMemory;",
            None,
            "src/0.rs:1: `RtlIsZeroMemory` of ntddk.h is declared, and no module is known to export it",
            "which core::arch has",
        ),
        (
            "use wdk_sys::ntddk::IoNoSuchRoutine;",
            None,
            "src/0.rs:1: `IoNoSuchRoutine` is in no header of WDK 10.0.22621 that wdk-sys binds",
            "which WDKContentRoot names",
        ),
    ] {
        let line = line_of(source, minor);
        assert!(line.starts_with(begins), "{line}");
        assert!(line.ends_with(ends), "{line}");
    }
}

#[test]
fn nothing_is_said_of_what_the_driver_finds() {
    for source in [
        // The crate's own macros and constants, families' modules, modules of enumerations, and another name of the crate.
        "use wdk_sys::{self as sys, NT_SUCCESS, PAGED_CODE, POOL_FLAG_PAGED, STATUS_SUCCESS, WDF_NO_HANDLE, \
         _MODE::KernelMode, macros, ntddk, call_unsafe_wdf_function_binding};",
        "fn f() { let s = wdk_sys::ntddk::KeSetEvent(e, 0, 0); wdk_sys::_MODE::KernelMode; }",
        "use ::wdk_sys::{*, ntddk::*}; fn f() { KeSetEvent(e, 0, 0); }",
        // Comments, strings, characters and lifetimes.
        "// wdk_sys::ntddk::ExAllocatePoolWithTag\n/* wdk_sys::ntddk::/* */IoCallDriver */ \
         fn f<'a>(x: &'a str) { g(\"wdk_sys::ntddk::IoCallDriver\\\"\", r#\"\"wdk_sys::A\"#, '\"', '\\'', b'\"') }",
        // A declaration that an arm of a macro takes.
        "macro_rules! call { ($name:ident) => { wdk_sys::call_unsafe_wdf_function_binding!($name) } }",
    ] {
        assert_eq!(said_of(source, Some(31)), [""; 0], "{source}");
    }
}

#[test]
fn a_name_that_the_driver_has_from_elsewhere_is_its_own() {
    let calls = "use wdk_sys::ntddk::*; fn f() { IoGetCurrentIrpStackLocation(irp); }";
    assert_eq!(said_of(calls, None).len(), 1);
    for other in [
        "pub unsafe fn IoGetCurrentIrpStackLocation(irp: PIRP) -> P { p }",
        "unsafe extern \"C\" { fn IoGetCurrentIrpStackLocation(irp: PIRP) -> P; }",
        "pub use shims::{ffi::IoGetCurrentIrpStackLocation, b};",
        "pub use shims::stack as IoGetCurrentIrpStackLocation;",
        "pub static mut IoGetCurrentIrpStackLocation: fn() = f;",
        "macro_rules! IoGetCurrentIrpStackLocation { () => {} }",
        // It may be in there.
        "use shims::*;",
    ] {
        assert_eq!(said_of_files(&[calls, other], None), [""; 0], "{other}");
    }
    // A module of the package is read as the rest of it.
    let module = "mod shims; use shims::*; fn IoCallDriver(a: P) {}";
    assert_eq!(said_of_files(&[calls, module], None).len(), 1);
    // A pointer to a constant declares nothing.
    let pointer = "fn g(p: *const IoGetCurrentIrpStackLocation) {}";
    assert_eq!(said_of_files(&[calls, pointer], None).len(), 1);
}

#[test]
fn a_file_is_read_if_a_file_declares_its_module() {
    let source =
        "mod a; pub(crate) mod b;\n// mod c;\nmod d { mod e; } const F: &str = \"mod g;\";";
    assert_eq!(asked::modules(source).collect::<Vec<_>>(), ["a", "b", "e"]);
}

/// The table holds what no other file declares, and each name once.
#[test]
fn no_name_is_left_out_that_a_data_file_declares() {
    let files = [
        "nt.txt",
        "wdf.txt",
        "gpio.txt",
        "hid.txt",
        "parallel_ports.txt",
        "spb.txt",
        "storage.txt",
        "usb.txt",
    ]
    .map(|file| (file, text(file)));
    let mut declared = std::collections::HashSet::new();
    for (file, text) in &files {
        let read = data::read(file, text, Some(33)).unwrap_or_else(|bad| panic!("{bad}"));
        declared.extend(read.into_iter().map(|(_, item)| item.key().1));
    }
    let mut names = 0;
    for line in text("left_out.txt").lines() {
        if line.is_empty() || line.starts_with(['#', '[']) {
            continue;
        }
        let (name, instead) = line
            .split_once(" use ")
            .map_or((line, None), |(name, instead)| (name, Some(instead)));
        assert!(declared.insert(name), "{name}");
        assert!(
            instead.is_none_or(|instead| declared.contains(instead)),
            "{line}"
        );
        names += 1;
    }
    assert!(names > 1000, "{names} names");
}
