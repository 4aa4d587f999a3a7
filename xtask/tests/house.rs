//! The page of the design shows the house: each folder of sources has its line, and each line its folder.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use xtask::Workspace;

/// The folders whose own folders have lines.
const OPENED: [&str; 7] = [
    "crates",
    "crates/dirql/src",
    "crates/dirql/src/kernel",
    "crates/ntsim/src",
    "crates/dirql-harness/src",
    "driver",
    "tests",
];

fn root() -> PathBuf {
    Workspace::find().unwrap().root().to_path_buf()
}

/// The folders that the page has lines for.
fn lines() -> BTreeSet<String> {
    let page = fs::read_to_string(root().join("docs/design.md")).unwrap();
    let (_, rest) = page
        .split_once("## The house")
        .expect("the page has a house");
    let (house, _) = rest.split_once("\n## ").expect("something comes behind it");
    let rows = house.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| Some(row.split_once('`')?.0.to_owned()))
        .collect()
}

fn folders_of(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders
        .map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy()))
        .collect()
}

#[test]
fn each_folder_of_sources_has_its_line() {
    let lines = lines();
    let missing: Vec<String> = OPENED
        .into_iter()
        .flat_map(folders_of)
        .filter(|folder| !lines.contains(folder))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/design.md has no line for {missing:?}"
    );
}

#[test]
fn each_line_has_its_folder() {
    let root = root();
    let gone: Vec<String> = lines()
        .into_iter()
        .filter(|folder| !Path::new(&root).join(folder).is_dir())
        .collect();
    assert!(gone.is_empty(), "docs/design.md has a line for {gone:?}");
}
