//! Manufacturers, models and what they install: 1199, 1296, 1297, 2223.

use crate::inf::{Entry, Finding, Inf, Rule, Section};

/// The first build that runs a driver from the driver store, DIRID 13.
const RUN_FROM_STORE: u32 = 16299;
/// `SPSVCINST_ASSOCSERVICE`: the service is the device's function driver.
const ASSOCIATES: u32 = 0x2;

/// The models sections that `[Manufacturer]` names and that exist, each with its decoration.
pub(super) fn models(inf: &Inf) -> impl Iterator<Item = (String, &Section)> {
    decorated(inf)
        .into_iter()
        .filter_map(|(_, name, decoration)| {
            let whole = if decoration.is_empty() {
                name
            } else {
                format!("{name}.{decoration}")
            };
            inf.section(&whole).map(|section| (decoration, section))
        })
}

/// Every models section's name and decoration that `[Manufacturer]` asks for.
fn decorated(inf: &Inf) -> Vec<(&Entry, String, String)> {
    let mut all = Vec::new();
    for entry in inf
        .section("Manufacturer")
        .into_iter()
        .flat_map(|s| &s.entries)
    {
        // `%Name%` alone: the models section has the manufacturer's name.
        let alone = entry.key.is_none();
        let name = inf.expand(entry.field(0));
        let decorations = entry.fields.iter().skip(1);
        if alone || entry.fields.len() == 1 {
            all.push((entry, name, String::new()));
        } else {
            all.extend(decorations.map(|decoration| (entry, name.clone(), decoration.clone())));
        }
    }
    all
}

/// What the models install: the decoration, the model's line, the install section's name.
#[must_use]
pub fn installs(inf: &Inf) -> Vec<(String, &Entry, String)> {
    let lines = models(inf).flat_map(|(decoration, section)| {
        let own = section.entries.iter();
        own.map(move |entry| (decoration.clone(), entry, entry.field(0).to_owned()))
    });
    lines.filter(|(_, _, name)| !name.is_empty()).collect()
}

/// The install sections of the name: itself, and the platforms'.
pub(super) fn install_sections<'a>(inf: &'a Inf, name: &str) -> Vec<&'a Section> {
    let own = |section: &&Section| {
        let Some(rest) = section.name.get(name.len()..) else {
            return false;
        };
        let starts = section.name.is_char_boundary(name.len())
            && section.name[..name.len()].eq_ignore_ascii_case(name);
        let suffix = rest.strip_prefix('.').unwrap_or("");
        starts && (rest.is_empty() || (super::is_platform(suffix) && !suffix.contains('.')))
    };
    inf.sections().iter().filter(own).collect()
}

pub(super) fn check(inf: &Inf, findings: &mut Vec<Finding>) {
    let asked = decorated(inf);
    for (entry, name, decoration) in &asked {
        if decoration.is_empty() {
            findings.push(Finding::new(
                Rule::Undecorated,
                entry.line,
                format!("[{name}]"),
            ));
        } else if inf.section(&format!("{name}.{decoration}")).is_none() {
            findings.push(Finding::new(
                Rule::SectionNotFound,
                entry.line,
                format!("[Manufacturer] names [{name}.{decoration}]"),
            ));
        }
    }
    let installs = installs(inf);
    let on_devices = installs
        .iter()
        .any(|(_, model, _)| !model.field(1).is_empty());
    let primitive = inf.sections().iter().any(|section| {
        section
            .name
            .to_ascii_lowercase()
            .starts_with("defaultinstall")
    });
    if !on_devices && !primitive {
        let line = inf
            .section("Manufacturer")
            .map_or(0, |section| section.line);
        findings.push(Finding::new(
            Rule::NoDevice,
            line,
            "no model has a hardware ID",
        ));
    }

    for (decoration, model, name) in &installs {
        for section in install_sections(inf, name) {
            services(inf, section, findings);
        }
        if uses_the_store(inf) && build(decoration).is_none_or(|build| build < RUN_FROM_STORE) {
            findings.push(Finding::new(
                Rule::NeedsLaterSystem,
                model.line,
                format!("DIRID 13 takes a decoration of at least NTamd64.10.0...{RUN_FROM_STORE}"),
            ));
        }
    }
}

/// The section has a service that is the device's, in its companion or by `Needs`.
fn services(inf: &Inf, install: &Section, findings: &mut Vec<Finding>) {
    let companion = inf.section(&format!("{}.Services", install.name));
    let serves = companion.is_some_and(|section| {
        let own = section.all("AddService").any(|entry| {
            let flags = super::registry::number(&inf.expand(entry.field(1))).unwrap_or(0);
            flags & ASSOCIATES != 0
        });
        own || section.all("Needs").next().is_some()
    });
    if !serves {
        findings.push(Finding::new(
            Rule::NoService,
            install.line,
            format!("[{}]", install.name),
        ));
    }
}

fn uses_the_store(inf: &Inf) -> bool {
    let directories = inf.section("DestinationDirs").into_iter();
    let to_store = directories
        .flat_map(|section| &section.entries)
        .any(|entry| entry.field(0) == "13");
    let binaries = inf
        .sections()
        .iter()
        .flat_map(|section| section.all("ServiceBinary"));
    to_store
        || binaries
            .into_iter()
            .any(|entry| entry.field(0).starts_with("%13%"))
}

/// The build number of a decoration: `NTamd64.10.0...19041`.
fn build(decoration: &str) -> Option<u32> {
    let parts: Vec<&str> = decoration.split('.').collect();
    let major: u32 = parts.get(1)?.parse().ok()?;
    match major {
        10 => parts.get(5)?.parse().ok(),
        11.. => Some(u32::MAX),
        _ => None,
    }
}
