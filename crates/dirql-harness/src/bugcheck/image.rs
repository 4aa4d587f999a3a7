//! The panic's file name in the image: a string literal at the address that the panic gave.
//!
//! Where the kernel had loaded the image need not be known. It loads images at whole pages, so the address tells the
//! place within its page, and few names of that length end in `.rs` at such a place.

use std::path::Path;

/// A file's name, as the compiler put it into the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(pub String);

/// The size of a page, to which the kernel aligns images.
const PAGE: u64 = 4096;

/// The names of `length` bytes that `address` can stand for in the image file `bytes`, loaded at `base` if that is known.
#[must_use]
pub fn names(bytes: &[u8], address: u64, length: usize, base: Option<u64>) -> Vec<FileName> {
    let Some(sections) = sections(bytes) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for section in sections {
        // Sections begin at whole pages.
        let first = u64::from(section.rva) + address % PAGE;
        let end = u64::from(section.rva) + section.data.len() as u64;
        let rvas = base.map_or(first..end, |base| {
            let rva = address.wrapping_sub(base);
            rva..rva.saturating_add(1)
        });
        let step = usize::try_from(PAGE).unwrap_or(usize::MAX);
        for rva in rvas.step_by(step) {
            if let Some(name) = name(&section, rva, length)
                && !found.contains(&name)
            {
                found.push(name);
            }
        }
    }
    found
}

fn name(section: &Section<'_>, rva: u64, length: usize) -> Option<FileName> {
    let start = usize::try_from(rva.checked_sub(u64::from(section.rva))?).ok()?;
    let text = section.data.get(start..start.checked_add(length)?)?;
    let text = str::from_utf8(text).ok()?;
    let sound = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let source = Path::new(text)
        .extension()
        .is_some_and(|ending| ending == "rs");
    (sound && source).then(|| FileName(text.to_owned()))
}

struct Section<'a> {
    rva: u32,
    data: &'a [u8],
}

/// The sections of a PE32+ file: those parts of the page "PE Format" that lead to them.
fn sections(bytes: &[u8]) -> Option<Vec<Section<'_>>> {
    let u16_at = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let size = |at: usize| usize::try_from(u32_at(at)?).ok();
    let header = size(0x3c)?;
    if bytes.get(header..header + 4)? != b"PE\0\0" {
        return None;
    }
    let count = usize::from(u16_at(header + 6)?);
    let table = header + 24 + usize::from(u16_at(header + 20)?);
    (0..count)
        .map(|index| {
            let entry = table + 40 * index;
            let (length, start) = (size(entry + 16)?, size(entry + 20)?);
            Some(Section {
                rva: u32_at(entry + 12)?,
                data: bytes.get(start..start.checked_add(length)?)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one section at 0x2000 whose data is `data`.
    fn file(data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 0x200];
        bytes[0x3c] = 0x40;
        bytes[0x40..0x44].copy_from_slice(b"PE\0\0");
        bytes[0x46] = 1;
        let section = 0x40 + 24;
        bytes[section + 12..section + 16].copy_from_slice(&0x2000_u32.to_le_bytes());
        let length = u32::try_from(data.len()).unwrap();
        bytes[section + 16..section + 20].copy_from_slice(&length.to_le_bytes());
        bytes[section + 20..section + 24].copy_from_slice(&0x200_u32.to_le_bytes());
        bytes.extend_from_slice(data);
        bytes
    }

    fn with(texts: &[(usize, &str)]) -> Vec<u8> {
        let mut data = vec![0; 0x3000];
        for (at, text) in texts {
            data[*at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        file(&data)
    }

    #[test]
    fn the_place_within_a_page_is_enough() {
        let image = with(&[(0x1123, "driver/edu.rs"), (0x0456, "driver/isr.rs")]);
        let address = 0xffff_f801_7654_3123;
        let names = names(&image, address, 13, None);
        assert_eq!(names, [FileName("driver/edu.rs".to_owned())]);
    }

    #[test]
    fn the_base_decides_between_two() {
        let image = with(&[(0x0123, "driver/edu.rs"), (0x1123, "driver/isr.rs")]);
        let base = 0xffff_f801_7654_0000;
        assert_eq!(names(&image, base + 0x2123, 13, None).len(), 2);
        let one = names(&image, base + 0x3123, 13, Some(base));
        assert_eq!(one, [FileName("driver/isr.rs".to_owned())]);
    }

    #[test]
    fn a_file_that_is_no_image_has_none() {
        assert_eq!(names(b"no image", 0x123, 13, None), []);
        assert_eq!(names(&with(&[]), 0x123, 13, None), []);
    }
}
