//! The debug directory of a mapped image, for the record of its PDB.

use object::{LittleEndian as LE, pe, read::Bytes};

use super::{ImageFault, headers::Headers};
use crate::DebugRecord;

/// Finds the `CodeView` record ("RSDS") among a mapped image's debug entries, with the path of the PDB in it.
pub(super) fn read(
    memory: &[u8],
    headers: &Headers<'_>,
) -> Result<Option<(DebugRecord, String)>, ImageFault> {
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
        let read = DebugRecord::read(record).map_err(|_| damaged("a record is cut short"))?;
        if read.is_some() {
            return Ok(read);
        }
    }
    Ok(None)
}
