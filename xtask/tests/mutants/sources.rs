//! The mutants against the sources, with nothing built: each fits them, each is in a table, and they do not name any.

use std::{collections::BTreeSet, fs, path::Path};

use xtask::{Workspace, miri, mutant::Mutant};

use crate::{adapters, faults, orders, table, video, wdf};

#[test]
fn what_each_mutant_replaces_stands_in_the_sources_once() {
    let workspace = Workspace::find().unwrap();
    for name in Mutant::names(&workspace).unwrap() {
        let changes = Mutant::read(&workspace, &name).and_then(|mutant| mutant.changes(&workspace));
        if let Err(error) = changes {
            panic!("{error}");
        }
    }
}

#[test]
fn each_mutant_is_in_a_table() {
    let names = Mutant::names(&Workspace::find().unwrap()).unwrap();
    let entries = table::TABLE.iter().chain(video::TABLE);
    let in_tables: BTreeSet<_> = entries
        .map(|entry| entry.name)
        .chain(miri::MUTANTS)
        .chain(adapters::TABLE.iter().map(|entry| entry.name))
        .chain(wdf::TABLE.iter().map(|entry| entry.name))
        .chain(faults::TABLE.iter().map(|refused| refused.name))
        .chain(orders::EXPLORED.iter().map(|explored| explored.name))
        .chain(orders::OF_THE_MINIPORT.iter().map(|explored| explored.name))
        .collect();
    assert_eq!(names, Vec::from_iter(in_tables));
}

#[test]
fn what_is_wrong_with_each_mutant_is_said_once() {
    let of_suites = |name| {
        let mut entries = table::TABLE.iter().chain(video::TABLE);
        entries.any(|entry| entry.name == name)
    };
    for explored in orders::EXPLORED.iter().chain(orders::OF_THE_MINIPORT) {
        assert_ne!(
            explored.defect.is_some(),
            of_suites(explored.name),
            "{}",
            explored.name
        );
    }
}

/// The files in `folder` and below.
fn visit(folder: &Path, look: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, look);
        } else {
            look(&path);
        }
    }
}

/// How routines of NT speak of its mutant objects, in lower case.
const OF_NT: [&str; 4] = [
    "keinitializemutant (mutant: prkmutant",
    "kequeryownermutant (mutant: pkmutant",
    "kereadstatemutant (mutant: prkmutant",
    "kereleasemutant (mutant: prkmutant",
];

#[test]
fn the_projects_own_code_names_no_mutant() {
    let root = Workspace::find().unwrap().root().to_path_buf();
    let mut folders = vec![root.join("driver"), root.join("miniport")];
    for entry in fs::read_dir(root.join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        // The inspection refuses what has the mark.
        if !folder.ends_with("cargo-ntdriver") {
            folders.push(folder.join("src"));
        }
    }
    let mut files = 0;
    for folder in folders {
        visit(&folder, &mut |path| {
            files += 1;
            let text = String::from_utf8_lossy(&fs::read(path).unwrap()).to_lowercase();
            // What NT calls a mutant is another thing.
            let text = OF_NT
                .iter()
                .fold(text, |text, of_nt| text.replace(of_nt, ""));
            assert!(
                !text.contains("mutant"),
                "{} names a mutant",
                path.display()
            );
        });
    }
    assert!(files > 100, "{files} files are not all that there are");
}
