//! The image's headers: what kind of image it is, and where everything else is found.

use object::{
    LittleEndian as LE, pe,
    read::pe::{DataDirectories, ImageNtHeaders, ImageOptionalHeader, SectionTable},
};

use super::{ImageFault, PAGE_SIZE};

/// The largest image that is loaded: no driver comes near it, and a damaged size is not allocated.
const MAX_IMAGE: u32 = 64 << 20;

/// What Windows accepts: "the Windows loader limits the number of sections to 96" (PE Format).
const MAX_SECTIONS: usize = 96;

/// The checked headers of a 64-bit kernel image.
pub(super) struct Headers<'data> {
    pub(super) preferred_base: u64,
    pub(super) entry: u32,
    /// Bytes of headers at the file's start, mapped at the image's start.
    pub(super) size: u32,
    pub(super) image_size: u32,
    pub(super) section_alignment: u32,
    pub(super) file_alignment: u32,
    pub(super) checksum: u32,
    /// Where in the file the checksum stands.
    pub(super) checksum_at: usize,
    pub(super) relocations_stripped: bool,
    directories: DataDirectories<'data>,
    pub(super) sections: SectionTable<'data>,
}

impl<'data> Headers<'data> {
    pub(super) fn parse(bytes: &'data [u8]) -> Result<Self, ImageFault> {
        let object = |error: object::read::Error| damaged(error.to_string());
        let dos = pe::ImageDosHeader::parse(bytes).map_err(object)?;
        let nt_at = u64::from(dos.nt_headers_offset());
        let mut end = nt_at;
        // The kind is looked at first: "for x86" says more than "bad magic".
        check_kind(bytes, nt_at)?;
        let (nt, directories) = pe::ImageNtHeaders64::parse(bytes, &mut end).map_err(object)?;
        let sections = nt.sections(bytes, end).map_err(object)?;
        let optional = nt.optional_header();
        if optional.subsystem() != pe::IMAGE_SUBSYSTEM_NATIVE {
            return Err(wrong(format!(
                "the image's subsystem is {}, not 1 (native)",
                optional.subsystem()
            )));
        }
        let headers = Self {
            preferred_base: optional.image_base(),
            entry: optional.address_of_entry_point(),
            size: optional.size_of_headers(),
            image_size: optional.size_of_image(),
            section_alignment: optional.section_alignment(),
            file_alignment: optional.file_alignment(),
            checksum: optional.check_sum(),
            checksum_at: checksum_offset(nt_at)?,
            relocations_stripped: nt.file_header().characteristics.get(LE)
                & pe::IMAGE_FILE_RELOCS_STRIPPED
                != 0,
            directories,
            sections,
        };
        headers.check_sizes(bytes, end)?;
        Ok(headers)
    }

    /// A data directory's RVA and size; `None` where the image has none.
    pub(super) fn directory(&self, index: usize) -> Option<(u32, u32)> {
        let entry = self.directories.get(index)?;
        Some((entry.virtual_address.get(LE), entry.size.get(LE)))
    }

    fn check_sizes(&self, bytes: &[u8], sections_at: u64) -> Result<(), ImageFault> {
        let page = |what: &str, value: u32| {
            if value.is_power_of_two() {
                Ok(())
            } else {
                Err(damaged(format!("{what} {value:#x} is no power of two")))
            }
        };
        page("section alignment", self.section_alignment)?;
        page("file alignment", self.file_alignment)?;
        if self.section_alignment < PAGE_SIZE {
            return Err(damaged(format!(
                "section alignment {:#x} is less than a page, so that sections cannot be protected; link with /ALIGN:4096 or more",
                self.section_alignment
            )));
        }
        if !(512..=0x1_0000).contains(&self.file_alignment) {
            return Err(damaged(format!(
                "file alignment {:#x} is not within 512 to 64 KiB",
                self.file_alignment
            )));
        }
        if !self.preferred_base.is_multiple_of(0x1_0000) {
            return Err(damaged(format!(
                "image base {:#x} is no multiple of 64 KiB",
                self.preferred_base
            )));
        }
        if self.image_size == 0
            || self.image_size > MAX_IMAGE
            || !self.image_size.is_multiple_of(self.section_alignment)
        {
            return Err(damaged(format!(
                "image size {:#x} is not a multiple of the section alignment within {} MiB",
                self.image_size,
                MAX_IMAGE >> 20
            )));
        }
        let table = size_of::<pe::ImageSectionHeader>() * self.sections.len();
        let table_end = sections_at.saturating_add(table as u64);
        if self.sections.is_empty() || self.sections.len() > MAX_SECTIONS {
            return Err(damaged(format!(
                "{} sections; an image has 1 to {MAX_SECTIONS}",
                self.sections.len()
            )));
        }
        let size = u64::from(self.size);
        if size < table_end || size > bytes.len() as u64 || self.size > self.image_size {
            return Err(damaged(format!(
                "the header size {:#x} does not hold the section table, or exceeds the file",
                self.size
            )));
        }
        Ok(())
    }
}

fn check_kind(bytes: &[u8], nt_at: u64) -> Result<(), ImageFault> {
    // Signature (4), then COFF header (20) with the machine first, then the optional header's magic.
    let machine = read_u16(bytes, nt_at.saturating_add(4));
    let magic = read_u16(bytes, nt_at.saturating_add(24));
    let (Some(machine), Some(magic)) = (machine, magic) else {
        return Err(damaged("the file ends within its headers".to_owned()));
    };
    if !signed(bytes, nt_at) {
        return Err(damaged("no PE signature".to_owned()));
    }
    if machine != pe::IMAGE_FILE_MACHINE_AMD64 {
        let name = match machine {
            pe::IMAGE_FILE_MACHINE_I386 => " (x86)",
            pe::IMAGE_FILE_MACHINE_ARM64 => " (ARM64)",
            _ => "",
        };
        return Err(wrong(format!(
            "the image is for machine {machine:#06x}{name}, not 0x8664 (AMD64)"
        )));
    }
    if magic != pe::IMAGE_NT_OPTIONAL_HDR64_MAGIC {
        return Err(wrong(format!(
            "the optional header is of kind {magic:#x}, not 0x20b (PE32+)"
        )));
    }
    Ok(())
}

fn signed(bytes: &[u8], at: u64) -> bool {
    usize::try_from(at)
        .ok()
        .and_then(|at| bytes.get(at..)?.get(..4))
        == Some(b"PE\0\0".as_slice())
}

fn read_u16(bytes: &[u8], at: u64) -> Option<u16> {
    let pair = bytes.get(usize::try_from(at).ok()?..)?.get(..2)?;
    Some(u16::from_le_bytes(pair.try_into().ok()?))
}

/// The checksum stands 64 bytes into the optional header, in PE32 and in PE32+.
fn checksum_offset(nt_at: u64) -> Result<usize, ImageFault> {
    nt_at
        .checked_add(24 + 64)
        .and_then(|at| usize::try_from(at).ok())
        .ok_or_else(|| damaged("the headers lie beyond the file".to_owned()))
}

fn damaged(reason: String) -> ImageFault {
    ImageFault::Headers { reason }
}

fn wrong(reason: String) -> ImageFault {
    ImageFault::WrongKind { reason }
}
