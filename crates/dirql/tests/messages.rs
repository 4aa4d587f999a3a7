//! docs/compiler-messages.md names every program that must not compile, once, with the code of its message.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

const PAGE: &str = include_str!("../../../docs/compiler-messages.md");

/// The programs that must not compile, with the first line of the compiler's message.
fn programs() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/fail");
    let mut programs = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the folder is in the repository") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "stderr") {
            let name = path.file_stem().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("a file of the repository");
            let message = text.lines().find(|line| line.starts_with("error"));
            programs.insert(
                name.into_owned(),
                message.expect("the compiler refuses it").to_owned(),
            );
        }
    }
    programs
}

/// The words in backticks of a cell.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The codes in the text of a cell.
fn codes(cell: &str) -> BTreeSet<String> {
    let words = cell.split(|sign: char| !sign.is_ascii_alphanumeric());
    words
        .filter(|word| word.len() == 5 && word.starts_with('E') && word[1..].parse::<u32>().is_ok())
        .map(str::to_owned)
        .collect()
}

#[test]
#[cfg_attr(miri, ignore = "it reads the repository")]
fn the_page_of_messages_has_each_refused_program_once_with_its_code() {
    let programs = programs();
    assert!(!programs.is_empty());
    let mut listed = BTreeSet::new();
    let mut message = "";
    for line in PAGE.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [said, _, _, names] = cells[..] else {
            panic!("a row has four cells: {line}");
        };
        if said != "the same" {
            message = said;
        }
        for name in quoted(names) {
            assert!(listed.insert(name.to_owned()), "{name} is listed twice");
            let refused = programs
                .get(name)
                .unwrap_or_else(|| panic!("{name} is no program that is refused"));
            let known = codes(message);
            let fits = known.is_empty() || codes(refused).is_subset(&known);
            assert!(fits, "{name}: {refused}, and the page says {message}");
        }
    }
    let names: BTreeSet<String> = programs.into_keys().collect();
    assert_eq!(listed, names);
}
