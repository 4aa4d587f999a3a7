//! The export that an image promises not to have.
//!
//! A build that is wrong on purpose, for a test, carries such a name, so that no such image passes for the driver.

use image::ImageFile;

use super::Violation;

pub(super) fn check(image: &ImageFile<'_>, refused: &str, violations: &mut Vec<Violation>) {
    let exports = image.exports().into_iter().map(|(name, _)| name);
    violations.extend(
        exports
            .filter(|name| name == refused)
            .map(Violation::Export),
    );
}
