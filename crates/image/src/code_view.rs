//! The linker's record of the PDB that belongs to an image, by which a stale PDB is told.

use std::{fmt, ops::Range};

/// What a record of the format in use begins with.
const SIGNATURE: &[u8; 4] = b"RSDS";

/// The identity of the PDB that was linked with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DebugRecord {
    /// The PDB's GUID, as its bytes stand in the image.
    pub guid: [u8; 16],
    /// How often the PDB had been updated when the image was linked.
    pub age: u32,
}

impl DebugRecord {
    /// Where the GUID stands in a record.
    pub const GUID: Range<usize> = SIGNATURE.len()..SIGNATURE.len() + 16;

    /// Reads a `CodeView` record, "RSDS", GUID, age, path: the identity, and the path of the PDB as the linker wrote
    /// it.
    ///
    /// # Errors
    /// [`CutShort`] for a record of this format that ends within its fields.
    pub fn read(record: &[u8]) -> Result<Option<(Self, String)>, CutShort> {
        let Some((SIGNATURE, rest)) = record.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let (guid, rest) = rest.split_first_chunk::<16>().ok_or(CutShort)?;
        let (age, path) = rest.split_first_chunk::<4>().ok_or(CutShort)?;
        let path = path.split(|byte| *byte == 0).next().unwrap_or_default();
        let record = Self {
            guid: *guid,
            age: u32::from_le_bytes(*age),
        };
        Ok(Some((record, String::from_utf8_lossy(path).into_owned())))
    }
}

/// A `CodeView` record that ends within its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutShort;

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record is cut short")
    }
}

impl std::error::Error for CutShort {}

impl fmt::Display for DebugRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The first three groups are little-endian numbers, the rest is bytes.
        const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
        for (place, index) in ORDER.into_iter().enumerate() {
            let dash = if matches!(place, 4 | 6 | 8 | 10) {
                "-"
            } else {
                ""
            };
            write!(f, "{dash}{:02x}", self.guid[index])?;
        }
        write!(f, " age {}", self.age)
    }
}
