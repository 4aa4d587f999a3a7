//! A copy of the built image to do damage to.

use image::{ImageFile, checksum};
use xtask::inspect::{Scope, Violation, imports_of_the_driver, inspect};

use crate::support;

/// Offsets in the optional header of PE32+.
pub(crate) mod optional {
    pub(crate) const MAGIC: usize = 0;
    pub(crate) const ENTRY_POINT: usize = 16;
    pub(crate) const SECTION_ALIGNMENT: usize = 32;
    pub(crate) const IMAGE_VERSION: usize = 44;
    pub(crate) const SUBSYSTEM: usize = 68;
    pub(crate) const DLL_CHARACTERISTICS: usize = 70;
    /// The data directories: an address and a size each.
    pub(crate) const DIRECTORIES: usize = 112;
    pub(crate) const LENGTH: usize = 240;
}
/// Data directories by their index.
pub(crate) mod directory {
    pub(crate) const RESOURCES: usize = 2;
    pub(crate) const BASE_RELOCATIONS: usize = 5;
    pub(crate) const THREAD_LOCAL_STORAGE: usize = 9;
    pub(crate) const LOAD_CONFIGURATION: usize = 10;
    pub(crate) const IMPORT_ADDRESSES: usize = 12;
}
pub(crate) const EXECUTE: u32 = 0x2000_0000;
pub(crate) const WRITE: u32 = 0x8000_0000;

/// A copy of the built image to do damage to.
pub(crate) struct Patient(pub(crate) Vec<u8>);

impl Patient {
    pub(crate) fn new() -> Self {
        Self(support::image())
    }

    pub(crate) fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.0[at..at + 2].try_into().unwrap())
    }

    pub(crate) fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    pub(crate) fn write(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    pub(crate) fn file_header(&self) -> usize {
        self.u32(0x3c) as usize + 4
    }

    pub(crate) fn optional(&self, field: usize) -> usize {
        self.file_header() + 20 + field
    }

    pub(crate) fn directory(&self, index: usize) -> usize {
        self.optional(optional::DIRECTORIES + 8 * index)
    }

    /// The section header of `name`.
    pub(crate) fn section(&self, name: &str) -> usize {
        let count = usize::from(self.u16(self.file_header() + 2));
        let table = self.optional(optional::LENGTH);
        (0..count)
            .map(|index| table + 40 * index)
            .find(|at| self.0[*at..*at + 8].starts_with(name.as_bytes()))
            .unwrap_or_else(|| panic!("no section {name}"))
    }

    /// Where the file holds what a data directory leads to.
    pub(crate) fn place(&self, directory: usize) -> usize {
        let rva = self.u32(self.directory(directory));
        let image = ImageFile::parse(&self.0).unwrap();
        let found = image.read(rva, 1).expect("the file holds it");
        found.as_ptr() as usize - self.0.as_ptr() as usize
    }

    pub(crate) fn find(&self, bytes: &[u8]) -> usize {
        self.0
            .windows(bytes.len())
            .position(|window| window == bytes)
            .unwrap_or_else(|| panic!("{bytes:?} is not in the image"))
    }

    /// Clears `bits` of the DLL characteristics.
    pub(crate) fn unmark(&mut self, bits: u16) {
        let at = self.optional(optional::DLL_CHARACTERISTICS);
        let marks = self.u16(at) & !bits;
        self.write(at, &marks.to_le_bytes());
    }

    /// At least `length` bytes of padding between functions, where an instruction can be planted.
    pub(crate) fn padding(&self, length: usize) -> usize {
        let text = self.section(".text");
        let start = self.u32(text + 20) as usize;
        let size = self.u32(text + 8) as usize;
        let breakpoints = vec![0xcc; length];
        start
            + self.0[start..start + size]
                .windows(length)
                .position(|window| window == breakpoints)
                .expect("no padding in .text")
    }

    /// Puts the checksum right again, so that only the damage shows.
    pub(crate) fn healed_checksum(mut self) -> Self {
        let field = self.optional(64);
        let sum = checksum(&self.0, field);
        self.write(field, &sum.to_le_bytes());
        self
    }

    pub(crate) fn violations(self) -> Vec<Violation> {
        inspect(
            &self.healed_checksum().0,
            &imports_of_the_driver(),
            Scope::Release,
        )
    }

    pub(crate) fn rules(self) -> Vec<&'static str> {
        self.violations().iter().map(Violation::rule).collect()
    }
}
