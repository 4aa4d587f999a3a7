//! Which section names which: 1203, 1205, 1212, 1220, 1310, 1313, 2083.

use std::collections::BTreeMap;

use crate::inf::{Entry, Finding, Inf, Rule, Section};

/// Directives whose fields are names of sections. `@file` is a file and none.
const LISTS: &[&str] = &[
    "CopyFiles",
    "DelFiles",
    "RenFiles",
    "AddReg",
    "DelReg",
    "BitReg",
    "LogConfig",
    "UpdateInis",
    "UpdateIniFields",
    "Ini2Reg",
    "ProfileItems",
    "RegisterDlls",
    "UnregisterDlls",
    "AddProperty",
    "DelProperty",
];
/// Directives one of whose fields, by its index, is the name of a section.
const SINGLE: &[(&str, &[usize])] = &[
    ("AddService", &[2, 3]),
    ("AddInterface", &[2]),
    ("AddEventProvider", &[1]),
    ("AddComponent", &[2]),
    ("AddFilter", &[2]),
    ("KmdfService", &[1]),
    ("UmdfService", &[1]),
    ("AddPowerSetting", &[0]),
    ("AddSoftware", &[2]),
    ("AddTrigger", &[0]),
    // Of still image devices ("INF Files for WIA Devices").
    ("DeviceData", &[0]),
    ("Events", &[0]),
];
/// What follows the name of an install section in the names of the sections that go with it.
const EXTENSIONS: &[&str] = &[
    "Services",
    "HW",
    "CoInstallers",
    "LogConfigOverride",
    "Interfaces",
    "FactDef",
    "WMI",
    "Wdf",
    "Events",
    "Components",
    "Software",
    "Filters",
    "PosDup",
    // Of video miniports ("INF DDInstall.SoftwareSettings").
    "SoftwareSettings",
    "GeneralConfigData",
    // Of network components ("Remove Section in a Network INF File").
    "Remove",
];
/// Sections that Windows looks for by their names.
const ROOTS: &[&str] = &[
    "Version",
    "DestinationDirs",
    "SourceDisksNames",
    "SourceDisksFiles",
    "ControlFlags",
    "Manufacturer",
    "Strings",
    "ClassInstall32",
    "DefaultInstall",
    "DefaultUninstall",
    "InterfaceInstall32",
    "SignatureAttributes",
];

/// The suffix of an install section's companion: `Services` of `X.NT.Services`, empty for `X.NT`.
fn kind(name: &str) -> &str {
    let last = name.rsplit('.').next().unwrap_or("");
    let known = |extension: &&&str| last.eq_ignore_ascii_case(extension);
    EXTENSIONS.iter().find(known).copied().unwrap_or("")
}

pub(super) fn check(inf: &Inf, findings: &mut Vec<Finding>) {
    if let (Some(default), Some(_)) = (default_install(inf), inf.section("Manufacturer")) {
        findings.push(Finding::new(
            Rule::DefaultInstallAndManufacturer,
            default.line,
            &default.name,
        ));
    }

    let mut referenced: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (section, entry, directive, name) in references(inf) {
        let by = referenced.entry(name.to_ascii_lowercase()).or_default();
        if !by.contains(&directive) {
            by.push(directive.clone());
            if by.len() == 2 {
                findings.push(Finding::new(
                    Rule::SectionOfTwoDirectives,
                    entry.line,
                    format!("[{name}], by {}", by.join(" and ")),
                ));
            }
        }
        if inf.section(&name).is_none() {
            let includes = section.all("Include").next().is_some();
            let rule = if includes {
                Rule::SectionOfIncludedInf
            } else {
                Rule::SectionNotFound
            };
            findings.push(Finding::new(
                rule,
                entry.line,
                format!("{directive} names [{name}]"),
            ));
        }
    }
    needs(inf, &mut referenced, findings);
    for (_, entry, name) in super::devices::installs(inf) {
        let sections = super::devices::install_sections(inf, &name);
        if sections.is_empty() {
            findings.push(Finding::new(
                Rule::SectionNotFound,
                entry.line,
                format!("a model names [{name}]"),
            ));
        }
    }
    unreferenced(inf, &referenced, findings);
}

fn default_install(inf: &Inf) -> Option<&Section> {
    let named = |section: &&Section| {
        let (name, _) = section.name.split_once('.').unwrap_or((&section.name, ""));
        name.eq_ignore_ascii_case("DefaultInstall")
    };
    inf.sections().iter().find(named)
}

