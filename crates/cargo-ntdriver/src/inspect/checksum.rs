//! The PE checksum, which the kernel verifies for every driver.

use image::{ImageFile, checksum};
use object::LittleEndian as LE;

use super::Violation;

pub(super) fn check(image: &ImageFile<'_>, violations: &mut Vec<Violation>) {
    let stored = image.optional().check_sum.get(LE);
    let computed = checksum(image.bytes(), image.checksum_field().start);
    if stored != computed {
        violations.push(Violation::Checksum { stored, computed });
    }
}
