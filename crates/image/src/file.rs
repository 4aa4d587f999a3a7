//! A PE32+ file as it is: for tools that judge an image, or change it.
//!
//! Nothing but the headers has to be sound. Addresses are relative to the image base (RVAs), offsets are
//! in the file.

use std::{collections::BTreeSet, ops::Range};

use object::{
    LittleEndian as LE, pe, pod,
    read::{
        self,
        pe::{ExportTarget, ImageNtHeaders, Import, PeFile64},
    },
};

/// A parsed PE32+ file.
pub struct ImageFile<'a> {
    bytes: &'a [u8],
    pe: PeFile64<'a>,
}

/// An import, by name or not, as module and name.
pub type ImportedName = (String, String);

/// An entry of the debug directory, as offsets in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebugEntry {
    /// What kind of record it leads to, an `IMAGE_DEBUG_TYPE_` value.
    pub kind: u32,
    /// Where the entry's timestamp stands.
    pub timestamp: Range<usize>,
    /// The record.
    pub data: Range<usize>,
}

impl<'a> ImageFile<'a> {
    /// Parses `bytes`.
    ///
    /// # Errors
    /// The reader's reason, for anything but a PE32+ file with sections within it.
    pub fn parse(bytes: &'a [u8]) -> read::Result<Self> {
        let pe = PeFile64::parse(bytes)?;
        Ok(Self { bytes, pe })
    }

