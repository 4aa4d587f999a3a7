//! A PE32+ image, and its bytes by their address in memory.

use object::{
    LittleEndian as LE,
    pe::{IMAGE_SCN_MEM_EXECUTE, ImageNtHeaders64, ImageOptionalHeader64, ImageSectionHeader},
    read::pe::{ExportTarget, ImageNtHeaders, PeFile64},
};

use super::Violation;

/// A parsed image. Addresses are relative to the image base (RVAs).
pub struct Image<'a> {
    /// The file.
    pub(super) bytes: &'a [u8],
    /// Its parsed headers.
    pub(super) pe: PeFile64<'a>,
}

impl<'a> Image<'a> {
    /// Parses `bytes`.
    ///
    /// # Errors
    /// [`Violation::NotPe32Plus`] for anything but a PE32+ file.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Violation> {
        let pe =
            PeFile64::parse(bytes).map_err(|error| Violation::NotPe32Plus(error.to_string()))?;
        Ok(Self { bytes, pe })
    }

    pub(super) fn nt(&self) -> &'a ImageNtHeaders64 {
        self.pe.nt_headers()
    }

    pub(super) fn optional(&self) -> &'a ImageOptionalHeader64 {
        self.nt().optional_header()
    }

    pub(super) fn sections(&self) -> impl Iterator<Item = &'a ImageSectionHeader> {
        self.pe.section_table().iter()
    }

    pub(super) fn executable_sections(&self) -> impl Iterator<Item = &'a ImageSectionHeader> {
        self.sections().filter(|section| is_executable(section))
    }

    /// What the file holds of `section`; a truncated section is short or empty.
    pub(super) fn section_bytes(&self, section: &ImageSectionHeader) -> &'a [u8] {
        section.pe_data(self.bytes).unwrap_or_default()
    }

    /// The `length` initialised bytes at `rva`.
    pub(super) fn read(&self, rva: u32, length: usize) -> Option<&'a [u8]> {
        let tail = self.pe.section_table().pe_data_at(self.bytes, rva)?;
        tail.get(..length)
    }

    pub(super) fn read_u32(&self, rva: u32) -> Option<u32> {
        let bytes = self.read(rva, 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    /// The pointer at `rva`, as an RVA.
    pub(super) fn read_pointer(&self, rva: u32) -> Option<u32> {
        let bytes = self.read(rva, 8)?;
        let address = u64::from_le_bytes(bytes.try_into().ok()?);
        let base = self.optional().image_base.get(LE);
        u32::try_from(address.checked_sub(base)?).ok()
    }

    /// Exported names with their addresses; forwarders have none.
    pub(super) fn exports(&self) -> Vec<(String, Option<u32>)> {
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
}

pub(super) fn is_executable(section: &ImageSectionHeader) -> bool {
    section.characteristics.get(LE) & IMAGE_SCN_MEM_EXECUTE != 0
}

pub(super) fn section_name(section: &ImageSectionHeader) -> String {
    String::from_utf8_lossy(section.raw_name()).into_owned()
}
