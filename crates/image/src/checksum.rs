//! The PE checksum, which NT verifies for every driver ("PE Format": checked for validation at load
//! time are all drivers).

/// The checksum of an image whose header keeps it at `field`, an offset in the file.
///
/// The sum of the file's 16-bit words with end-around carry, the field's own four bytes taken as zero,
/// plus the file's length: what `ImageHlp`'s `CheckSumMappedFile` is documented to compute.
#[must_use]
pub fn checksum(bytes: &[u8], field: usize) -> u32 {
    let own = field..field.saturating_add(4);
    let sum = bytes
        .chunks(2)
        .enumerate()
        .filter(|(index, _)| !own.contains(&(index * 2)))
        .fold(0u32, |sum, (_, word)| {
            let word = u16::from_le_bytes([word[0], word.get(1).copied().unwrap_or(0)]);
            let sum = sum + u32::from(word);
            (sum & 0xffff) + (sum >> 16)
        });
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    sum.wrapping_add(length)
}
