//! Exports by name: what others may import, and where a test finds a driver's variables.

use object::{pe, read::pe::ExportTable};

use super::{ImageFault, headers::Headers, imports::identifier};

/// An export by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What it stands for.
    pub target: ExportTarget,
}

/// What an export stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportTarget {
    /// An address in the image.
    Rva(u32),
    /// Another module's export, as `MODULE.Name`.
    Forward(String),
}

/// Reads the export directory of a mapped image, sorted by name.
pub(super) fn read(memory: &[u8], headers: &Headers<'_>) -> Result<Vec<Export>, ImageFault> {
    let Some((rva, size)) = headers.directory(pe::IMAGE_DIRECTORY_ENTRY_EXPORT) else {
        return Ok(Vec::new());
    };
    let damaged = |reason| ImageFault::Table {
        table: "export table",
        rva,
        reason,
    };
    let data = memory
        .get(rva as usize..)
        .and_then(|data| data.get(..size as usize))
        .ok_or_else(|| damaged("it exceeds the image"))?;
    let table = ExportTable::parse(data, rva).map_err(|_| damaged("its lists exceed it"))?;
    let mut exports = Vec::new();
    for (pointer, index) in table.name_iter() {
        let name = table
            .name_from_pointer(pointer)
            .ok()
            .and_then(identifier)
            .ok_or_else(|| damaged("a name lies outside it"))?;
        let address = table
            .address_by_index(index.into())
            .map_err(|_| damaged("a name has no address"))?;
        let forward = table
            .forward_string(address)
            .map_err(|_| damaged("a forwarder lies outside it"))?;
        let target = match forward {
            Some(to) => ExportTarget::Forward(
                identifier(to)
                    .ok_or_else(|| damaged("a forwarder is no text"))?
                    .to_owned(),
            ),
            None if (address as usize) < memory.len() => ExportTarget::Rva(address),
            None => return Err(damaged("an address lies outside the image")),
        };
        exports.push(Export {
            name: name.to_owned(),
            target,
        });
    }
    exports.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(exports)
}
