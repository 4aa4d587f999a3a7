//! Where an answer file departs from the pages.

use roxmltree::{Document, Node};

use super::{
    pages::{PAGES, Says},
    rules::{Answers, RULES},
};

/// The space of the names of elements.
const UNATTEND: &str = "urn:schemas-microsoft-com:unattend";
/// That of what is done with the items of lists.
const ACTIONS: &str = "http://schemas.microsoft.com/WMIConfig/2002/State";
/// What each component says of itself.
const ATTRIBUTES: [&str; 4] = [
    "processorArchitecture",
    "publicKeyToken",
    "language",
    "versionScope",
];

/// What a file has that no page has, and what a page asks that the file has not.
pub(super) fn departures(text: &str) -> Vec<String> {
    let document = Document::parse(text).expect("the answers are XML");
    let root = document.root_element();
    let mut found = Vec::new();
    for settings in elements(root) {
        let pass = settings.attribute("pass").expect("settings are of a pass");
        for component in elements(settings) {
            let name = component.attribute("name").expect("a component has a name");
            for attribute in ATTRIBUTES {
                if component.attribute(attribute).is_none() {
                    found.push(format!("{name} has no {attribute}"));
                }
            }
            compare(component, &name.to_lowercase(), pass, &mut found);
        }
    }
    for rule in RULES {
        if !(rule.kept)(Answers(root)) {
            found.push(format!("{} asks: {}", rule.page, rule.asks));
        }
    }
    found
}

/// The names of the pages that a file's elements have, as far as there are any.
pub(super) fn pages_of(text: &str) -> Vec<String> {
    let document = Document::parse(text).expect("the answers are XML");
    let components = elements(document.root_element()).flat_map(elements);
    let mut open: Vec<(Node<'_, '_>, String)> = components
        .filter_map(|component| Some((component, component.attribute("name")?.to_lowercase())))
        .collect();
    let mut names = Vec::new();
    while let Some((node, name)) = open.pop() {
        open.extend(elements(node).map(|child| (child, name_of(&name, child))));
        names.push(name);
    }
    names
}

fn elements<'a, 'text>(node: Node<'a, 'text>) -> impl Iterator<Item = Node<'a, 'text>> {
    node.children().filter(Node::is_element)
}

/// The name of the page of an element in the one of the page `parent`.
fn name_of(parent: &str, child: Node<'_, '_>) -> String {
    format!("{parent}-{}", child.tag_name().name().to_lowercase())
}

/// Compares an element, and those in it, with their pages.
fn compare(node: Node<'_, '_>, name: &str, pass: &str, found: &mut Vec<String>) {
    let Some(page) = PAGES.iter().find(|page| page.name == name) else {
        found.push(format!("{name} has no page here"));
        return;
    };
    if node.tag_name().namespace() != Some(UNATTEND) {
        found.push(format!("{name} is of another space of names"));
    }
    if !page.passes.is_empty() && !page.passes.contains(&pass) {
        found.push(format!("{name} in the pass {pass}"));
    }
    let is_item = matches!(page.says, Says::Item(_));
    if is_item != (node.attribute((ACTIONS, "action")) == Some("add")) {
        found.push(format!("{name}: wcm:action"));
    }
    match page.says {
        Says::Settings(settings) | Says::Item(settings) => {
            let mut seen = Vec::new();
            for child in elements(node) {
                let setting = child.tag_name().name();
                if !settings.contains(&setting) {
                    found.push(format!("{name} has no {setting}"));
                    continue;
                }
                let may_be_there_again = child.has_attribute((ACTIONS, "action"));
                if seen.contains(&setting) && !may_be_there_again {
                    found.push(format!("{name} has two {setting}"));
                }
                seen.push(setting);
                compare(child, &name_of(name, child), pass, found);
            }
        }
        ref says => {
            let text = node.text().unwrap_or_default();
            if node.has_children() && !node.children().all(|child| child.is_text()) {
                found.push(format!("{name} has elements"));
            }
            if !says.allows(text) {
                found.push(format!("{name} is {text:?}"));
            }
        }
    }
}
