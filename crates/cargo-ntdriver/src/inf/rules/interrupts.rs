//! Message-signaled interrupts and security, as values of the registry: our rules.
//!
//! The values are those of the page "Enabling Message-Signaled Interrupts in the Registry".

use crate::inf::{Finding, Inf, Rule};

use super::registry::{number, operations};

const MESSAGES: &str = r"Interrupt Management\MessageSignaledInterruptProperties";
/// What tells the types of values apart, with `FLG_ADDREG_BINVALUETYPE`.
const TYPE: u32 = 0xFFFF_0001;
/// `FLG_ADDREG_TYPE_DWORD`.
const DWORD: u32 = 0x0001_0001;
/// The most messages of MSI-X.
const MOST: u32 = 2048;
/// The most messages of MSI that Windows allocates.
const MOST_OF_MSI: u32 = 16;

pub(super) fn check(inf: &Inf, findings: &mut Vec<Finding>) {
    for entry in operations(inf, "AddReg") {
        let field = |index: usize| inf.expand(entry.field(index));
        let (key, name, data) = (field(1), field(2), field(4));
        let is_dword = number(&field(3)).is_some_and(|flags| flags & TYPE == DWORD);
        let value = number(&data).filter(|_| is_dword);
        let shown = format!("{name} = {data} of type {}", field(3));
        let messages = key.trim_matches('\\').eq_ignore_ascii_case(MESSAGES);
        let rule = if messages && name.eq_ignore_ascii_case("MSISupported") {
            value
                .is_none_or(|value| value > 1)
                .then_some(Rule::MsiSupported)
        } else if messages && name.eq_ignore_ascii_case("MessageNumberLimit") {
            match value {
                None | Some(0) => Some(Rule::MessageLimit),
                Some(limit) if limit > MOST => Some(Rule::MessageLimit),
                Some(limit) if limit > MOST_OF_MSI || !limit.is_power_of_two() => {
                    Some(Rule::MessageLimitOfMsiX)
                }
                Some(_) => None,
            }
        } else {
            None
        };
        findings.extend(rule.map(|rule| Finding::new(rule, entry.line, shown)));
        // As text; a self-relative descriptor as bytes has flags.
        let text = number(&field(3)).unwrap_or(0) & 1 == 0;
        if name.eq_ignore_ascii_case("Security") && key.is_empty() && text {
            findings.extend(descriptor(entry.line, &data));
        }
    }
    for section in inf.sections() {
        for entry in section.all("Security") {
            findings.extend(descriptor(entry.line, &inf.expand(entry.field(0))));
        }
    }
}

fn descriptor(line: usize, text: &str) -> Option<Finding> {
    let why = super::sddl::read(text).err()?;
    Some(Finding::new(Rule::Sddl, line, why))
}
