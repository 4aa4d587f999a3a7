//! What the project declares of Windows, held against genuine headers.
//!
//! `wdk-sys-22621.tsv` has facts of the bindings that wdk-sys generates over the headers of WDK 10.0.22621: names, kinds,
//! signatures, values, sizes and offsets of the items that the project declares for itself. What it knows of an item decides
//! what is compared:
//!
//! | item | compared |
//! |---|---|
//! | alias | what it is an alias of, token by token; a scalar as the width that it has on Windows |
//! | routine | signature with the names of its parameters, `must_use`, and the module that exports it |
//! | constant, enumerator | type and value |
//! | structure, union | size, alignment, and the offset of every field by its name |
//!
//! Not compared are the types of fields, the traits that bindgen derives, variables, and members without a name of the
//! headers' own. `~` in the table marks a field whose name the extraction of the facts lost.
//!
//! | module | what it compares |
//! |---|---|
//! | [`bindings`] | what `cross/wdk-build` writes from its data files, item by item |
//! | [`declared`] | declarations in Rust's spelling, by places and classes of types |
//!
//! video.h is not among what wdk-sys binds: `dirql_video::sys` asserts its layouts by that header's pages.

mod bindings;
#[path = "../../../cross/wdk-build/src/embedded/data.rs"]
#[allow(dead_code, reason = "what the build script takes besides")]
mod data;
mod declared;
#[path = "../../../cross/wdk-build/src/embedded/generate.rs"]
#[allow(dead_code, reason = "the text alone is compared here")]
mod generate;
mod table;

use std::collections::BTreeMap;

use bindings::Comparison;
use table::Table;

type Compare = fn(&BTreeMap<String, String>, &Table) -> Comparison;

#[test]
fn the_embedded_bindings_are_what_bindgen_writes_over_the_kit() {
    let table = Table::read();
    let found = bindings::compare(&bindings::sources(), &table);
    assert!(
        found.differences.is_empty(),
        "{}",
        found.differences.join("\n")
    );
    assert!(found.facts > 1200, "{} facts", found.facts);
}

#[test]
fn declarations_of_the_projects_own_are_what_the_headers_have() {
    let table = Table::read();
    let found = declared::compare(&declared::sources(), &table);
    assert!(
        found.differences.is_empty(),
        "{}",
        found.differences.join("\n")
    );
    assert!(found.facts > 120, "{} facts", found.facts);
}

#[test]
fn every_row_is_of_an_item_that_the_project_declares() {
    let table = Table::read();
    assert!(table.len() > 400, "{} rows", table.len());
    let _ = bindings::compare(&bindings::sources(), &table);
    let _ = declared::compare(&declared::sources(), &table);
    let unused = table.unused();
    assert!(unused.is_empty(), "no item has these rows: {unused:?}");
}

#[test]
fn images_import_from_the_modules_that_link_libraries_name() {
    let table = Table::read();
    let mut entries = 0;
    for line in include_str!("../../imports-allowed.txt").lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        if let (Some(module), Some(name)) = (words.next(), words.next())
            && module != "WDFLDR.SYS"
        {
            assert_eq!(module, bindings::exporter(name, &table), "{name}");
            entries += 1;
        }
    }
    assert!(entries > 30, "{entries} entries");
}

/// One text of a file replaced by another, and what is said of it.
type Break = (&'static str, &'static str, &'static str, &'static str);

/// Each kind of fact of the bindings, broken.
const BINDINGS: [Break; 16] = [
    (
        "ntddk.rs",
        "WheaRemoveErrorSource(ErrorSourceId: ULONG);",
        "WheaRemoveErrorSource(ErrorSourceId: ULONG) -> NTSTATUS;",
        "fn WheaRemoveErrorSource: (ErrorSourceId:ULONG)->NTSTATUS here, (ErrorSourceId:ULONG)->() by the headers",
    ),
    ("ntddk.rs", " -> !;", ";", "fn KeBugCheckEx: "),
    (
        "ntddk.rs",
        "pub fn KeAcquireSpinLockRaiseToDpc",
        "#[must_use] pub fn KeAcquireSpinLockRaiseToDpc",
        "fn KeAcquireSpinLockRaiseToDpc: must_use here, plain by the headers",
    ),
    (
        "ntddk.rs",
        "#[must_use] pub fn ZwClose",
        "pub fn ZwClose",
        "fn ZwClose: plain here, must_use by the headers",
    ),
    (
        "ntddk.rs",
        "\"HAL.dll\"",
        "\"ntoskrnl.exe\"",
        "the module of KeStallExecutionProcessor: ntoskrnl.exe here, HAL.dll by the headers",
    ),
    (
        "ntddk.rs",
        "pub fn KfRaiseIrql(NewIrql: KIRQL)",
        "pub fn KfRaiseIrql(Irql: KIRQL)",
        "fn KfRaiseIrql: ",
    ),
    (
        "ntddk.rs",
        "pub fn KeEnterCriticalRegion();",
        "pub fn KeEnterCriticalRegion(); pub fn KeEnterGuardedRegion();",
        "fn KeEnterGuardedRegion has no row in xtask/tests/genuine/wdk-sys-22621.tsv: add what bindgen writes",
    ),
    (
        "types.rs",
        "pub type WHEA_PSHED_PLUGIN_REGISTRATION_PACKET =",
        "pub type PWHEA_PSHED_PLUGIN_REGISTRATION_PACKET_V2 =",
        "type PWHEA_PSHED_PLUGIN_REGISTRATION_PACKET_V2 has no row",
    ),
    (
        "types.rs",
        "pub type LONG = i32;",
        "pub type LONG = u32;",
        "type LONG: u32 here, i32 by the headers",
    ),
    (
        "types.rs",
        "pub type PRKEVENT = *mut _KEVENT;",
        "pub type PRKEVENT = *mut KEVENT;",
        "type PRKEVENT: *mutKEVENT here, *mut_KEVENT by the headers",
    ),
    (
        "constants.rs",
        "SYNCHRONIZE: u32 = 1048576",
        "SYNCHRONIZE: u32 = 1048577",
        "const SYNCHRONIZE: u32=1048577 here, u32=1048576 by the headers",
    ),
    (
        "types.rs",
        "WdfUseDefault: Type = 2",
        "WdfUseDefault: Type = 3",
        "enum _WDF_TRI_STATE, WdfUseDefault: 3 here, 2 by the headers",
    ),
    (
        "types.rs",
        "    pub const WdfUseDefault: Type = 2;\n",
        "",
        "all of _WDF_TRI_STATE: abridged here, whole by the headers",
    ),
    (
        "types.rs",
        "struct _WDF_TIMER_CONFIG: 40, 8;",
        "struct _WDF_TIMER_CONFIG: 32, 8;",
        "the size of struct _WDF_TIMER_CONFIG: 32 here, 40 by the headers",
    ),
    (
        "types.rs",
        "UseHighResolutionTimer 32",
        "UseHighResolutionTimer 28",
        "struct _WDF_TIMER_CONFIG: 28:UseHighResolutionTimer here, no such field by the headers",
    ),
    (
        "types.rs",
        "struct _PROCESSOR_NUMBER: 4, 2;",
        "struct _PROCESSOR_NUMBER: 4, 4;",
        "the alignment of struct _PROCESSOR_NUMBER: 4 here, 2 by the headers",
    ),
];

