//! The Authenticode hash of an image: all of the file but what a signature changes.

use digest::Digest;
use object::{LittleEndian as LE, pe::IMAGE_DIRECTORY_ENTRY_SECURITY};

use crate::ImageFile;

/// The Authenticode hash of the image `bytes`; `None` where it is no image, or its signatures lie outside of it.
///
/// "Windows Authenticode Portable Executable Signature Format": left out are the checksum, the entry of the data
/// directory that points to the signatures, and the signatures. What lies behind the last section is hashed.
#[must_use]
pub fn authenticode_hash<D: Digest>(bytes: &[u8]) -> Option<Vec<u8>> {
    let image = ImageFile::parse(bytes).ok()?;
    let checksum = image.checksum_field();
    let entry = image.directory_field(IMAGE_DIRECTORY_ENTRY_SECURITY);

    // Unlike those of other directories, this address is an offset in the file.
    let (start, length) = match image.directory(IMAGE_DIRECTORY_ENTRY_SECURITY) {
        Some(directory) if directory.size.get(LE) > 0 => (
            directory.virtual_address.get(LE) as usize,
            directory.size.get(LE) as usize,
        ),
        _ => (bytes.len(), 0),
    };
    let end = start.checked_add(length)?;
    let mut hash = D::new();
    hash.update(bytes.get(..checksum.start)?);
    hash.update(bytes.get(checksum.end..entry.start)?);
    hash.update(bytes.get(entry.end..start)?);
    hash.update(bytes.get(end..)?);
    // Signing pads the file to eight bytes; a file without a signature is hashed as if it were padded.
    if length == 0 {
        hash.update(&[0_u8; 8][..bytes.len().next_multiple_of(8) - bytes.len()]);
    }
    Some(hash.finalize().to_vec())
}
