//! The PE checksum, which the kernel verifies for every driver.

use object::LittleEndian as LE;

use super::{Image, Violation};

/// The checksum of an image whose header keeps it at `field`: the one's-complement sum of its 16-bit words, the field
/// itself taken as zero, plus the file's length.
#[must_use]
pub fn checksum(bytes: &[u8], field: usize) -> u32 {
    let sum = bytes
        .chunks(2)
        .enumerate()
        .filter(|(index, _)| !(field..field + 4).contains(&(index * 2)))
        .fold(0u32, |sum, (_, word)| {
            let word = u16::from_le_bytes([word[0], word.get(1).copied().unwrap_or(0)]);
            let sum = sum + u32::from(word);
            (sum & 0xffff) + (sum >> 16)
        });
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    sum.wrapping_add(length)
}

impl Image<'_> {
    /// Where the file keeps its checksum, in bytes from its start.
    #[must_use]
    pub fn checksum_field(&self) -> usize {
        /// Signature and file header before the optional header; the checksum's place in the latter.
        const FROM_NT_HEADERS: usize = 4 + 20 + 64;
        self.pe.dos_header().nt_headers_offset() as usize + FROM_NT_HEADERS
    }
}

pub(super) fn check(image: &Image<'_>, violations: &mut Vec<Violation>) {
    let stored = image.optional().check_sum.get(LE);
    let computed = checksum(image.bytes, image.checksum_field());
    if stored != computed {
        violations.push(Violation::Checksum { stored, computed });
    }
}
