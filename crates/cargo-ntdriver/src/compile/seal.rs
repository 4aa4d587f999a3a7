//! An identity for the image that depends on nothing but the image.
//!
//! The linker puts its command line into the PDB, the PDB's hash into the image's debug record, and hashes of that into
//! the timestamps: the temporary folders of one build reach the image of that build. Sealing computes the identity anew
//! from the image without those fields, and writes it to all of them, to the checksum, and to the PDB, so that the two
//! still belong together. Two builds of one source then give one image, byte for byte.

use std::ops::Range;

use image::{DebugRecord, ImageFile, checksum};
use object::pe::IMAGE_DEBUG_TYPE_CODEVIEW;

/// Why an image cannot be sealed: it has not the debug record of a build with a PDB, or the PDB is another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSealed(pub &'static str);

/// Seals `image` and its `pdb`.
///
/// # Errors
/// [`NotSealed`]; both are then unchanged.
pub fn seal(image: &mut [u8], pdb: &mut [u8]) -> Result<(), NotSealed> {
    let fields = Fields::find(image).ok_or(NotSealed("the image has no record of its PDB"))?;
    let in_pdb = guid_in_pdb(pdb).ok_or(NotSealed("the PDB is not readable"))?;
    if image[fields.guid.clone()] != pdb[in_pdb.clone()] {
        return Err(NotSealed("the PDB belongs to another image"));
    }

    for range in fields.all() {
        image[range].fill(0);
    }
    let identity = fnv1a_128(image).to_le_bytes();
    image[fields.guid].copy_from_slice(&identity);
    pdb[in_pdb].copy_from_slice(&identity);
    for range in fields.timestamps {
        image[range].copy_from_slice(&identity[..4]);
    }
    let sum = checksum(image, fields.checksum.start);
    image[fields.checksum].copy_from_slice(&sum.to_le_bytes());
    Ok(())
}

/// Where an image keeps what depends on its PDB, as places in the file.
struct Fields {
    guid: Range<usize>,
    timestamps: Vec<Range<usize>>,
    /// What a build with `/Brepro` keeps besides: the hash itself, in a debug record of its own.
    hashes: Vec<Range<usize>>,
    checksum: Range<usize>,
}

impl Fields {
    fn find(bytes: &[u8]) -> Option<Self> {
        /// The debug record of type "repro".
        const REPRO: u32 = 16;

        let image = ImageFile::parse(bytes).ok()?;
        let mut timestamps = vec![image.timestamp_field()];
        let mut hashes = Vec::new();
        let mut guid = None;
        for entry in image.debug_entries()? {
            timestamps.push(entry.timestamp);
            let start = entry.data.start;
            match entry.kind {
                IMAGE_DEBUG_TYPE_CODEVIEW => {
                    if let Ok(Some(_)) = DebugRecord::read(bytes.get(entry.data)?) {
                        let field = DebugRecord::GUID;
                        guid = Some(start + field.start..start + field.end);
                    }
                }
                REPRO => hashes.push(entry.data),
                _ => {}
            }
        }
        Some(Self {
            guid: guid?,
            timestamps,
            hashes,
            checksum: image.checksum_field(),
        })
    }

    fn all(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let single = [&self.guid, &self.checksum];
        let several = self.timestamps.iter().chain(&self.hashes);
        single.into_iter().chain(several).cloned()
    }
}

/// Where a PDB keeps its GUID: in stream 1, behind a version, a signature and an age.
///
/// A PDB is a file of blocks; its directory, itself in blocks, lists the blocks of every stream
/// (llvm.org/docs/PDB/MsfFile.html).
fn guid_in_pdb(pdb: &[u8]) -> Option<Range<usize>> {
    const MAGIC: &[u8] = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0";
    const GUID: usize = 12;

    if !pdb.starts_with(MAGIC) {
        return None;
    }
    let number = |at: usize| -> Option<usize> {
        let bytes = pdb.get(at..at.checked_add(4)?)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let block_size = number(32)?;
    let directory_length = number(44)?;
    let map = number(52)?.checked_mul(block_size)?;
    if block_size == 0 || directory_length == 0 {
        return None;
    }
    let mut directory = Vec::new();
    for index in 0..directory_length.div_ceil(block_size) {
        let start = number(map + 4 * index)?.checked_mul(block_size)?;
        directory.extend_from_slice(pdb.get(start..start.checked_add(block_size)?)?);
    }
    let entry = |index: usize| -> Option<usize> {
        let bytes = directory.get(4 * index..4 * index + 4)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let streams = entry(0)?;
    // The directory: the number of streams, their lengths, then the blocks of each in turn.
    let blocks_of_first = match entry(1)? {
        // A stream that does not exist.
        0xffff_ffff => 0,
        length => length.div_ceil(block_size),
    };
    let first_block = entry(1 + streams + blocks_of_first)?.checked_mul(block_size)?;
    let start = first_block.checked_add(GUID)?;
    let range = start..start.checked_add(DebugRecord::GUID.len())?;
    (range.end <= pdb.len()).then_some(range)
}

/// The 128-bit FNV-1a hash: an identity, not a protection.
fn fnv1a_128(bytes: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(fnv1a_128(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(
            fnv1a_128(b"foobar"),
            0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18
        );
    }

    #[test]
    fn what_is_no_image_is_left_alone() {
        let (mut image, mut pdb) = (*b"MZ", *b"Microsoft");
        assert!(seal(&mut image, &mut pdb).is_err());
        assert_eq!((&image, &pdb), (b"MZ", b"Microsoft"));
    }
}
