//! Manufacturers, models and what they install: 1199, 1296, 1297, 1420, 1421, 2223, and ours on x64.

use crate::inf::{Entry, Finding, Inf, Rule, Section};

/// The first build that runs a driver from the driver store, DIRID 13.
pub(super) const RUN_FROM_STORE: u32 = 16299;
/// Classes whose INFs associate no service: extensions, and the components of networks.
const NO_FUNCTION: &[(&str, &str)] = &[
    ("Extension", "{e2f84ce7-8efa-411c-aa69-97454ca4cb57}"),
    ("NetService", "{4d36e974-e325-11ce-bfc1-08002be10318}"),
    ("NetTrans", "{4d36e975-e325-11ce-bfc1-08002be10318}"),
    ("NetClient", "{4d36e973-e325-11ce-bfc1-08002be10318}"),
];
/// `SPSVCINST_ASSOCSERVICE`: the service is the device's function driver.
pub(super) const ASSOCIATES: u32 = 0x2;

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

/// The names of models sections, without decorations.
pub(super) fn names(inf: &Inf) -> impl Iterator<Item = String> {
    decorated(inf).into_iter().map(|(_, name, _)| name)
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
    architectures(inf, &asked, findings);
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
        if !has_no_function_driver(inf) {
            for section in chosen_sections(inf, name) {
                services(inf, section, findings);
            }
        }
        if uses_the_store(inf, name) && build(decoration).is_none_or(|build| build < RUN_FROM_STORE)
        {
            findings.push(Finding::new(
                Rule::NeedsLaterSystem,
                model.line,
                format!("DIRID 13 takes a decoration of at least NTamd64.10.0...{RUN_FROM_STORE}"),
            ));
        }
    }
}

/// The sections that a machine takes: the platforms' where there are such, else the plain one.
fn chosen_sections<'a>(inf: &'a Inf, name: &str) -> Vec<&'a Section> {
    let mut sections = install_sections(inf, name);
    if sections.len() > 1 {
        sections.retain(|section| section.name.len() > name.len());
    }
    sections
}

/// An extension INF adds to a device that another INF gives its service; a network protocol, filter or client is bound
/// to adapters and is the function driver of none.
fn has_no_function_driver(inf: &Inf) -> bool {
    inf.section("Version").is_some_and(|version| {
        let value = |key: &str| inf.expand(version.value(key).unwrap_or(""));
        let (class, guid) = (value("Class"), value("ClassGuid"));
        NO_FUNCTION.iter().any(|(name, known)| {
            class.eq_ignore_ascii_case(name) || guid.eq_ignore_ascii_case(known)
        })
    })
}

/// Some decoration is one that an x64 machine takes, and a primitive driver's sections name their architectures.
fn architectures(inf: &Inf, asked: &[(&Entry, String, String)], findings: &mut Vec<Finding>) {
    let takes = |decoration: &str| {
        let platform = decoration.split('.').next().unwrap_or("");
        platform.eq_ignore_ascii_case("NT") || platform.eq_ignore_ascii_case("NTamd64")
    };
    // Models without a decoration are 2223.
    if !asked.is_empty()
        && asked
            .iter()
            .all(|(_, _, own)| !own.is_empty() && !takes(own))
    {
        let all: Vec<&str> = asked.iter().map(|(_, _, own)| own.as_str()).collect();
        findings.push(Finding::new(Rule::NoX64, asked[0].0.line, all.join(", ")));
    }
    let mut primitive = false;
    for section in inf.sections() {
        let (name, suffix) = section.name.split_once('.').unwrap_or((&section.name, ""));
        let install = name.eq_ignore_ascii_case("DefaultInstall");
        let companion = ["", "Services"]
            .iter()
            .any(|own| suffix.eq_ignore_ascii_case(own));
        if suffix.is_empty() && (install || name.eq_ignore_ascii_case("DefaultUninstall")) {
            findings.push(Finding::new(
                Rule::DefaultUndecorated,
                section.line,
                format!("[{}]", section.name),
            ));
        }
        if install && companion && !primitive {
            primitive = true;
            findings.push(Finding::new(
                Rule::NotPrimitive,
                section.line,
                format!("[{}]", section.name),
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

/// Whether what the install section `name` copies, or a service of it, is in the driver store.
fn uses_the_store(inf: &Inf, name: &str) -> bool {
    chosen_sections(inf, name).into_iter().any(|section| {
        let lists = section.all("CopyFiles").flat_map(|entry| &entry.fields);
        let copies = lists.map(|list| {
            if list.starts_with('@') {
                super::files::destination(inf, "DefaultDestDir")
            } else {
                super::files::destination(inf, list)
            }
        });
        let companion = inf
            .section(&format!("{}.Services", section.name))
            .into_iter();
        let installs = companion.flat_map(|services| {
            services
                .all("AddService")
                .filter_map(|entry| inf.section(&inf.expand(entry.field(2))))
        });
        let mut binaries = installs.flat_map(|install| install.all("ServiceBinary"));
        copies
            .into_iter()
            .any(|(dirid, _)| dirid == super::files::STORE)
            || binaries.any(|entry| entry.field(0).starts_with("%13%"))
    })
}

/// The build number of a decoration: `NTamd64.10.0...19041`.
pub(super) fn build(decoration: &str) -> Option<u32> {
    let parts: Vec<&str> = decoration.split('.').collect();
    let major: u32 = parts.get(1)?.parse().ok()?;
    match major {
        10 => parts.get(5)?.parse().ok(),
        11.. => Some(u32::MAX),
        _ => None,
    }
}
