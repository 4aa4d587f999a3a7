//! What drivers no longer use: 1300, 1301, 1302, 2222.

use crate::inf::{Finding, Inf, Rule};

/// Endings of sections, and directives, of the past.
const SECTIONS: &[&str] = &["CoInstallers", "FactDef", "LogConfigOverride", "PosDup"];
const DIRECTIVES: &[&str] = &[
    "LogConfig",
    "BitReg",
    "Ini2Reg",
    "UpdateInis",
    "UpdateIniFields",
    "ProfileItems",
    "RegisterDlls",
    "UnregisterDlls",
];
/// Directives that change what the package did not bring.
const FOREIGN: &[&str] = &["DelService", "DelFiles", "RenFiles", "DelReg"];
/// What Windows ignores by now.
const IGNORED: &[&str] = &["LogConfig"];

/// Whether the section is there to take away what the package brought: a primitive driver's, and that of a network
/// component.
fn undoes(section: &str) -> bool {
    let mut parts = section.split('.');
    let first = parts.next().unwrap_or("");
    first.eq_ignore_ascii_case("DefaultUninstall")
        || parts.any(|part| part.eq_ignore_ascii_case("Remove"))
}

pub(super) fn check(inf: &Inf, findings: &mut Vec<Finding>) {
    let named =
        |list: &[&str], name: &str| list.iter().any(|known| known.eq_ignore_ascii_case(name));
    for section in inf.sections() {
        let ending = section
            .name
            .rsplit_once('.')
            .map_or("", |(_, ending)| ending);
        if named(SECTIONS, ending) {
            findings.push(Finding::new(
                Rule::LegacySection,
                section.line,
                format!("[{}]", section.name),
            ));
        }
        for entry in &section.entries {
            let key = entry.key.as_deref().unwrap_or("");
            let rules = [
                (DIRECTIVES, Rule::LegacyDirective),
                (FOREIGN, Rule::DeletesForeign),
                (IGNORED, Rule::Ignored),
            ];
            for (list, rule) in rules {
                if rule == Rule::DeletesForeign && undoes(&section.name) {
                    continue;
                }
                if named(list, key) {
                    findings.push(Finding::new(rule, entry.line, key));
                }
            }
        }
    }
}
