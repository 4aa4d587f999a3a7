//! The linker's record of the PDB that belongs to an image, by which a stale PDB is told.

use std::fmt;

use object::{LittleEndian as LE, pe, read::Bytes};

use super::{ImageFault, headers::Headers};

/// The identity of the PDB that was linked with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DebugRecord {
    /// The PDB's GUID, as its bytes stand in the image.
    pub guid: [u8; 16],
    /// How often the PDB had been updated when the image was linked.
    pub age: u32,
}

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

/// Finds the `CodeView` record ("RSDS") among a mapped image's debug entries.
pub(super) fn read(
    memory: &[u8],
    headers: &Headers<'_>,
) -> Result<Option<DebugRecord>, ImageFault> {
    let Some((rva, size)) = headers.directory(pe::IMAGE_DIRECTORY_ENTRY_DEBUG) else {
        return Ok(None);
    };
    let damaged = |reason| ImageFault::Table {
        table: "debug directory",
        rva,
        reason,
    };
    let mut entries = memory
        .get(rva as usize..)
        .and_then(|data| data.get(..size as usize))
        .map(Bytes)
        .ok_or_else(|| damaged("it exceeds the image"))?;
    while let Ok(entry) = entries.read::<pe::ImageDebugDirectory>() {
        let at = entry.address_of_raw_data.get(LE);
        if entry.typ.get(LE) != pe::IMAGE_DEBUG_TYPE_CODEVIEW || at == 0 {
            continue;
        }
        let record = memory
            .get(at as usize..)
            .and_then(|data| data.get(..entry.size_of_data.get(LE) as usize))
            .ok_or_else(|| damaged("a record exceeds the image"))?;
        // "RSDS", GUID, age, path.
        let Some((b"RSDS", rest)) = record.split_first_chunk::<4>() else {
            continue;
        };
        let Some((guid, rest)) = rest.split_first_chunk::<16>() else {
            return Err(damaged("a record is cut short"));
        };
        let Some(age) = rest.first_chunk::<4>() else {
            return Err(damaged("a record is cut short"));
        };
        return Ok(Some(DebugRecord {
            guid: *guid,
            age: u32::from_le_bytes(*age),
        }));
    }
    Ok(None)
}
