//! Registry operations: 1221, 1303, 1304, 1305, 1330.

use std::collections::BTreeMap;

use crate::inf::{Entry, Finding, Inf, Rule};

/// `FLG_ADDREG_APPEND`.
const APPEND: u32 = 0x0000_0008;
/// What tells `FLG_DELREG_MULTI_SZ_DELSTRING` from other deletions.
const DELETE_STRING: u32 = 0x0000_0002;
const SERVICES: &str = r"system\currentcontrolset\services";

/// A number as INFs write them: decimal, or hexadecimal with `0x`.
pub(super) fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    match text.get(..2) {
        Some("0x" | "0X") => u32::from_str_radix(&text[2..], 16).ok(),
        _ => text.parse().ok(),
    }
}

pub(super) fn check(inf: &Inf, findings: &mut Vec<Finding>) {
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for directive in ["AddReg", "DelReg"] {
        for entry in operations(inf, directive) {
            let field = |index: usize| inf.expand(entry.field(index));
            let (root, key, value) = (field(0), field(1), field(2));
            let relative = root.eq_ignore_ascii_case("HKR");
            if !relative {
                let services = key
                    .trim_start_matches('\\')
                    .to_ascii_lowercase()
                    .starts_with(SERVICES);
                let rule = if root.eq_ignore_ascii_case("HKLM") && services {
                    Rule::ServicesKey
                } else {
                    Rule::NotRelativeKey
                };
                findings.push(Finding::new(rule, entry.line, format!(r"{root}\{key}")));
            }
            if value.eq_ignore_ascii_case("CoInstallers32") {
                findings.push(Finding::new(Rule::CoInstaller, entry.line, &value));
            }
            let flags = number(&field(3)).unwrap_or(0);
            let edits = match directive {
                "AddReg" => flags & APPEND != 0,
                _ => flags & DELETE_STRING != 0,
            };
            if edits {
                findings.push(Finding::new(
                    Rule::AppendsToMultiString,
                    entry.line,
                    format!(r"{root}\{key}, {value}"),
                ));
            }
            if directive == "AddReg" && !relative {
                let name = format!(r"{root}\{key}\\{value}").to_ascii_lowercase();
                let data = (4..entry.fields.len())
                    .map(field)
                    .collect::<Vec<_>>()
                    .join(",");
                match values.get(&name) {
                    Some(other) if *other != data => findings.push(Finding::new(
                        Rule::OneKeyTwoValues,
                        entry.line,
                        format!("{name}: {other} and {data}"),
                    )),
                    _ => {
                        values.insert(name, data);
                    }
                }
            }
        }
    }
}

/// The lines of the sections that `directive` names, each section once.
pub(super) fn operations<'a>(inf: &'a Inf, directive: &str) -> Vec<&'a Entry> {
    let mut names: Vec<String> = Vec::new();
    for section in inf.sections() {
        for entry in section.all(directive) {
            names.extend(entry.fields.iter().map(|name| name.to_ascii_lowercase()));
        }
    }
    names.sort();
    names.dedup();
    let sections = names.iter().filter_map(|name| inf.section(name));
    sections.flat_map(|section| &section.entries).collect()
}
