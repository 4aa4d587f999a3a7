//! From file offsets to virtual addresses: sections are copied, because the file aligns them to
//! sectors and memory to pages.

use object::{LittleEndian as LE, pe};

use super::{Allow, ImageFault, Protection, Section, headers::Headers};

/// The image's bytes at their virtual layout, and its sections.
pub(super) fn map(
    bytes: &[u8],
    headers: &Headers<'_>,
    allow: Allow,
) -> Result<(Vec<u8>, Vec<Section>), ImageFault> {
    let mut sections = Vec::with_capacity(headers.sections.len());
    let mut raw = Vec::with_capacity(headers.sections.len());
    let mut next = u64::from(headers.size).next_multiple_of(headers.section_alignment.into());
    for header in headers.sections.iter() {
        let section = describe(header);
        let fail = |reason: String| {
            Err(ImageFault::Layout {
                section: section.name.clone(),
                reason,
            })
        };
        if u64::from(section.rva) != next {
            return fail(format!(
                "it begins at RVA {:#x}, but the loader wants sections adjacent and this one at {next:#x}",
                section.rva
            ));
        }
        if section.size == 0 {
            return fail("it is empty".to_owned());
        }
        next = (next + u64::from(section.size)).next_multiple_of(headers.section_alignment.into());
        if next > u64::from(headers.image_size) {
            return fail(format!(
                "it ends at RVA {next:#x}, beyond the image's size {:#x}",
                headers.image_size
            ));
        }
        if section.protection.write && section.protection.execute && !allow.writable_code {
            return Err(ImageFault::WritableCode {
                section: section.name,
            });
        }
        match file_bytes(bytes, header, headers.file_alignment) {
            Ok(data) => raw.push(data),
            Err(reason) => return fail(reason),
        }
        sections.push(section);
    }

    // Only now, when every size is known to be sound, is memory taken.
    let mut memory = vec![0; headers.image_size as usize];
    let head = headers.size as usize;
    copy(&mut memory, 0, bytes.get(..head).unwrap_or_default());
    for (section, data) in sections.iter().zip(raw) {
        let mapped = section.mapped_size() as usize;
        let data = data.get(..mapped).unwrap_or(data);
        copy(&mut memory, section.rva as usize, data);
    }
    Ok((memory, sections))
}

fn copy(memory: &mut [u8], at: usize, data: &[u8]) {
    if let Some(target) = memory.get_mut(at..).and_then(|m| m.get_mut(..data.len())) {
        target.copy_from_slice(data);
    }
}

fn describe(header: &pe::ImageSectionHeader) -> Section {
    let flags = header.characteristics.get(LE);
    let has = |flag| flags & flag != 0;
    let name = String::from_utf8_lossy(header.raw_name()).into_owned();
    let virtual_size = header.virtual_size.get(LE);
    Section {
        pageable: name.starts_with("PAGE"),
        name,
        rva: header.virtual_address.get(LE),
        // Some linkers leave the virtual size out; the loader then takes the file's.
        size: if virtual_size == 0 {
            header.size_of_raw_data.get(LE)
        } else {
            virtual_size
        },
        protection: Protection {
            read: has(pe::IMAGE_SCN_MEM_READ),
            write: has(pe::IMAGE_SCN_MEM_WRITE),
            execute: has(pe::IMAGE_SCN_MEM_EXECUTE),
        },
        discardable: has(pe::IMAGE_SCN_MEM_DISCARDABLE),
    }
}

fn file_bytes<'data>(
    bytes: &'data [u8],
    header: &pe::ImageSectionHeader,
    file_alignment: u32,
) -> Result<&'data [u8], String> {
    let (at, len) = (
        header.pointer_to_raw_data.get(LE),
        header.size_of_raw_data.get(LE),
    );
    if len == 0 {
        return Ok(&[]);
    }
    if !at.is_multiple_of(file_alignment) {
        return Err(format!(
            "its bytes begin at file offset {at:#x}, no multiple of the file alignment {file_alignment:#x}"
        ));
    }
    usize::try_from(at)
        .ok()
        .and_then(|at| bytes.get(at..)?.get(..len as usize))
        .ok_or_else(|| {
            format!(
                "its {len:#x} bytes at file offset {at:#x} exceed the file's {:#x}",
                bytes.len()
            )
        })
}
