//! The crate's floors hold: a folder knows those below it and none above, and no files lean on one another in a circle.
//!
//! What is looked at is what a file names: its imports, and every path of the crate in its code. Two files of one folder
//! that reach each other through methods of one type show in no import, and are not looked at.

mod graph;
mod names;

use std::{collections::BTreeMap, fs, path::Path};

use graph::circles;
use names::Files;

/// The floors from the ground up. Folders of one floor know nothing of one another.
const FLOORS: [&[&str]; 7] = [
    &["declared", "guest"],
    &["device"],
    &["kernel"],
    &["wdf", "whea", "etw", "video_port"],
    &["system"],
    &["machine"],
    &["explore", "picture"],
];

/// The largest circle of files that is tolerated.
const CIRCLE_MAX: usize = 4;

/// How many fields the type has that puts everything together.
const FIELDS_MAX: usize = 12;

/// The files that may hold function pointers: the tables of what a driver can call, and what the host asked to be told.
const TABLES: [&str; 2] = ["system/exports/", "machine/"];

fn floor_of(file: &str) -> Option<usize> {
    let folder = file.split('/').next()?;
    FLOORS.iter().position(|floor| floor.contains(&folder))
}

/// What a file of a floor may not name: a sentence each.
fn upward(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (from, file) in files.iter() {
        let Some(floor) = floor_of(from) else {
            continue;
        };
        for to in &file.names {
            let same_folder = from.split('/').next() == to.split('/').next();
            if !same_folder && floor_of(to).is_none_or(|other| other >= floor) {
                found.push(format!("{from} names {to}, which is no floor below it"));
            }
        }
        for to in &file.implements {
            if from.split('/').next() != to.split('/').next() {
                found.push(format!("{from} has an impl block for a type of {to}"));
            }
        }
        if file.erases && !FLOORS[floor].contains(&"machine") {
            found.push(format!(
                "{from} uses dyn Any, by which a floor could reach anything"
            ));
        }
        if file.points && !TABLES.iter().any(|table| from.starts_with(table)) {
            found.push(format!(
                "{from} has a function pointer, by which a floor could call one above"
            ));
        }
    }
    found
}

fn large_circles(files: &Files) -> Vec<String> {
    let edges: BTreeMap<&str, Vec<&str>> = files
        .iter()
        .map(|(from, file)| (from, file.names.iter().map(String::as_str).collect()))
        .collect();
    circles(&edges)
        .into_iter()
        .filter(|circle| circle.len() > CIRCLE_MAX)
        .map(|circle| {
            format!(
                "{} files lean on one another: {}",
                circle.len(),
                circle.join(", ")
            )
        })
        .collect()
}

fn read(folder: &Path, prefix: &str, sources: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        let name = path
            .file_name()
            .expect("an entry has a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            read(&path, &format!("{prefix}{name}/"), sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("the file can be read");
            sources.insert(format!("{prefix}{name}"), text);
        }
    }
}

fn of_the_crate() -> Files {
    let mut sources = BTreeMap::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    read(&folder, "", &mut sources);
    sources.retain(|path, _| !path.starts_with("bin/"));
    Files::parse(&sources)
}

