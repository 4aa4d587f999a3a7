//! The marks that mutants carry.
//!
//! Code under `cfg(mutant)` is wrong on purpose. It plants an exported static whose name starts with
//! `DIRQL_MUTANT_`, or a section `.mutant`, so that no such image passes for the driver.

use image::{ImageFile, section_name};

use super::Violation;

/// What the names of exported marks start with.
const EXPORT: &str = "DIRQL_MUTANT_";
/// The name of a marking section.
const SECTION: &str = ".mutant";

pub(super) fn check(image: &ImageFile<'_>, violations: &mut Vec<Violation>) {
    let exports = image.exports().into_iter().map(|(name, _)| name);
    let sections = image.sections().map(section_name);
    violations.extend(
        exports
            .filter(|name| name.starts_with(EXPORT))
            .chain(sections.filter(|name| name == SECTION))
            .map(Violation::Mutant),
    );
}
