//! The `[Version]` section, and strings: 1001, 1204, 1233, 1235, 1284, 1285, 1324, `Inf2Cat`'s 22.9.6 and 22.9.7, and
//! ours on what `[Version]` and `[Strings]` state.

use std::{
    collections::BTreeSet,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::inf::{
    Finding, Inf, Rule, Section,
    text::{Piece, pieces},
};

/// Setup classes that come with Windows, by name and GUID: those of the page "System-Defined Device Setup Classes
/// Available to Vendors" that share the old GUIDs' ending, and the most used of the others.
const OLD_CLASSES: &str = "-e325-11ce-bfc1-08002be10318}";
const CLASSES: &[(&str, &str)] = &[
    ("HIDClass", "{745a17a0-74d3-11d0-b6fe-00a0c90f57da}"),
    ("USB", "{36fc9e60-c465-11cf-8056-444553540000}"),
    ("USBDevice", "{88bae032-5a81-49f0-bc3d-a4ff138216d6}"),
    ("Sample", "{78a1c341-4539-11d3-b88d-00c04fad5171}"),
    ("Firmware", "{f2e7dd72-6468-4e36-b6f1-6488f42c1b52}"),
    ("Biometric", "{53d29ef7-377c-4d14-864b-eb3a85769359}"),
    ("Sensor", "{5175d334-c371-4806-b3ba-71fd53c9258d}"),
    (
        "SoftwareComponent",
        "{5c4c3332-344d-483c-8739-259e934c9cc8}",
    ),
    ("Extension", "{e2f84ce7-8efa-411c-aa69-97454ca4cb57}"),
    ("System", ""),
    ("Display", ""),
    ("Net", ""),
    ("Media", ""),
    ("Ports", ""),
    ("DiskDrive", ""),
    ("Monitor", ""),
    ("Mouse", ""),
    ("Keyboard", ""),
];

pub(super) fn check(inf: &Inf, today: Date, findings: &mut Vec<Finding>) {
    tokens(inf, findings);
    twice(inf, findings);
    let Some(version) = inf.section("Version") else {
        findings.push(Finding::new(Rule::Signature, 0, "there is no [Version]"));
        return;
    };
    let value = |key: &str| version.value(key).map(|text| inf.expand(text));

    let signature = value("Signature").unwrap_or_default();
    if !signature.eq_ignore_ascii_case("$Windows NT$") {
        findings.push(Finding::new(Rule::Signature, version.line, signature));
    }
    let provider = value("Provider").unwrap_or_default();
    if provider.to_ascii_lowercase().contains("microsoft") {
        findings.push(Finding::new(
            Rule::ProviderMicrosoft,
            version.line,
            provider,
        ));
    }
    identity(inf, version, findings);
    driver_ver(inf, version, today, findings);
    let catalog = version.entries.iter().any(|entry| {
        let key = entry.key.as_deref().unwrap_or("").to_ascii_lowercase();
        (key == "catalogfile" || key.starts_with("catalogfile.nt")) && !entry.field(0).is_empty()
    });
    if !catalog {
        findings.push(Finding::new(Rule::NoCatalog, version.line, "[Version]"));
    }

    let class = value("Class").unwrap_or_default();
    let guid = value("ClassGuid").unwrap_or_default().to_ascii_lowercase();
    let of_microsoft = guid.ends_with(OLD_CLASSES)
        || CLASSES.iter().any(|(name, known)| {
            class.eq_ignore_ascii_case(name) || (!guid.is_empty() && guid == *known)
        });
    for section in inf.sections() {
        let (name, suffix) = section.name.split_once('.').unwrap_or((&section.name, ""));
        let install = name.eq_ignore_ascii_case("ClassInstall32");
        if of_microsoft && install && (suffix.is_empty() || super::is_platform(suffix)) {
            findings.push(Finding::new(
                Rule::ClassInstallOfMicrosoft,
                section.line,
                format!("class {class}"),
            ));
        }
    }
}

/// Every token has a value; numbers are DIRIDs.
fn tokens(inf: &Inf, findings: &mut Vec<Finding>) {
    for section in inf.sections() {
        for entry in &section.entries {
            for text in entry.key.iter().chain(&entry.fields) {
                for piece in pieces(text) {
                    let Piece::Token(token) = piece else { continue };
                    let dirid = token.bytes().all(|byte| byte.is_ascii_digit());
                    if !dirid && inf.string(token).is_none() {
                        findings.push(Finding::new(
                            Rule::UndefinedString,
                            entry.line,
                            format!("%{token}%"),
                        ));
                    }
                }
            }
        }
    }
}

/// A day of the Gregorian calendar; days compare as they follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// The year.
    pub year: u64,
    /// The month, from 1.
    pub month: u64,
    /// The day, from 1.
    pub day: u64,
}

