//! The data files of the embedded bindings, and what cross/wdk-build writes from them.

#[path = "../../cross/wdk-build/src/embedded/data.rs"]
mod data;
#[path = "../../cross/wdk-build/src/embedded/generate.rs"]
#[allow(dead_code, reason = "the types are what these tests look at")]
mod generate;

use std::{collections::HashSet, fmt::Write, fs};

use data::{Aggregate, Item};
use xtask::Workspace;

const FILES: [&str; 8] = [
    "nt.txt",
    "wdf.txt",
    "gpio.txt",
    "hid.txt",
    "parallel_ports.txt",
    "spb.txt",
    "storage.txt",
    "usb.txt",
];

fn text(file: &str) -> String {
    let root = Workspace::find().unwrap().root().to_path_buf();
    fs::read_to_string(root.join("cross/wdk-build/embedded").join(file)).unwrap()
}

fn items<'a>(file: &str, text: &'a str, minor: Option<u8>) -> Vec<Item<'a>> {
    let read = data::read(file, text, minor).unwrap_or_else(|malformed| panic!("{malformed}"));
    read.into_iter().map(|(_, item)| item).collect()
}

fn aggregate<'a>(items: &'a [Item<'a>], name: &str) -> &'a Aggregate<'a> {
    let found = items.iter().find_map(|item| match item {
        Item::Aggregate(of) if of.name == name => Some(of),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn every_type_has_its_size_and_each_offset_asserted() {
    let mut types = 0;
    for file in FILES {
        let text = text(file);
        let items = items(file, &text, Some(33));
        let rust = generate::types(&items);
        let asserted: HashSet<&str> = rust
            .lines()
            .filter(|line| line.starts_with("layout! "))
            .collect();
        for item in &items {
            let Item::Aggregate(of) = item else { continue };
            let keyword = if of.is_union { "union" } else { "struct" };
            let mut offsets = String::new();
            for field in &of.fields {
                write!(offsets, " {} {},", field.name, field.offset).unwrap();
            }
            let line = format!(
                "layout! {{ {keyword} {}: {}, {};{offsets} }}",
                of.name, of.size, of.align
            );
            assert!(asserted.contains(&*line), "{file}: {line}");
            types += 1;
        }
    }
    println!("{types} types");
    assert!(types > 3000, "{types} types");
}

#[test]
fn no_file_declares_one_thing_twice() {
    for file in FILES {
        let text = text(file);
        let mut seen = HashSet::new();
        for item in items(file, &text, Some(31)) {
            assert!(seen.insert(item.key()), "{file}: {:?}", item.key());
        }
    }
}

#[test]
fn an_import_that_no_bindings_have_is_declared_in_one_file_alone() {
    let texts = FILES.map(|file| (file, text(file)));
    let mut declared = HashSet::new();
    for (file, text) in &texts {
        declared.extend(items(file, text, Some(33)).iter().map(Item::key));
    }
    let beside = text("exports.txt");
    let mut seen = HashSet::new();
    for item in items("exports.txt", &beside, Some(33)) {
        assert!(!declared.contains(&item.key()), "{:?}", item.key());
        assert!(seen.insert(item.key()), "{:?}", item.key());
        let is_exported = match &item {
            Item::Routine { exporter, .. } => exporter.is_some(),
            Item::Variable { module, .. } => module.is_some(),
            _ => true,
        };
        assert!(is_exported, "{:?}", item.key());
    }
    assert!(seen.len() > 60);
}

/// The counts are those that fxlibrarycommon.cpp of the framework compares a driver's with.
#[test]
fn each_version_of_the_framework_has_its_own_functions_and_sizes() {
    let text = text("wdf.txt");
    for (minor, functions) in [
        (9, 396),
        (11, 432),
        (13, 438),
        (15, 444),
        (17, 444),
        (19, 446),
        (21, 448),
        (23, 451),
        (25, 453),
        (27, 453),
        (31, 458),
        (33, 458),
    ] {
        let items = items("wdf.txt", &text, Some(minor));
        let found = items.iter().find_map(|item| match item {
            Item::Enumeration { name, members, .. } if *name == "_WDFFUNCENUM" => Some(members),
            _ => None,
        });
        let members = found.expect("the enumeration of the functions");
        assert_eq!(members.len(), functions, "1.{minor}");
        for (index, (value, name)) in members.iter().enumerate() {
            assert_eq!(*value, index.to_string(), "1.{minor}: {name}");
        }
        for item in &items {
            if let Item::Entry { index, name, .. } = item {
                assert_eq!(members[*index].1, format!("{name}TableIndex"), "1.{minor}");
            }
        }
    }
    let size = |minor, name| aggregate(&items("wdf.txt", &text, Some(minor)), name).size;
    assert_eq!(
        [9, 11, 13, 31].map(|minor| size(minor, "_WDF_INTERRUPT_CONFIG")),
        [56, 96, 104, 104]
    );
    assert_eq!(
        [27, 31].map(|minor| size(minor, "_WDF_DEVICE_STATE")),
        [28, 32]
    );
}

#[test]
fn a_field_that_a_version_added_is_not_in_the_one_before() {
    let text = text("wdf.txt");
    let has = |minor| {
        let items = items("wdf.txt", &text, Some(minor));
        let fields = &aggregate(&items, "_WDF_DEVICE_STATE").fields;
        fields.iter().any(|field| field.name == "AssignedToGuest")
    };
    assert!(has(31));
    assert!(!has(27));
}

#[test]
fn what_only_a_framework_driver_can_use_is_left_out_for_wdm() {
    let text = "[spb.h]\nconst A: u32 = 1\n[spbcx.h] KMDF\nconst B: u32 = 2\n";
    assert_eq!(items("t", text, Some(31)).len(), 2);
    assert_eq!(items("t", text, None).len(), 1);
}

#[test]
fn a_line_that_cannot_be_read_is_named_with_its_place() {
    for (text, says) in [
        (
            "[wdm.h]\nstruct _PAIR 16\n",
            "t.txt:2: a name, a size and an alignment: `struct _PAIR 16`",
        ),
        (
            "[wdm.h]\nstruct _PAIR 16 8\n 0 First ULONG\n",
            "t.txt:3: a part is missing: `0 First ULONG`",
        ),
        ("[wdm.h]\nclass _PAIR\n", "t.txt:2: no such kind of item"),
        (
            "[wdm.h]\ntype A = ULONG\n 0 First: ULONG\n",
            "t.txt:3: this item has no fields",
        ),
        (
            "[wdm.h]\nfn KeBeep() @HAL.dll irql 0..16 wdm.h\n",
            "t.txt:2: no IRQL",
        ),
        (
            "[wdm.h]\nfn KeBeep() @HAL.dll irql 2..0 wdm.h\n",
            "t.txt:2: no range of IRQLs",
        ),
    ] {
        let malformed = data::read("t.txt", text, None).unwrap_err().to_string();
        assert!(malformed.contains(says), "{malformed}");
    }
}

#[test]
fn types_are_written_as_bindgen_writes_them() {
    let text = "[wdm.h]
type PROUTINE = fn(Context: PVOID, fn(Status: c_long) -> c_ulong, ...) -> *mut c_void
struct _FLAGS 4 4 packed
 0 _bitfield_1: __BindgenBitfieldUnit<[u8; 4]>
  3+2 Kind: ULONG
fn KeBeep(Tone: c_uint) -> NTSTATUS @HAL.dll
static mut PsKind: *mut POBJECT_TYPE @ntoskrnl.exe constant
";
    let items = items("t", text, None);
    let types = generate::types(&items);
    assert!(types.contains(
        "pub type PROUTINE = ::core::option::Option<unsafe extern \"C\" fn(Context: PVOID, \
         ::core::option::Option<unsafe extern \"C\" fn(Status: i32) -> u32>, ...) -> *mut ::core::ffi::c_void>;"
    ));
    assert!(types.contains("#[repr(C, packed)] #[derive(Debug)] pub struct _FLAGS {"));
    assert!(types.contains(
        "pub fn Kind(&self) -> ULONG { unsafe { self._bitfield_1.get(3, 2) as ULONG } }"
    ));
    let routines = generate::routines(&items);
    assert!(routines.contains("link(name = \"HAL.dll\""));
    assert!(routines.contains("#[must_use] pub fn KeBeep(Tone: ::core::ffi::c_uint) -> NTSTATUS;"));
    assert_eq!(
        generate::second_names(&items).collect::<Vec<_>>(),
        ["/ALTERNATENAME:PsKind=__imp_PsKind"]
    );
}
