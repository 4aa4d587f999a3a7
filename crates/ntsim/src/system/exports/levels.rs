//! The IRQLs at which exports may be called: what is checked against what is declared, and that against the pages.

use nt_model::Rule;

use crate::{
    declared,
    kernel::irql::{APC, DISPATCH, HIGH, PASSIVE},
    system::exports::{
        framework, kernel, lookup,
        table::{Export, Row},
        video_port, with_address,
    },
};

/// What is modelled and may be called anywhere, for neither a page nor a header says a word: routines of C, and reports of
/// errors, which "the context of a device interrupt" makes too; and the translation of an address by the bus driver.
const WITHOUT_A_WORD: [&str; 23] = [
    "PciTranslateBusAddress",
    "RtlAppendUnicodeStringToString",
    "RtlAppendUnicodeToString",
    "WheaAddHwErrorReportSectionDeviceDriver",
    "WheaCreateHwErrorReportDeviceDriver",
    "WheaHwErrorReportAbandonDeviceDriver",
    "WheaHwErrorReportSetSectionNameDeviceDriver",
    "WheaHwErrorReportSetSeverityDeviceDriver",
    "WheaHwErrorReportSubmitDeviceDriver",
    "WheaReportHwErrorDeviceDriver",
    "_snprintf",
    "_snwprintf",
    "_vsnprintf",
    "_vsnwprintf",
    "memcmp",
    "memcpy",
    "memmove",
    "memset",
    "strlen",
    "strncmp",
    "wcscat_s",
    "wcscpy_s",
    "wcslen",
];

/// What the pages and headers of the family of `KeSynchronizeExecution` and its surroundings say, read apart from the data.
/// DIRQL is whatever the interrupt has: the routine itself checks that bound. Of the two sides of a contradiction the
/// one that forbids more is declared.
const OF_THE_PAGES: [(&str, u8, u8); 41] = [
    // The page has DIRQL, the header HIGH_LEVEL, "the best that is available".
    ("KeSynchronizeExecution", PASSIVE, HIGH),
    ("KeAcquireInterruptSpinLock", PASSIVE, HIGH),
    ("KeReleaseInterruptSpinLock", PASSIVE, HIGH),
    ("IoConnectInterruptEx", PASSIVE, PASSIVE),
    ("IoDisconnectInterruptEx", PASSIVE, PASSIVE),
    ("IoConnectInterrupt", PASSIVE, PASSIVE),
    ("IoReportInterruptActive", PASSIVE, DISPATCH),
    ("IoReportInterruptInactive", PASSIVE, DISPATCH),
    ("WdfCmResourceListGetCount", PASSIVE, DISPATCH),
    ("WdfCmResourceListGetDescriptor", PASSIVE, DISPATCH),
    ("WdfInterruptSynchronize", PASSIVE, DISPATCH),
    // The header has DISPATCH_LEVEL + 1, which stands for DIRQL.
    ("WdfInterruptAcquireLock", PASSIVE, HIGH),
    ("WdfInterruptReleaseLock", PASSIVE, HIGH),
    ("WdfInterruptTryToAcquireLock", PASSIVE, PASSIVE),
    ("WdfInterruptCreate", PASSIVE, DISPATCH),
    ("WdfInterruptWdmGetInterrupt", PASSIVE, HIGH),
    ("WdfInterruptEnable", PASSIVE, PASSIVE),
    ("WdfInterruptDisable", PASSIVE, PASSIVE),
    ("WdfInterruptReportActive", PASSIVE, DISPATCH),
    ("WdfInterruptReportInactive", PASSIVE, DISPATCH),
    ("PshedSynchronizeExecution", PASSIVE, HIGH),
    // The page has DISPATCH_LEVEL, the header PASSIVE_LEVEL.
    ("PshedRegisterPlugin", PASSIVE, PASSIVE),
    ("PshedUnregisterPlugin", PASSIVE, PASSIVE),
    ("PshedIsSystemWheaEnabled", PASSIVE, HIGH),
    ("PshedAllocateMemory", PASSIVE, DISPATCH),
    ("PshedFreeMemory", PASSIVE, DISPATCH),
    ("WheaRemoveErrorSourceDeviceDriver", PASSIVE, PASSIVE),
    ("VideoPortSynchronizeExecution", PASSIVE, HIGH),
    ("VideoPortInitialize", PASSIVE, PASSIVE),
    ("VideoPortQueueDpc", DISPATCH, HIGH),
    // The pages have DISPATCH_LEVEL, the header APC_LEVEL.
    ("KeSetSystemGroupAffinityThread", PASSIVE, APC),
    ("KeRevertToUserGroupAffinityThread", PASSIVE, APC),
    // The page's row has PASSIVE_LEVEL, its remarks DISPATCH_LEVEL for a timeout of zero.
    ("ZwWaitForSingleObject", PASSIVE, PASSIVE),
    ("KeWaitForSingleObject", PASSIVE, DISPATCH),
    ("KeReleaseSpinLock", DISPATCH, DISPATCH),
    ("ExAllocatePool2", PASSIVE, DISPATCH),
    ("WdfDeviceInitAssignSDDLString", PASSIVE, PASSIVE),
    ("WdfDeviceInitSetDeviceClass", PASSIVE, DISPATCH),
    ("WdfDeviceCreateDeviceInterface", PASSIVE, PASSIVE),
    ("WdfRequestRetrieveInputBuffer", PASSIVE, DISPATCH),
    ("WdfSpinLockRelease", DISPATCH, DISPATCH),
];

