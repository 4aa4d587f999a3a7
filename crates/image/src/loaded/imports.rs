//! Imports: which routine of which module each slot of the import address table stands for.

use object::{
    LittleEndian as LE, pe,
    read::pe::{Import as RawImport, ImportTable},
};

use super::{ImageFault, headers::Headers};

/// More imports than any driver has; tables that overlap themselves end here.
const MAX_IMPORTS: usize = 0x4000;

/// One slot of the import address table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The module as the image spells it, for example `ntoskrnl.exe`; NT compares without case.
    pub module: String,
    /// The routine, with case.
    pub name: String,
    /// Where the loader stores the routine's address, as 8 bytes.
    pub iat_rva: u32,
}

/// Reads the import directory of a mapped image.
pub(super) fn read(memory: &[u8], headers: &Headers<'_>) -> Result<Vec<Import>, ImageFault> {
    let Some((rva, _)) = headers.directory(pe::IMAGE_DIRECTORY_ENTRY_IMPORT) else {
        return Ok(Vec::new());
    };
    let damaged = |reason| ImageFault::Table {
        table: "import table",
        rva,
        reason,
    };
    // In a mapped image every RVA is an index.
    let table = ImportTable::new(memory, 0, rva);
    let mut imports = Vec::new();
    let descriptors = table
        .descriptors()
        .map_err(|_| damaged("it lies outside the image"))?;
    for descriptor in descriptors {
        let descriptor = descriptor.map_err(|_| damaged("it does not end within the image"))?;
        let module = table
            .name(descriptor.name.get(LE))
            .ok()
            .and_then(identifier)
            .ok_or_else(|| damaged("a module has no name"))?;
        let addresses = descriptor.first_thunk.get(LE);
        let names = match descriptor.original_first_thunk.get(LE) {
            0 => addresses,
            names => names,
        };
        let mut thunks = table
            .thunks(names)
            .map_err(|_| damaged("a list of names lies outside the image"))?;
        let mut slot = addresses;
        while let Some(thunk) = thunks
            .next::<pe::ImageNtHeaders64>()
            .map_err(|_| damaged("a list of names does not end within the image"))?
        {
            let name = match table.import::<pe::ImageNtHeaders64>(thunk) {
                Ok(RawImport::Name(_, name)) => {
                    identifier(name).ok_or_else(|| damaged("a routine's name is no text"))?
                }
                Ok(RawImport::Ordinal(ordinal)) => {
                    return Err(ImageFault::OrdinalImport {
                        module: module.to_owned(),
                        ordinal,
                    });
                }
                Err(_) => return Err(damaged("a routine has no name")),
            };
            let fits = (slot as usize)
                .checked_add(8)
                .is_some_and(|end| end <= memory.len());
            if !fits || slot < headers.size {
                return Err(damaged("an address slot lies outside the sections"));
            }
            if imports.len() == MAX_IMPORTS {
                return Err(damaged("it has more entries than any driver"));
            }
            imports.push(Import {
                module: module.to_owned(),
                name: name.to_owned(),
                iat_rva: slot,
            });
            slot = slot.saturating_add(8);
        }
    }
    Ok(imports)
}

/// A name as symbols have them: printable ASCII, not empty.
pub(super) fn identifier(bytes: &[u8]) -> Option<&str> {
    let plain = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(bytes).ok().filter(|_| plain)
}
