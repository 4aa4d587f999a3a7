//! The Authenticode hash of an image: all of the file but what a signature changes.
//!
//! "Windows Authenticode Portable Executable Signature Format": left out are the checksum, the entry of the data
//! directory that points to the signatures, and the signatures. What lies behind the last section is hashed.

use object::{LittleEndian as LE, pe::IMAGE_DIRECTORY_ENTRY_SECURITY, read::pe::PeFile64};
use sha2::Digest;

use crate::inspect::Image;

/// Where the data directories begin in the optional header of PE32+.
const DIRECTORIES: usize = 112;
const DIRECTORY_LENGTH: usize = 8;
/// Signature, then file header.
const BEFORE_OPTIONAL: usize = 4 + 20;

/// The Authenticode hash of the image `bytes`; `None` where it is no image, or its signatures lie outside of it.
#[must_use]
pub fn hash<D: Digest>(bytes: &[u8]) -> Option<Vec<u8>> {
    let image = Image::parse(bytes).ok()?;
    let pe = PeFile64::parse(bytes).ok()?;
    let checksum = image.checksum_field();
    let optional = pe.dos_header().nt_headers_offset() as usize + BEFORE_OPTIONAL;
    let entry = optional + DIRECTORIES + DIRECTORY_LENGTH * IMAGE_DIRECTORY_ENTRY_SECURITY;

    // Unlike those of other directories, this address is an offset in the file.
    let (start, length) = match pe.data_directory(IMAGE_DIRECTORY_ENTRY_SECURITY) {
        Some(directory) if directory.size.get(LE) > 0 => (
            directory.virtual_address.get(LE) as usize,
            directory.size.get(LE) as usize,
        ),
        _ => (bytes.len(), 0),
    };
    let end = start.checked_add(length)?;
    let mut hash = D::new();
    hash.update(bytes.get(..checksum)?);
    hash.update(bytes.get(checksum + 4..entry)?);
    hash.update(bytes.get(entry + DIRECTORY_LENGTH..start)?);
    hash.update(bytes.get(end..)?);
    // Signing pads the file to eight bytes; a file without a signature is hashed as if it were padded.
    if length == 0 {
        hash.update(&[0_u8; 8][..bytes.len().next_multiple_of(8) - bytes.len()]);
    }
    Some(hash.finalize().to_vec())
}
