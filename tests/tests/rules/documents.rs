//! The page of the rules says something about each rule, and about no other.

use std::{fs, path::Path};

use ntsim::{limit, rule};

/// What each rule's section has to say, by the words that begin the paragraphs.
const PARAGRAPHS: [&str; 4] = ["What:", "Why:", "NT:", "Driver Verifier:"];

#[test]
fn the_page_of_the_rules_describes_each_rule_and_no_other() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md");
    let text = fs::read_to_string(page).expect("docs/rules.md is there");
    let sections: Vec<(&str, &str)> = text
        .split("\n### `")
        .skip(1)
        .map(|section| section.split_once('`').expect("a heading ends"))
        .collect();
    let described: Vec<&str> = sections.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        described,
        [rule::ALL, limit::ALL].concat(),
        "in the order of the code"
    );
    let limits = text
        .find("\n## What is no rule")
        .expect("limits stand apart");
    for name in limit::ALL {
        let section = text.find(&format!("\n### `{name}`"));
        assert!(section.expect("it is described") > limits, "{name}");
    }
    for (name, section) in sections {
        for paragraph in PARAGRAPHS {
            assert!(
                section.contains(&format!("\n{paragraph} ")),
                "the section of {name} says nothing behind '{paragraph}'"
            );
        }
    }
}