fn rows() -> impl Iterator<Item = &'static Row> {
    let of_all = [framework::FUNCTIONS, kernel::EXPORTS, video_port::EXPORTS];
    of_all.into_iter().flatten()
}

#[test]
fn what_is_modelled_is_declared_with_its_parameters_and_its_irqls() {
    let mut without = Vec::new();
    for row in rows() {
        let found = declared::routine(row.name);
        let found = found.unwrap_or_else(|| panic!("{} is declared nowhere", row.name));
        assert!(found.parameters.is_some(), "{}", row.name);
        if found.source.is_none() && row.narrowed.is_empty() {
            without.push(row.name);
        }
    }
    without.sort_unstable();
    assert_eq!(without, WITHOUT_A_WORD);
}

#[test]
fn a_table_has_a_name_once() {
    let mut names: Vec<_> = rows().map(|row| row.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn a_call_is_refused_where_the_declaration_does_not_allow_it() {
    for row in rows() {
        let export = with_address(row.name);
        let (lowest, highest) = match row.narrowed {
            [] => export.declaration.irql,
            [narrowed] => narrowed.irql,
            _ => panic!("{} is narrowed twice", row.name),
        };
        for level in PASSIVE..=HIGH {
            let refused = export.refuses(level);
            assert_eq!(
                refused.as_ref().map(|failure| failure.cause),
                (level < lowest || level > highest).then_some(Rule::Irql.into()),
                "{} at {level}",
                row.name
            );
        }
    }
}

#[test]
fn a_range_of_the_tables_own_is_within_the_declared_one_and_says_why() {
    for row in rows() {
        let (lowest, highest) = declared::routine(row.name).expect("it is declared").irql;
        for narrowed in row.narrowed {
            let (low, high) = narrowed.irql;
            let is_within = lowest <= low && low <= high && high <= highest;
            assert!(
                is_within && narrowed.irql != (lowest, highest),
                "{}",
                row.name
            );
            assert!(narrowed.why.contains(' '), "{}", row.name);
        }
    }
}

#[test]
fn what_is_not_modelled_is_called_anywhere_and_ends_the_run_there() {
    let export: Export = with_address("WdfFdoInitQueryProperty");
    assert!(lookup::row("WdfFdoInitQueryProperty").is_none());
    assert_eq!(export.declaration.irql, (PASSIVE, PASSIVE));
    assert!(export.refuses(HIGH).is_none());
}

#[test]
fn what_is_declared_is_what_the_pages_say() {
    for (name, lowest, highest) in OF_THE_PAGES {
        let found = declared::routine(name);
        let found = found.unwrap_or_else(|| panic!("{name} is declared nowhere"));
        assert_eq!(found.irql, (lowest, highest), "{name}");
        // The page of a routine, or the header that declares it.
        let source = found.source.unwrap_or_default();
        assert!(
            source.contains("/n") || source.strip_suffix(".h").is_some(),
            "{name}: {source}"
        );
    }
}
