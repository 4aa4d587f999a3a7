//! The rules, each over the whole of an INF.

mod devices;
mod files;
mod interrupts;
mod legacy;
mod references;
mod registry;
mod sddl;
mod services;
mod version;

pub use devices::installs;
pub use version::Date;

use super::{Finding, Inf};

/// Every breach on this day, in the order of the lines.
#[must_use]
pub fn check(inf: &Inf) -> Vec<Finding> {
    check_on(inf, Date::today())
}

/// Every breach as of the day `today`, UTC, in the order of the lines.
#[must_use]
pub fn check_on(inf: &Inf, today: Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    version::check(inf, today, &mut findings);
    references::check(inf, &mut findings);
    devices::check(inf, &mut findings);
    files::check(inf, &mut findings);
    registry::check(inf, &mut findings);
    services::check(inf, &mut findings);
    interrupts::check(inf, &mut findings);
    legacy::check(inf, &mut findings);
    findings.sort_by_key(|finding| (finding.line, finding.rule));
    findings
}

/// What `InfVerif` calls decorated: `nt`, `ntamd64` and so on, then perhaps a version.
fn is_platform(suffix: &str) -> bool {
    let first = suffix.split('.').next().unwrap_or("");
    ["nt", "ntx86", "ntia64", "ntamd64", "ntarm", "ntarm64"]
        .iter()
        .any(|known| first.eq_ignore_ascii_case(known))
}