/// The same of declarations in Rust's spelling.
const DECLARED: [Break; 10] = [
    (
        "crates/dirql/src/kernel/pshed/kind.rs",
        "BMC = 14;",
        "BMC = 15;",
        "WheaErrSrcTypeBMC of crates/dirql/src/kernel/pshed/kind.rs: 15 here, 14 by the headers",
    ),
    (
        "crates/dirql/src/kernel/pshed/layout/registration.rs",
        "pub(crate) version: u32,\n    pub(crate) context",
        "pub(crate) version: u16,\n    pub(crate) more: u16,\n    pub(crate) context",
        "the offsets of RegistrationPacket",
    ),
    (
        "crates/dirql/src/kernel/pshed/layout/registration.rs",
        "pub(crate) handle: *mut c_void,",
        "",
        "RegistrationPacket of crates/dirql/src/kernel/pshed/layout/registration.rs, _WHEA_PSHED_PLUGIN_REGISTRATION_PACKET_V2: 144 here, 152 by the headers",
    ),
    (
        "crates/dirql/src/kernel/pshed/layout/registration.rs",
        "PACKET_V1: u32 = 0x0001_0000",
        "PACKET_V1: u32 = 0x0001_0001",
        "65537 here, 65536 by the headers",
    ),
    (
        "crates/dirql/src/kernel/pshed/layout/source.rs",
        "pub(crate) struct Nmi {",
        "pub(crate) struct Other {} #[repr(C, packed)] pub(crate) struct Nmi {",
        "struct Other of crates/dirql/src/kernel/pshed/layout/source.rs has no row",
    ),
    (
        "crates/dirql/src/kernel/pshed/layout/callback.rs",
        "unsafe extern \"C\" fn(*mut c_void, u32, u32, *mut u8) -> i32;",
        "unsafe extern \"C\" fn(*mut c_void, u32, u64, *mut u8) -> i32;",
        "Write of crates/dirql/src/kernel/pshed/layout/callback.rs, PSHED_PI_WRITE_ERROR_RECORD: (ptr, u32, u64, ptr) -> i32 here, (ptr, u32, u32, ptr) -> i32 by the headers",
    ),
    (
        "crates/dirql-trace/src/sys.rs",
        "class: i32,",
        "class: u32,",
        "EtwSetInformation of crates/dirql-trace/src/sys.rs: (u64, u32, ptr, u32) -> i32 here",
    ),
    (
        "crates/dirql-trace/src/sys.rs",
        "SET_TRAITS: i32 = 2",
        "SET_TRAITS: i32 = 3",
        "3 here, 2 by the headers",
    ),
    (
        "tests/guests/plugin/src/routines.rs",
        "\"HAL.dll\": KeStall",
        "\"ntoskrnl.exe\": KeStall",
        "the module of KeStallExecutionProcessor in tests/guests/plugin/src/routines.rs: ntoskrnl.exe here, HAL.dll by the headers",
    ),
    (
        "tests/guests/plugin/src/routines.rs",
        "KeResetEvent;",
        "KeResetEvents;",
        "fn KeResetEvents has no row",
    ),
];

#[test]
fn a_fact_that_is_broken_is_named() {
    let table = Table::read();
    let both: [(BTreeMap<String, String>, &[Break], Compare); 2] = [
        (bindings::sources(), &BINDINGS, bindings::compare),
        (declared::sources(), &DECLARED, declared::compare),
    ];
    for (sources, breaks, compare) in both {
        for (file, from, to, says) in breaks {
            let mut sources = sources.clone();
            let text = sources.get_mut(*file).expect("the file is compared");
            assert_eq!(text.matches(from).count(), 1, "{file}: {from}");
            *text = text.replace(from, to);
            let found = compare(&sources, &table).differences;
            assert!(
                found.iter().any(|line| line.contains(says)),
                "{file}, {to}: {found:?}"
            );
        }
    }
}
