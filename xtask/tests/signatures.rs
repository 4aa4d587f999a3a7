//! The data files say of each routine that the simulator models how its arguments are passed.

#[path = "../../cross/wdk-build/src/embedded/data.rs"]
#[allow(dead_code, reason = "what the build script takes besides")]
mod data;
#[path = "../../cross/wdk-build/src/embedded/signature.rs"]
mod signature;

use std::fs;

use signature::{Passed, signatures};
use xtask::Workspace;

const POINTER: Passed = Passed::Pointer;

fn unsigned(bytes: usize) -> Passed {
    Passed::Number(bytes, Some(false))
}

fn signed(bytes: usize) -> Passed {
    Passed::Number(bytes, Some(true))
}

fn read(path: &str) -> String {
    fs::read_to_string(Workspace::find().unwrap().root().join(path)).unwrap()
}

fn items<'a>(texts: &'a [(&str, String)]) -> Vec<data::Item<'a>> {
    let mut items = Vec::new();
    for (file, text) in texts {
        let read = data::read(file, text, Some(33)).unwrap_or_else(|bad| panic!("{bad}"));
        items.extend(read.into_iter().map(|(_, item)| item));
    }
    items
}

fn texts() -> [(&'static str, String); 2] {
    ["nt.txt", "wdf.txt"].map(|file| (file, read(&format!("cross/wdk-build/embedded/{file}"))))
}

/// What stands as `NAME(LOWEST, HIGHEST) = FLOOR.ROUTINE;` in a table of the simulator.
fn modelled(path: &str) -> Vec<String> {
    let text = read(path);
    let entry = |line: &str| {
        let (name, rest) = line.trim().split_once('(')?;
        let (_, routine) = rest.split_once(") = ")?;
        let is_entry =
            routine.contains('.') && routine.ends_with(';') && !name.contains(' ') && name != "pub";
        is_entry.then(|| name.to_owned())
    };
    text.lines().filter_map(entry).collect()
}

/// What the loader of the framework exports, what takes the place of the driver's own routine, and a deprecated routine that
/// the bindings leave out.
const OF_NO_HEADER: [&str; 6] = [
    "ExAllocatePoolWithTag",
    "FxDriverUnload",
    "WdfVersionBind",
    "WdfVersionBindClass",
    "WdfVersionUnbind",
    "WdfVersionUnbindClass",
];

#[test]
fn each_routine_that_the_simulator_models_has_its_signature() {
    let texts = texts();
    let items = items(&texts);
    let found = signatures(&items);
    let mut names = modelled("crates/ntsim/src/system/exports/kernel.rs");
    names.extend(modelled("crates/ntsim/src/system/exports/framework.rs"));
    assert!(names.len() > 110, "{names:?}");
    let mut unknown = Vec::new();
    for name in names {
        let Some(signature) = found.get(&*name) else {
            unknown.push(name);
            continue;
        };
        let is_framework = name.starts_with("Wdf");
        assert!(is_framework || signature.module.is_some(), "{name}");
        let passed = signature.parameters.iter().map(|(_, passed)| passed);
        for passed in passed.chain([&signature.result]) {
            assert!(!matches!(passed, Passed::Unknown(_)), "{name}: {passed:?}");
        }
    }
    unknown.sort_unstable();
    assert_eq!(unknown, OF_NO_HEADER);
}

#[test]
fn widths_and_signs_are_those_of_the_declarations() {
    let texts = texts();
    let items = items(&texts);
    let found = signatures(&items);
    for (name, module, parameters, result) in [
        (
            "KeSynchronizeExecution",
            Some("ntoskrnl.exe"),
            vec![POINTER, POINTER, POINTER],
            unsigned(1),
        ),
        // An enumeration, a character that has a sign, and a pointer to a structure.
        (
            "KeWaitForSingleObject",
            Some("ntoskrnl.exe"),
            vec![
                POINTER,
                signed(4),
                Passed::Number(1, None),
                unsigned(1),
                POINTER,
            ],
            signed(4),
        ),
        // A union by value.
        (
            "MmMapIoSpaceEx",
            Some("ntoskrnl.exe"),
            vec![Passed::Bytes(8), unsigned(8), unsigned(4)],
            POINTER,
        ),
        (
            "KeBugCheckEx",
            Some("ntoskrnl.exe"),
            vec![
                unsigned(4),
                unsigned(8),
                unsigned(8),
                unsigned(8),
                unsigned(8),
            ],
            Passed::Never,
        ),
        ("WdfSpinLockAcquire", None, vec![POINTER], Passed::Nothing),
        ("WdfTimerStart", None, vec![POINTER, signed(8)], unsigned(1)),
    ] {
        let signature = &found[name];
        let passed: Vec<_> = signature
            .parameters
            .iter()
            .map(|(_, passed)| passed.clone())
            .collect();
        assert_eq!(signature.module, module, "{name}");
        assert_eq!(passed, parameters, "{name}");
        assert_eq!(signature.result, result, "{name}");
        assert!(!signature.is_variadic, "{name}");
    }
    let print = &found["DbgPrint"];
    assert_eq!((print.parameters.len(), print.is_variadic), (1, true));
    assert_eq!(print.parameters[0].0, "Format");
}
