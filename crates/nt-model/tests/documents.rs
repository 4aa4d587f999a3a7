//! The pages under docs/ say of the rules and the policies what the code does, and of no others.

use std::{fs, path::Path};

use nt_model::{Choice, Limit, Rule};

fn page(name: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::read_to_string(page.join(name)).expect("the page is there")
}

/// What each rule's section has to say, by the words that begin the paragraphs.
const PARAGRAPHS: [&str; 4] = ["What:", "Why:", "NT:", "Driver Verifier:"];

#[test]
fn the_page_of_the_rules_describes_each_rule_and_no_other() {
    let page = page("rules.md");
    let sections: Vec<(&str, &str)> = page
        .split("\n### `")
        .skip(1)
        .map(|section| section.split_once('`').expect("a heading ends"))
        .collect();
    let described: Vec<&str> = sections.iter().map(|(name, _)| *name).collect();
    let rules = Rule::ALL.iter().map(|rule| (rule.name(), rule.text()));
    let limits = Limit::ALL.iter().map(|limit| (limit.name(), limit.text()));
    let known: Vec<(&str, &str)> = rules.chain(limits).collect();
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    assert_eq!(described, names, "in the order of the code");
    let no_rules = page
        .find("\n## What is no rule")
        .expect("limits stand apart");
    for limit in Limit::ALL {
        let section = page.find(&format!("\n### `{}`", limit.name()));
        assert!(section.expect("it is described") > no_rules, "{limit:?}");
    }
    for ((name, section), (_, text)) in sections.into_iter().zip(known) {
        for paragraph in PARAGRAPHS {
            assert!(
                section.contains(&format!("\n{paragraph} ")),
                "the section of {name} says nothing behind '{paragraph}'"
            );
        }
        assert!(
            section.contains(&format!("\nWhat: {text}")),
            "the section of {name} begins with other words than the code: {text}"
        );
    }
}

/// The names that a cell has in backticks.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_table_of_policies_names_each_choice_with_its_default_and_its_other_values() {
    let page = page("design.md");
    let (_, table) = page
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