impl Date {
    /// The day that it is, UTC: `Inf2Cat` takes no other without `/uselocaltime`.
    #[must_use]
    pub fn today() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut days = since.map_or(0, |since| since.as_secs() / 86_400);
        let mut date = Self {
            year: 1970,
            month: 1,
            day: 1,
        };
        while days >= date.days_of_month() {
            days -= date.days_of_month();
            date.month += 1;
            if date.month > 12 {
                date.month = 1;
                date.year += 1;
            }
        }
        date.day += days;
        date
    }

    /// `mm/dd/yyyy`, and `mm-dd-yyyy`, which the page on `DriverVer` allows too.
    fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.trim().split(['/', '-']).collect();
        let [month, day, year] = parts[..] else {
            return None;
        };
        let number = |text: &str, digits: usize| {
            let plain = text.len() <= digits && text.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| text.parse::<u64>().ok()).flatten()
        };
        let date = Self {
            year: number(year, 4).filter(|year| *year >= 1000)?,
            month: number(month, 2).filter(|month| (1..=12).contains(month))?,
            day: number(day, 2)?,
        };
        (1..=date.days_of_month())
            .contains(&date.day)
            .then_some(date)
    }

    const fn days_of_month(self) -> u64 {
        let year = self.year;
        let leap =
            (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
        match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

/// `DriverVer = mm/dd/yyyy,w.x.y.z`.
fn driver_ver(inf: &Inf, version: &Section, today: Date, findings: &mut Vec<Finding>) {
    let Some(entry) = version.all("DriverVer").next() else {
        findings.push(Finding::new(Rule::DriverVer, version.line, "there is none"));
        return;
    };
    let (date, number) = (inf.expand(entry.field(0)), inf.expand(entry.field(1)));
    let mut bad = |rule, what: String| findings.push(Finding::new(rule, entry.line, what));
    match Date::read(&date) {
        None => bad(Rule::DriverVer, format!("{date:?} is no date mm/dd/yyyy")),
        Some(day) if day > today => bad(Rule::DriverVerInFuture, date),
        Some(_) => {}
    }
    // w.x.y.z, of which the page on the directive lets the last ones be absent.
    let parts: Vec<&str> = number.split('.').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() > 4 || !parts.iter().all(digits) {
        bad(Rule::DriverVer, format!("{number:?} is no version w.x.y.z"));
    } else if let Some(part) = parts.iter().find(|part| part.parse::<u16>().is_err()) {
        bad(Rule::VersionPart, format!("{part} of {number}"));
    }
}

/// What `[Version]` says of the class, of who made the INF, and of its files.
fn identity(inf: &Inf, version: &Section, findings: &mut Vec<Finding>) {
    let value = |key: &str| version.value(key).map(|text| inf.expand(text));
    let line = |key: &str| {
        version
            .all(key)
            .next()
            .map_or(version.line, |entry| entry.line)
    };
    let given = |key: &str| value(key).filter(|text| !text.is_empty());
    let mut bad = |rule, key: &str| {
        let what = value(key).map_or_else(|| format!("no {key}"), |text| format!("{key} = {text}"));
        findings.push(Finding::new(rule, line(key), what));
    };
    if given("Provider").is_none() {
        bad(Rule::NoProvider, "Provider");
    }
    match given("Class") {
        None => bad(Rule::NoClass, "Class"),
        Some(class) if class.eq_ignore_ascii_case("Sample") => bad(Rule::SampleClass, "Class"),
        Some(_) => {}
    }
    if given("ClassGuid").is_none_or(|guid| !is_guid(&guid)) {
        bad(Rule::ClassGuid, "ClassGuid");
    }
    if given("PnpLockdown").and_then(|text| super::registry::number(&text)) != Some(1) {
        bad(Rule::PnpLockdown, "PnpLockdown");
    }
}

/// Whether `text` is a GUID in braces.
pub(super) fn is_guid(text: &str) -> bool {
    let inside = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    inside.is_some_and(|inside| {
        let groups: Vec<&str> = inside.split('-').collect();
        groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
            && groups
                .iter()
                .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

/// No section of strings gives a token two values.
fn twice(inf: &Inf, findings: &mut Vec<Finding>) {
    for section in inf.sections() {
        let (name, _) = section.name.split_once('.').unwrap_or((&section.name, ""));
        if !name.eq_ignore_ascii_case("Strings") {
            continue;
        }
        let mut known = BTreeSet::new();
        for entry in &section.entries {
            let Some(key) = &entry.key else { continue };
            if !known.insert(key.to_ascii_lowercase()) {
                findings.push(Finding::new(
                    Rule::StringTwice,
                    entry.line,
                    format!("{key} of [{}]", section.name),
                ));
            }
        }
    }
}
