//! The data files say of a routine how its arguments are passed, and what the project declares by itself agrees.

#[path = "../../cross/wdk-build/src/embedded/data.rs"]
#[allow(dead_code, reason = "what the build script takes besides")]
mod data;
#[path = "../../cross/wdk-build/src/embedded/signature.rs"]
mod signature;

use std::fs;

use signature::{Passed, signatures};
use syn::{Attribute, Expr, ExprLit, FnArg, ForeignItem, Item, Lit, Meta, ReturnType, Type};
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

fn texts() -> [(&'static str, String); 3] {
    ["nt.txt", "wdf.txt", "exports.txt"]
        .map(|file| (file, read(&format!("cross/wdk-build/embedded/{file}"))))
}

/// How the routines that a file of the project's own declares are passed what they take, by their names as exports.
fn of_the_file(path: &str) -> Vec<(String, Vec<Passed>, Passed)> {
    let file = syn::parse_file(&read(path)).unwrap();
    let blocks = file.items.into_iter().filter_map(|item| match item {
        Item::ForeignMod(block) => Some(block.items),
        _ => None,
    });
    let routines = blocks.flatten().filter_map(|item| match item {
        ForeignItem::Fn(routine) => Some(routine),
        _ => None,
    });
    let described = routines.map(|routine| {
        let name = routine.attrs.iter().find_map(link_name);
        let inputs = routine.sig.inputs.iter().map(|input| match input {
            FnArg::Typed(typed) => passed(&typed.ty),
            FnArg::Receiver(_) => panic!("a routine is no method"),
        });
        let result = match &routine.sig.output {
            ReturnType::Default => Passed::Nothing,
            ReturnType::Type(_, of) => passed(of),
        };
        (name.expect("it names its export"), inputs.collect(), result)
    });
    described.collect()
}

fn link_name(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("link_name") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(name),
                ..
            }) => Some(name.value()),
            _ => None,
        },
        _ => None,
    }
}

fn passed(of: &Type) -> Passed {
    let Type::Path(path) = of else {
        assert!(matches!(of, Type::Ptr(_)));
        return POINTER;
    };
    match &*path.path.segments.last().unwrap().ident.to_string() {
        "u8" => unsigned(1),
        "u32" => unsigned(4),
        // An enumeration of C is an `int`.
        "i32" | "Priority" => signed(4),
        "i64" => signed(8),
        name if name.ends_with("Routine") => POINTER,
        name => panic!("{name} is of no known size"),
    }
}

#[test]
fn what_the_miniports_crate_declares_is_what_the_data_declares() {
    let texts = texts();
    let items = items(&texts);
    let found = signatures(&items);
    let ours = of_the_file("crates/dirql-video/src/sys/imports.rs");
    assert_eq!(ours.len(), 8);
    for (name, parameters, result) in ours {
        let signature = &found[&*name];
        assert_eq!(signature.module, Some("VIDEOPRT.SYS"), "{name}");
        let passed = signature.parameters.iter().map(|(_, passed)| match passed {
            // A union of 8 bytes is passed as the number in it.
            Passed::Bytes(8) => signed(8),
            other => other.clone(),
        });
        assert_eq!(passed.collect::<Vec<_>>(), parameters, "{name}");
        assert_eq!(signature.result, result, "{name}");
    }
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
        assert!(signature.levels.is_some(), "{name}");
        assert_eq!(passed, parameters, "{name}");
        assert_eq!(signature.result, result, "{name}");
        assert!(!signature.is_variadic, "{name}");
    }
    let print = &found["DbgPrint"];
    assert_eq!((print.parameters.len(), print.is_variadic), (1, true));
    assert_eq!(print.parameters[0].0, "Format");
}
