//! The panic's file name in the image: a string literal at the address that the panic gave.
//!
//! Where the kernel had loaded the image need not be known. It loads images at whole pages, so the address tells the
//! place within its page, and few names of that length end in `.rs` at such a place.

use std::path::Path;

use image::ImageFile;
use object::LittleEndian as LE;

/// A file's name, as the compiler put it into the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(pub String);

/// The size of a page, to which the kernel aligns images.
const PAGE: u64 = 4096;

/// The names of `length` bytes that `address` can stand for in the image file `bytes`, loaded at `base` if that is known.
#[must_use]
pub fn names(bytes: &[u8], address: u64, length: usize, base: Option<u64>) -> Vec<FileName> {
    let Ok(file) = ImageFile::parse(bytes) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for section in file.sections() {
        let start = section.virtual_address.get(LE);
        let data = file.section_bytes(section);
        // Sections begin at whole pages.
        let first = u64::from(start) + address % PAGE;
        let end = u64::from(start) + data.len() as u64;
        let rvas = base.map_or(first..end, |base| {
            let rva = address.wrapping_sub(base);
            rva..rva.saturating_add(1)
        });
        let step = usize::try_from(PAGE).unwrap_or(usize::MAX);
        for rva in rvas.step_by(step) {
            let at = rva.checked_sub(u64::from(start));
            if let Some(name) = at.and_then(|at| name(data, at, length))
                && !found.contains(&name)
            {
                found.push(name);
            }
        }
    }
    found
}

fn name(data: &[u8], at: u64, length: usize) -> Option<FileName> {
    let start = usize::try_from(at).ok()?;
    let text = data.get(start..start.checked_add(length)?)?;
    let text = str::from_utf8(text).ok()?;
    let sound = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let source = Path::new(text)
        .extension()
        .is_some_and(|ending| ending == "rs");
    (sound && source).then(|| FileName(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one section at 0x2000 whose data is `data`.
    fn file(data: &[u8]) -> Vec<u8> {
        const NT: usize = 0x40;
        const OPTIONAL: usize = NT + 24;
        const OPTIONAL_LENGTH: u16 = 240;
        const SECTION: usize = OPTIONAL + OPTIONAL_LENGTH as usize;
        let mut bytes = vec![0; 0x200];
        let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
        put(0, b"MZ");
        put(0x3c, &u32::try_from(NT).unwrap().to_le_bytes());
        put(NT, b"PE\0\0");
        put(NT + 4, &0x8664_u16.to_le_bytes());
        put(NT + 6, &1_u16.to_le_bytes());
        put(NT + 20, &OPTIONAL_LENGTH.to_le_bytes());
        put(OPTIONAL, &0x20b_u16.to_le_bytes());
        put(OPTIONAL + 108, &16_u32.to_le_bytes());
        put(SECTION + 12, &0x2000_u32.to_le_bytes());
        let length = u32::try_from(data.len()).unwrap();
        put(SECTION + 8, &length.to_le_bytes());
        put(SECTION + 16, &length.to_le_bytes());
        put(SECTION + 20, &0x200_u32.to_le_bytes());
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
