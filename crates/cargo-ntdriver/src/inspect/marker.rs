//! The mark that mutants carry.
//!
//! A mutant is wrong on purpose. The mark is in its exports, so that no such image passes for the
//! driver.

use image::ImageFile;

use super::Violation;

/// What a mutant exports.
pub const MARK: &str = "DIRQL_MUTANT";

pub(super) fn check(image: &ImageFile<'_>, violations: &mut Vec<Violation>) {
    let exports = image.exports().into_iter().map(|(name, _)| name);
    violations.extend(exports.filter(|name| name == MARK).map(Violation::Mutant));
}
