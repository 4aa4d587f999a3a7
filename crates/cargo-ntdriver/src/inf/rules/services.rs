//! Services and what they are called: 1005, 1013, and our rules on types, starts, function drivers and KMDF.

use crate::inf::{Finding, Inf, Rule, Section};

use super::{devices::ASSOCIATES, registry::number};

pub(super) fn check(inf: &Inf, findings: &mut Vec<Finding>) {
    let mut installs: Vec<String> = Vec::new();
    for section in inf.sections() {
        let mut functions = 0;
        for entry in section.all("AddService") {
            let field = |index: usize| inf.expand(entry.field(index));
            let (name, install) = (field(0), field(2));
            if number(&field(1)).unwrap_or(0) & ASSOCIATES != 0 {
                functions += 1;
                if functions == 2 {
                    findings.push(Finding::new(
                        Rule::TwoFunctionServices,
                        entry.line,
                        format!("[{}] associates {name} too", section.name),
                    ));
                }
            }
            // `AddService = ,2` is the null driver.
            if install.is_empty() && !name.is_empty() {
                findings.push(Finding::new(
                    Rule::NoSectionName,
                    entry.line,
                    format!("AddService {name}"),
                ));
            }
            let install = install.to_ascii_lowercase();
            if !installs.contains(&install) {
                installs.push(install);
            }
        }
        kmdf(inf, section, findings);
    }
    for section in installs.iter().filter_map(|name| inf.section(name)) {
        service(inf, section, findings);
    }
}

/// A section that an `AddService` names.
fn service(inf: &Inf, section: &Section, findings: &mut Vec<Finding>) {
    let value = |key: &str| section.value(key).map(|text| inf.expand(text));
    let line = |key: &str| {
        section
            .all(key)
            .next()
            .map_or(section.line, |entry| entry.line)
    };
    let mut bad = |rule, key: &str| {
        let found = value(key).map_or_else(
            || format!("[{}] has no {key}", section.name),
            |text| format!("{key} = {text}"),
        );
        findings.push(Finding::new(rule, line(key), found));
    };
    if value("ServiceBinary").is_none_or(|text| text.is_empty()) {
        bad(Rule::NoServiceBinary, "ServiceBinary");
    }
    if value("ServiceType")
        .and_then(|text| number(&text))
        .is_none_or(|kind| kind == 0)
    {
        bad(Rule::ServiceType, "ServiceType");
    }
    if value("StartType")
        .and_then(|text| number(&text))
        .is_none_or(|start| start > 4)
    {
        bad(Rule::StartType, "StartType");
    }
}

/// `KmdfService` is of a service that some `AddService` adds.
fn kmdf(inf: &Inf, section: &Section, findings: &mut Vec<Finding>) {
    for entry in section.all("KmdfService") {
        let name = inf.expand(entry.field(0));
        let mut added = inf
            .sections()
            .iter()
            .flat_map(|section| section.all("AddService"));
        if !added.any(|service| inf.expand(service.field(0)).eq_ignore_ascii_case(&name)) {
            findings.push(Finding::new(Rule::KmdfServiceName, entry.line, name));
        }
    }
}
