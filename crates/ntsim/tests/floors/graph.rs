//! Circles of a directed graph: its strongly connected components of more than one node.

use std::collections::{BTreeMap, BTreeSet};

fn reached<'a>(edges: &BTreeMap<&'a str, Vec<&'a str>>, from: &'a str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        for next in edges.get(node).into_iter().flatten() {
            if seen.insert(*next) {
                open.push(next);
            }
        }
    }
    seen
}

/// The circles, each with its nodes in order.
pub(crate) fn circles<'a>(edges: &BTreeMap<&'a str, Vec<&'a str>>) -> Vec<Vec<&'a str>> {
    // Some two hundred files: to look from each of them is quick enough.
    let reach: BTreeMap<&str, BTreeSet<&str>> = edges
        .keys()
        .map(|node| (*node, reached(edges, node)))
        .collect();
    let mut found: Vec<Vec<&str>> = Vec::new();
    for (node, reaches) in &reach {
        if found.iter().any(|circle| circle.contains(node)) || !reaches.contains(node) {
            continue;
        }
        let back = |other: &&&str| reach.get(**other).is_some_and(|back| back.contains(node));
        found.push(reaches.iter().filter(back).copied().collect());
    }
    found.retain(|circle| circle.len() > 1);
    found
}
