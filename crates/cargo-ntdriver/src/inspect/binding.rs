//! The KMDF bind information: what the image asks the framework's loader for.
//!
//! The layouts are those of `WDF_BIND_INFO` and `WDF_BIND_INFO2` in fxldr.h
//! (github.com/microsoft/Windows-Driver-Frameworks).

use std::fmt;

use image::ImageFile;

use super::Violation;

/// What a `WDF_BIND_INFO` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Major version of the framework.
    pub major: u32,
    /// Minor version whose function table the image was compiled against.
    pub minor: u32,
    /// Entries of that table.
    pub functions: u32,
    /// Oldest minor version the image accepts; absent in the form before 1.25.
    pub minimum: Option<u32>,
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            major,
            minor,
            functions,
            ..
        } = self;
        write!(f, "KMDF {major}.{minor} with {functions} functions")?;
        match self.minimum {
            Some(minimum) => write!(f, ", minimum {major}.{minimum}"),
            None => write!(f, ", no minimum"),
        }
    }
}

pub(super) fn check(image: &ImageFile<'_>, expected: &Binding, violations: &mut Vec<Violation>) {
    match Binding::read(image) {
        None => violations.push(Violation::NoBinding),
        Some(found) if found != *expected => violations.push(Violation::Binding {
            found: Box::new(found),
            expected: Box::new(expected.clone()),
        }),
        Some(_) => {}
    }
}

/// `sizeof(WDF_BIND_INFO)` and `sizeof(WDF_BIND_INFO2)`; the first field tells them apart.
const V1_SIZE: u32 = 48;
const V2_SIZE: u32 = 88;

impl Binding {
    /// Finds the bind information of `image`: the structure whose second field points to the string `KmdfLibrary`.
    #[must_use]
    pub fn read(image: &ImageFile<'_>) -> Option<Self> {
        image
            .contents()
            .flat_map(|(start, bytes)| {
                let length = u32::try_from(bytes.len()).unwrap_or(0);
                (start..start.saturating_add(length)).step_by(8)
            })
            .find_map(|rva| Self::at(image, rva))
    }

    fn at(image: &ImageFile<'_>, rva: u32) -> Option<Self> {
        let size = image.read_u32(rva)?;
        if size != V1_SIZE && size != V2_SIZE {
            return None;
        }
        let component: Vec<u8> = "KmdfLibrary\0"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let name = image.read_pointer(rva + 8)?;
        if image.read(name, component.len())? != component {
            return None;
        }
        let minimum = if size == V2_SIZE {
            Some(image.read_u32(image.read_pointer(rva + 48)?)?)
        } else {
            None
        };
        Some(Self {
            major: image.read_u32(rva + 16)?,
            minor: image.read_u32(rva + 20)?,
            functions: image.read_u32(rva + 28)?,
            minimum,
        })
    }
}