/// Every section that a directive names, with the section and the line of the directive.
fn references(inf: &Inf) -> Vec<(&Section, &Entry, String, String)> {
    let mut all = Vec::new();
    for section in inf.sections() {
        for entry in &section.entries {
            let Some(key) = entry.key.as_deref() else {
                continue;
            };
            let list = LISTS.iter().find(|name| key.eq_ignore_ascii_case(name));
            let single = SINGLE
                .iter()
                .find(|(name, _)| key.eq_ignore_ascii_case(name));
            let indices: Vec<usize> = match (list, single) {
                // [DestinationDirs] and the like have keys that are names themselves.
                _ if is_table(section) => Vec::new(),
                (Some(_), _) => (0..entry.fields.len()).collect(),
                (None, Some((_, indices))) => indices.to_vec(),
                // `file = section`.
                (None, None) if section.name.eq_ignore_ascii_case("SignatureAttributes") => vec![0],
                (None, None) => Vec::new(),
            };
            for index in indices {
                let name = inf.expand(entry.field(index));
                if !name.is_empty() && !name.starts_with('@') {
                    let attributes = section.name.eq_ignore_ascii_case("SignatureAttributes");
                    let directive = if attributes { &section.name } else { key };
                    all.push((section, entry, directive.to_ascii_lowercase(), name));
                }
            }
        }
    }
    all
}

fn is_table(section: &Section) -> bool {
    [
        "DestinationDirs",
        "SourceDisksNames",
        "SourceDisksFiles",
        "Strings",
    ]
    .iter()
    .any(|name| {
        let (own, _) = section.name.split_once('.').unwrap_or((&section.name, ""));
        own.eq_ignore_ascii_case(name)
    })
}

/// `Needs` copies a section of the same kind, of this INF or of one that the same section includes.
fn needs(inf: &Inf, referenced: &mut BTreeMap<String, Vec<String>>, findings: &mut Vec<Finding>) {
    for section in inf.sections() {
        for entry in section.all("Needs") {
            for name in &entry.fields {
                referenced.entry(name.to_ascii_lowercase()).or_default();
                if kind(name) != kind(&section.name) {
                    findings.push(Finding::new(
                        Rule::NeedsOfOtherKind,
                        entry.line,
                        format!("[{}] needs [{name}]", section.name),
                    ));
                }
                if inf.section(name).is_none() && section.all("Include").next().is_none() {
                    findings.push(Finding::new(
                        Rule::NeedsWithoutInclude,
                        entry.line,
                        format!("[{name}]"),
                    ));
                }
            }
        }
    }
}

fn unreferenced(
    inf: &Inf,
    referenced: &BTreeMap<String, Vec<String>>,
    findings: &mut Vec<Finding>,
) {
    let mut reached: Vec<String> = referenced.keys().cloned().collect();
    reached
        .extend(super::devices::models(inf).map(|(_, section)| section.name.to_ascii_lowercase()));
    for (_, _, name) in super::devices::installs(inf) {
        let names = super::devices::install_sections(inf, &name);
        let names = names
            .iter()
            .map(|section| section.name.to_ascii_lowercase());
        for name in names {
            // What goes with a network component's removal goes with the component.
            reached.push(format!("{name}.remove"));
            reached.push(name);
        }
    }
    // An empty models section without a decoration keeps systems away that know no decorations.
    reached.extend(super::devices::names(inf).map(|name| name.to_ascii_lowercase()));
    for section in inf.sections() {
        let name = section.name.to_ascii_lowercase();
        let root = |root: &str| {
            let (own, suffix) = name.split_once('.').unwrap_or((&name, ""));
            own.eq_ignore_ascii_case(root)
                && (suffix.is_empty()
                    || super::is_platform(suffix)
                    || !kind(suffix).is_empty()
                    || is_table(section)
                    || ["amd64", "x86", "arm64"].contains(&suffix))
        };
        // A companion goes with its install section.
        let of = name.rsplit_once('.').filter(|_| !kind(&name).is_empty());
        let companion = of.is_some_and(|(install, _)| reached.iter().any(|name| name == install));
        if !ROOTS.iter().any(|name| root(name)) && !companion && !reached.contains(&name) {
            findings.push(Finding::new(
                Rule::Unreferenced,
                section.line,
                format!("[{}]", section.name),
            ));
        }
    }
}
