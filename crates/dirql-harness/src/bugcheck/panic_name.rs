//! The panic's file name in the image: a string literal at the address that the panic gave.
//!
//! Where the kernel had loaded the image need not be known. It loads images at whole pages, so the address tells the
//! place within its page, and few names of that length end in `.rs` at such a place.

use std::path::Path;

use image::ImageFile;

/// A file's name, as the compiler put it into the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(pub String);

/// The size of a page, to which the kernel aligns images.
const PAGE: u64 = 4096;

/// The names of `length` bytes that `address` can stand for in the image file `bytes`, loaded at `base` if that is known.
#[must_use]
pub fn names(bytes: &[u8], address: u64, length: usize, base: Option<u64>) -> Vec<FileName> {
    ImageFile::parse(bytes).map_or_else(
        |_| Vec::new(),
        |file| names_in(file.contents(), address, length, base),
    )
}

/// The same in sections, each with the address that it has in the image.
fn names_in<'a>(
    sections: impl Iterator<Item = (u32, &'a [u8])>,
    address: u64,
    length: usize,
    base: Option<u64>,
) -> Vec<FileName> {
    let mut found = Vec::new();
    for (start, data) in sections {
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

    /// The names in one section at 0x2000 that holds `texts` at their offsets.
    fn names_among(
        texts: &[(usize, &str)],
        address: u64,
        length: usize,
        base: Option<u64>,
    ) -> Vec<FileName> {
        let mut data = vec![0; 0x3000];
        for (at, text) in texts {
            data[*at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        names_in([(0x2000, &data[..])].into_iter(), address, length, base)
    }

    #[test]
    fn the_place_within_a_page_is_enough() {
        let texts = [(0x1123, "driver/edu.rs"), (0x0456, "driver/isr.rs")];
        let address = 0xffff_f801_7654_3123;
        let names = names_among(&texts, address, 13, None);
        assert_eq!(names, [FileName("driver/edu.rs".to_owned())]);
    }

    #[test]
    fn the_base_decides_between_two() {
        let texts = [(0x0123, "driver/edu.rs"), (0x1123, "driver/isr.rs")];
        let base = 0xffff_f801_7654_0000;
        assert_eq!(names_among(&texts, base + 0x2123, 13, None).len(), 2);
        let one = names_among(&texts, base + 0x3123, 13, Some(base));
        assert_eq!(one, [FileName("driver/isr.rs".to_owned())]);
    }

    #[test]
    fn what_is_no_image_or_has_no_such_name_gives_none() {
        assert_eq!(names(b"no image", 0x123, 13, None), []);
        assert_eq!(names_among(&[], 0x123, 13, None), []);
    }
}
