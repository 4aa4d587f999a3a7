//! The image's checksum, which NT verifies for every driver ("PE Format": checked for validation at
//! load time are all drivers).

use super::{ImageFault, headers::Headers};

/// Refuses a file whose header states another checksum than it has.
pub(super) fn verify(bytes: &[u8], headers: &Headers<'_>) -> Result<(), ImageFault> {
    let computed = compute(bytes, headers.checksum_at);
    if headers.checksum == computed {
        Ok(())
    } else {
        Err(ImageFault::Checksum {
            stated: headers.checksum,
            computed,
        })
    }
}

/// The sum of the file's 16-bit words with end-around carry, the checksum's own four bytes taken as
/// zero, plus the file's length: what `ImageHlp`'s `CheckSumMappedFile` is documented to compute.
pub(super) fn compute(bytes: &[u8], checksum_at: usize) -> u32 {
    let mut sum = 0u32;
    for (index, word) in bytes.chunks(2).enumerate() {
        let at = index * 2;
        if (checksum_at..checksum_at.saturating_add(4)).contains(&at) {
            continue;
        }
        let word = match *word {
            [low, high] => u16::from_le_bytes([low, high]),
            [low] => u16::from(low),
            _ => 0,
        };
        sum += u32::from(word);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    sum.wrapping_add(length)
}
