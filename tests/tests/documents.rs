//! The table of the policies in docs/design.md says of each choice what the code does, and of no other.

use std::{fs, path::Path};

use ntsim::Choice;

/// The names that a cell has in backticks.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_table_of_policies_names_each_choice_with_its_default_and_its_other_values() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/design.md");
    let text = fs::read_to_string(page).expect("docs/design.md is there");
    let (_, table) = text
        .split_once("\n| policy | default | else | what is open |\n|---|---|---|---|\n")
        .expect("the page has the table");
    let mut documented = Vec::new();
    for row in table.lines().take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').splitn(4, '|').collect();
        let [policy, default, others, open] = cells[..] else {
            panic!("a row has four cells: {row}")
        };
        let ([policy], [default]) = (&names(policy)[..], &names(default)[..]) else {
            panic!("a row has one policy and one default: {row}")
        };
        assert!(!open.trim().is_empty(), "{policy}: nothing is open");
        documented.push((*policy, *default, names(others)));
    }
    let chosen: Vec<_> = Choice::ALL
        .iter()
        .map(|choice| {
            let default = choice.default_value();
            let values = choice.values.iter().copied();
            let others: Vec<&str> = values.filter(|value| *value != default).collect();
            (choice.name, default, others)
        })
        .collect();
    assert_eq!(documented, chosen, "in the order of the code");
}