#[test]
fn no_floor_knows_one_above_it() {
    let files = of_the_crate();
    assert!(files.iter().count() > 100, "the files are found");
    let found = upward(&files);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_folder_is_on_a_floor() {
    let files = of_the_crate();
    let stray: Vec<&str> = files
        .iter()
        .map(|(path, _)| path)
        .filter(|path| floor_of(path).is_none() && *path != "lib.rs")
        .collect();
    assert!(stray.is_empty(), "{stray:?} are on no floor");
}

#[test]
fn no_more_than_four_files_lean_on_one_another() {
    let found = large_circles(&of_the_crate());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_puts_everything_together_is_small() {
    let files = of_the_crate();
    let system = files.get("system/mod.rs").expect("the system has a file");
    let fields = system.fields.get("System").expect("the system is a struct");
    assert!(*fields <= FIELDS_MAX, "System has {fields} fields");
}

fn made_up(sources: &[(&str, &str)]) -> Files {
    let sources = sources
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    Files::parse(&sources)
}

#[test]
fn an_upward_path_is_found_wherever_it_stands() {
    for text in [
        "use crate::wdf::Wdf;",
        "use crate::{guest::Guest, wdf::{self, Wdf}};",
        "fn f() { let wdf = crate::wdf::Wdf; }",
        "fn f(wdf: &crate::wdf::Wdf) {}",
        "fn f() { g(|| matches!(1, crate::wdf::FIRST)); }",
    ] {
        let files = made_up(&[
            ("guest/mod.rs", "pub struct Guest;"),
            ("wdf/mod.rs", "pub struct Wdf; pub const FIRST: u8 = 1;"),
            ("kernel/dpc.rs", text),
        ]);
        let found = upward(&files);
        assert_eq!(
            found,
            ["kernel/dpc.rs names wdf/mod.rs, which is no floor below it"],
            "{text}"
        );
    }
}

#[test]
fn the_crates_root_is_above_every_floor() {
    let files = made_up(&[
        ("lib.rs", "pub use kernel::Log;"),
        ("kernel/mod.rs", "use crate::Log;"),
    ]);
    let found = upward(&files);
    assert_eq!(
        found,
        ["kernel/mod.rs names lib.rs, which is no floor below it"]
    );
}

#[test]
fn folders_of_one_floor_know_nothing_of_one_another() {
    let files = made_up(&[
        ("wdf/mod.rs", "pub struct Wdf;"),
        ("whea/mod.rs", "use crate::wdf::Wdf;"),
    ]);
    let found = upward(&files);
    assert_eq!(
        found,
        ["whea/mod.rs names wdf/mod.rs, which is no floor below it"]
    );
}

#[test]
fn an_impl_block_for_another_floors_type_is_found() {
    let files = made_up(&[
        ("kernel/mod.rs", "pub struct Kernel<A>(A);"),
        (
            "wdf/dpc.rs",
            "use crate::kernel::Kernel; impl<A> Kernel<A> { fn queue(&self) {} }",
        ),
    ]);
    let found = upward(&files);
    assert_eq!(
        found,
        ["wdf/dpc.rs has an impl block for a type of kernel/mod.rs"]
    );
}

#[test]
fn ways_round_the_floors_are_found() {
    let files = made_up(&[
        ("kernel/dpc.rs", "struct Dpc { ended: fn(u64) }"),
        ("kernel/time.rs", "fn f(timer: Box<dyn std::any::Any>) {}"),
        ("system/exports/mod.rs", "type Routine = fn(u64);"),
    ]);
    let found = upward(&files);
    assert_eq!(
        found,
        [
            "kernel/dpc.rs has a function pointer, by which a floor could call one above",
            "kernel/time.rs uses dyn Any, by which a floor could reach anything",
        ]
    );
}

#[test]
fn a_large_circle_is_found_with_its_files() {
    let text = |next: &str| format!("use super::{next}::X; pub struct X;");
    let ring = ["a", "b", "c", "d", "e", "a"];
    let sources: BTreeMap<String, String> = ring
        .windows(2)
        .map(|pair| (format!("kernel/{}.rs", pair[0]), text(pair[1])))
        .collect();
    let found = large_circles(&Files::parse(&sources));
    let all = "kernel/a.rs, kernel/b.rs, kernel/c.rs, kernel/d.rs, kernel/e.rs";
    assert_eq!(found, [format!("5 files lean on one another: {all}")]);
    let mut four = sources;
    four.insert("kernel/d.rs".to_owned(), text("a"));
    assert_eq!(large_circles(&Files::parse(&four)), Vec::<String>::new());
}
