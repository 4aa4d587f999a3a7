//! The functions that `dirql` calls through the framework's table, held against the data of the bindings.

#[path = "../../cross/wdk-build/src/embedded/data.rs"]
#[allow(dead_code, reason = "what the build script takes besides")]
mod data;

use std::{collections::BTreeMap, fs};

use data::Item;
use xtask::Workspace;

fn read(path: &str) -> String {
    fs::read_to_string(Workspace::find().unwrap().root().join(path)).unwrap()
}

#[test]
fn every_function_has_its_type_and_its_place_and_no_other() {
    let text = read("cross/wdk-build/embedded/wdf.txt");
    let items = data::read("wdf.txt", &text, None).unwrap_or_else(|bad| panic!("{bad}"));
    let expected: BTreeMap<String, String> = items
        .iter()
        .filter_map(|(_, item)| match item {
            Item::Entry { name, .. } => Some((
                (*name).to_owned(),
                format!("PFN_{}, {name}TableIndex", name.to_uppercase()),
            )),
            _ => None,
        })
        .collect();
    let arms = read("crates/dirql/src/framework_table/functions.rs");
    let found: BTreeMap<String, String> = arms
        .lines()
        .filter_map(|line| {
            let rest = line.trim().strip_prefix('(')?;
            let (name, rest) = rest.split_once(" $($rest:tt)*) => { $crate::__call!(")?;
            let (call, _) = rest.split_once(" $($rest)*)")?;
            Some((name.to_owned(), call.to_owned()))
        })
        .collect();
    assert!(expected.len() > 390, "{}", expected.len());
    assert_eq!(found, expected);
}

#[test]
fn what_a_version_guarantees_is_what_it_was_released_with() {
    let guaranteed = read("crates/dirql/src/framework_table/mod.rs");
    let released = read("cross/wdk-build/src/embedded/framework.rs");
    let functions = |minor: u32| -> usize {
        let (_, rest) = released.split_once(&format!("\n    ({minor}, ")).unwrap();
        rest.split_once(',').unwrap().0.parse().unwrap()
    };
    // 1.29 is not among the released that have headers; fxlibrarycommon.cpp has its count, 454.
    for (arm, count) in [
        ("25..29", functions(25).min(functions(27))),
        ("29..31", 454),
        ("31..", functions(31).min(functions(33))),
    ] {
        assert!(
            guaranteed.contains(&format!("    {arm} => {count},\n")),
            "{arm}"
        );
    }
}
