//! The `[Version]` section, and string tokens: 1001, 1204, 1233, 1235, 1285.

use crate::inf::{
    Finding, Inf, Rule,
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

pub(super) fn check(inf: &Inf, findings: &mut Vec<Finding>) {
    tokens(inf, findings);
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
        || CLASSES
            .iter()
            .any(|(name, known)| class.eq_ignore_ascii_case(name) || guid == *known);
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