    /// The file.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Its headers.
    #[must_use]
    pub fn nt(&self) -> &'a pe::ImageNtHeaders64 {
        self.pe.nt_headers()
    }

    /// Its optional header.
    #[must_use]
    pub fn optional(&self) -> &'a pe::ImageOptionalHeader64 {
        self.nt().optional_header()
    }

    /// An entry of the data directory, by an `IMAGE_DIRECTORY_ENTRY_` index.
    #[must_use]
    pub fn directory(&self, index: usize) -> Option<&'a pe::ImageDataDirectory> {
        self.pe.data_directory(index)
    }

    /// Its section headers.
    pub fn sections(&self) -> impl Iterator<Item = &'a pe::ImageSectionHeader> {
        self.pe.section_table().iter()
    }

    /// What the file holds of `section`; a truncated section is short or empty.
    #[must_use]
    pub fn section_bytes(&self, section: &pe::ImageSectionHeader) -> &'a [u8] {
        section.pe_data(self.bytes).unwrap_or_default()
    }

    /// The address of each section with what the file holds of it.
    pub fn contents(&self) -> impl Iterator<Item = (u32, &'a [u8])> {
        self.sections()
            .map(|section| (section.virtual_address.get(LE), self.section_bytes(section)))
    }

    /// The `length` initialised bytes at `rva`.
    #[must_use]
    pub fn read(&self, rva: u32, length: usize) -> Option<&'a [u8]> {
        let tail = self.pe.section_table().pe_data_at(self.bytes, rva)?;
        tail.get(..length)
    }

    /// The number at `rva`.
    #[must_use]
    pub fn read_u32(&self, rva: u32) -> Option<u32> {
        let bytes = self.read(rva, 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    /// The pointer at `rva`, as an RVA.
    #[must_use]
    pub fn read_pointer(&self, rva: u32) -> Option<u32> {
        let bytes = self.read(rva, 8)?;
        let address = u64::from_le_bytes(bytes.try_into().ok()?);
        let base = self.optional().image_base.get(LE);
        u32::try_from(address.checked_sub(base)?).ok()
    }

    /// Exported names with their addresses; forwarders have none.
    #[must_use]
    pub fn exports(&self) -> Vec<(String, Option<u32>)> {
        let table = self.pe.export_table().ok().flatten();
        let exports = table.and_then(|table| table.exports().ok());
        exports
            .unwrap_or_default()
            .into_iter()
            .filter_map(|export| {
                let name = String::from_utf8_lossy(export.name?).into_owned();
                let rva = match export.target {
                    ExportTarget::Address(rva) => Some(rva),
                    _ => None,
                };
                Some((name, rva))
            })
            .collect()
    }

    /// Every import as module and name.
    ///
    /// An import by ordinal, and the presence of delay-loaded modules, of which the kernel knows nothing,
    /// appear under names that no routine has.
    ///
    /// # Errors
    /// The reader's reason, for a table that leads out of the file.
    pub fn imports(&self) -> read::Result<BTreeSet<ImportedName>> {
        let mut imports = BTreeSet::new();
        let delayed = self.directory(pe::IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT);
        if delayed.is_some_and(|directory| directory.virtual_address.get(LE) != 0) {
            imports.insert(("(delay-loaded)".to_owned(), "(modules)".to_owned()));
        }
        let Some(table) = self.pe.import_table()? else {
            return Ok(imports);
        };
        let mut modules = table.descriptors()?;
        while let Some(descriptor) = modules.next()? {
            let module = table.name(descriptor.name.get(LE))?;
            let module = String::from_utf8_lossy(module).into_owned();
            let mut thunks = table.thunks(descriptor.original_first_thunk.get(LE))?;
            while let Some(thunk) = thunks.next::<pe::ImageNtHeaders64>()? {
                let name = match table.import::<pe::ImageNtHeaders64>(thunk)? {
                    Import::Name(_, name) => String::from_utf8_lossy(name).into_owned(),
                    Import::Ordinal(ordinal) => format!("(ordinal {ordinal})"),
                };
                imports.insert((module.clone(), name));
            }
        }
        Ok(imports)
    }

    /// The debug directory; `None` where there is none, or it leads out of the file.
    #[must_use]
    pub fn debug_entries(&self) -> Option<Vec<DebugEntry>> {
        /// Characteristics come before the timestamp.
        const TIMESTAMP: usize = 4;
        const LENGTH: usize = size_of::<pe::ImageDebugDirectory>();

        let (rva, size) = self
            .directory(pe::IMAGE_DIRECTORY_ENTRY_DEBUG)?
            .address_range();
        let (start, _) = self.pe.section_table().pe_file_range_at(rva)?;
        let start = start as usize;
        let table = self.bytes.get(start..start.checked_add(size as usize)?)?;
        let entries = table.chunks_exact(LENGTH).enumerate();
        entries
            .map(|(index, entry)| {
                let timestamp = start + index * LENGTH + TIMESTAMP;
                let (entry, _) = pod::from_bytes::<pe::ImageDebugDirectory>(entry).ok()?;
                let data = entry.pointer_to_raw_data.get(LE) as usize;
                let end = data.checked_add(entry.size_of_data.get(LE) as usize)?;
                self.bytes.get(data..end)?;
                Some(DebugEntry {
                    kind: entry.typ.get(LE),
                    timestamp: timestamp..timestamp + 4,
                    data: data..end,
                })
            })
            .collect()
    }

    /// Where the file header's timestamp stands.
    #[must_use]
    pub fn timestamp_field(&self) -> Range<usize> {
        /// Signature, machine and the number of sections come before it.
        const FROM_NT_HEADERS: usize = 4 + 2 + 2;
        let at = self.nt_offset() + FROM_NT_HEADERS;
        at..at + 4
    }

    /// Where the checksum stands.
    #[must_use]
    pub fn checksum_field(&self) -> Range<usize> {
        /// The checksum's place in the optional header.
        const IN_OPTIONAL: usize = 64;
        let at = self.optional_offset() + IN_OPTIONAL;
        at..at + 4
    }

    /// Where an entry of the data directory stands, by an `IMAGE_DIRECTORY_ENTRY_` index.
    #[must_use]
    pub fn directory_field(&self, index: usize) -> Range<usize> {
        /// Where the data directories begin in the optional header of PE32+.
        const IN_OPTIONAL: usize = size_of::<pe::ImageOptionalHeader64>();
        const LENGTH: usize = size_of::<pe::ImageDataDirectory>();
        let at = self.optional_offset() + IN_OPTIONAL + LENGTH * index;
        at..at + LENGTH
    }

    fn nt_offset(&self) -> usize {
        self.pe.dos_header().nt_headers_offset() as usize
    }

    fn optional_offset(&self) -> usize {
        /// Signature, then file header.
        const FROM_NT_HEADERS: usize = 4 + size_of::<pe::ImageFileHeader>();
        self.nt_offset() + FROM_NT_HEADERS
    }
}

/// The name of a section, at most eight characters.
#[must_use]
pub fn section_name(section: &pe::ImageSectionHeader) -> String {
    String::from_utf8_lossy(section.raw_name()).into_owned()
}

/// Whether a section's bytes can be executed.
#[must_use]
pub fn is_executable(section: &pe::ImageSectionHeader) -> bool {
    section.characteristics.get(LE) & pe::IMAGE_SCN_MEM_EXECUTE != 0
}
