//! The version of the image: what its resource says, to the debugger, to a setup and to a report, and what its header says.

use image::ImageFile;
use object::{LittleEndian as LE, pe::IMAGE_DIRECTORY_ENTRY_RESOURCE};

use super::Violation;

/// `RT_VERSION`.
const VERSION: u32 = 16;
/// `VS_FIXEDFILEINFO.dwSignature`.
const SIGNATURE: u32 = 0xfeef_04bd;
/// Where `VS_FIXEDFILEINFO` stands behind the lengths and the key `VS_VERSION_INFO`.
const FIXED: u32 = 40;
/// `VFT_DRV`.
const DRIVER: u32 = 3;
/// In the tables of resources: a number leads to another table, and not to data.
const IS_TABLE: u32 = 0x8000_0000;

/// That there is a version, that the file's and the product's are one, and that the header's is its beginning.
pub(super) fn check(image: &ImageFile<'_>, violations: &mut Vec<Violation>) {
    let Some(fixed) = fixed(image) else {
        violations.push(Violation::Version(
            "the image has no version resource".to_owned(),
        ));
        return;
    };
    let mut wrong = |what: String| violations.push(Violation::Version(what));
    let [file, product] = [fixed.file, fixed.product].map(text);
    if file != product {
        wrong(format!(
            "the file is of version {file}, the product of {product}"
        ));
    }
    if fixed.kind != DRIVER {
        wrong(format!(
            "the version resource is of file type {}, not of a driver (3)",
            fixed.kind
        ));
    }
    let optional = image.optional();
    let header = [
        optional.major_image_version.get(LE),
        optional.minor_image_version.get(LE),
    ];
    if header != fixed.file[..2] {
        wrong(format!(
            "the header's image version is {}.{}, the resource's {file} (link with /VERSION)",
            header[0], header[1]
        ));
    }
}

/// The version of the file by its resource, `0.1.0.7`.
#[must_use]
pub fn file_version(image: &ImageFile<'_>) -> Option<String> {
    Some(text(fixed(image)?.file))
}

fn text(version: [u16; 4]) -> String {
    version.map(|number| number.to_string()).join(".")
}

/// What `VS_FIXEDFILEINFO` says.
struct Fixed {
    file: [u16; 4],
    product: [u16; 4],
    kind: u32,
}

fn fixed(image: &ImageFile<'_>) -> Option<Fixed> {
    let root = image
        .directory(IMAGE_DIRECTORY_ENTRY_RESOURCE)?
        .virtual_address
        .get(LE);
    if root == 0 {
        return None;
    }
    // Types, then names, then languages.
    let names = entry(image, root, root, Some(VERSION))?;
    let languages = entry(image, root, table(root, names)?, None)?;
    let data = entry(image, root, table(root, languages)?, None)?;
    let info = image.read_u32(root.checked_add(data)?)?;
    let at = |field: u32| image.read_u32(info.checked_add(FIXED + 4 * field)?);
    if at(0)? != SIGNATURE {
        return None;
    }
    let version = |field| Some([halves(at(field)?), halves(at(field + 1)?)]);
    let four = |[[a, b], [c, d]]: [[u16; 2]; 2]| [a, b, c, d];
    Some(Fixed {
        file: four(version(2)?),
        product: four(version(4)?),
        kind: at(9)?,
    })
}

/// Both halves of a number, the upper first.
fn halves(number: u32) -> [u16; 2] {
    let [a, b, c, d] = number.to_be_bytes();
    [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]
}

/// Where a table lies that an entry leads to.
fn table(root: u32, entry: u32) -> Option<u32> {
    (entry & IS_TABLE != 0).then_some(root.checked_add(entry & !IS_TABLE)?)
}

/// What the entry of the table at `rva` with this number, or its first, leads to.
fn entry(image: &ImageFile<'_>, root: u32, rva: u32, number: Option<u32>) -> Option<u32> {
    debug_assert!(rva >= root);
    let counts = image.read_u32(rva.checked_add(12)?)?;
    let [numbered, named] = halves(counts);
    let count = u32::from(numbered) + u32::from(named);
    (0..count).find_map(|index| {
        let at = rva.checked_add(16 + 8 * index)?;
        let key = image.read_u32(at)?;
        let is_it = number.is_none_or(|number| key == number);
        is_it.then(|| image.read_u32(at + 4)).flatten()
    })
}
