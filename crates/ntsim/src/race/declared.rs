//! What the driver declares atomic: the table in the section `.atomics` of its image.
//!
//! A relaxed load on x64 is a plain `mov`, so an image does not show which of its accesses its author
//! made atomic. A driver says so in a table, whose entries have 32 bytes:
//!
//! | at | what |
//! |---|---|
//! | 0 | `base`, a pointer: to a static; to a context's `WDF_OBJECT_CONTEXT_TYPE_INFO`; null for pool |
//! | 8 | `kind`, 32 bits: 1 static, 2 context, 3 pool |
//! | 12 | `tag`, 32 bits: of the pool allocation; else 0 |
//! | 16 | `size`, 32 bits: of the whole object; a pool allocation is known by its tag and this |
//! | 20 | `offset`, 32 bits: of the atomic memory in the object |
//! | 24 | `length`, 32 bits: of the atomic memory |
//! | 28 | 0 |

use crate::{
    Image,
    failure::{Failure, rule},
    layout,
    sim::Sim,
};

/// The section's name.
const SECTION: &str = ".atomics";
const ENTRY: usize = 32;

const STATIC: u32 = 1;
const CONTEXT: u32 = 2;
const POOL: u32 = 3;

/// An entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    base: u64,
    kind: u32,
    tag: u32,
    size: u32,
    offset: u32,
    length: u32,
}

/// The table.
#[derive(Debug, Default)]
pub(super) struct Declared(Vec<Entry>);

impl Declared {
    /// Reads the table out of the bytes of its section.
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut entries = Vec::new();
        for (index, bytes) in bytes.chunks_exact(ENTRY).enumerate() {
            let word = |at: usize| {
                let bytes = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
                u32::from_le_bytes(bytes)
            };
            let entry = Entry {
                base: u64::from(word(0)) | u64::from(word(4)) << 32,
                kind: word(8),
                tag: word(12),
                size: word(16),
                offset: word(20),
                length: word(24),
            };
            if entry.kind == 0 && entry.length == 0 {
                // The section is padded with zeroes.
                continue;
            }
            let end = u64::from(entry.offset) + u64::from(entry.length);
            let fits = entry.length != 0 && end <= u64::from(entry.size) && word(28) == 0;
            let based = match entry.kind {
                STATIC | CONTEXT => entry.base != 0 && entry.tag == 0,
                POOL => entry.base == 0 && entry.tag != 0,
                _ => false,
            };
            if !fits || !based {
                return Err(format!(
                    "entry {index} of the section {SECTION} is none: {entry:?}"
                ));
            }
            entries.push(entry);
        }
        Ok(Self(entries))
    }

    fn matching(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let entries = self.0.iter().copied();
        entries.filter(|entry| wanted(entry)).collect()
    }
}

impl Sim {
    /// Takes the driver's table over, as it stands in the loaded image.
    pub(crate) fn load_declared(&mut self, image: &Image, memory: &[u8]) -> Result<(), Failure> {
        let mut sections = image.sections().iter();
        let (Some(races), Some(section)) = (
            self.races.as_mut(),
            sections.find(|section| section.name == SECTION),
        ) else {
            return Ok(());
        };
        let from = section.rva as usize;
        let to = (from + section.mapped_size() as usize).min(memory.len());
        let declared = Declared::parse(&memory[from..to])
            .map_err(|reason| Failure::new(rule::START_FAILED, reason))?;
        for entry in declared.matching(|entry| entry.kind == STATIC) {
            let at = entry.base + u64::from(entry.offset);
            let image = layout::IMAGE_BASE..layout::IMAGE_BASE + u64::from(image.size());
            if !image.contains(&at) {
                return Err(Failure::new(
                    rule::START_FAILED,
                    format!("the section {SECTION} names a static at {at:#x}, outside the image"),
                ));
            }
            races.shadow.declare(at, u64::from(entry.length));
        }
        races.declared = declared;
        Ok(())
    }

    /// Pool was allocated.
    pub(crate) fn declare_pool(&mut self, address: u64, length: u64, tag: u32) {
        self.declare_where(address, |entry| {
            entry.kind == POOL && entry.tag == tag && u64::from(entry.size) == length
        });
    }

    /// A context was made for the type that `type_info` describes.
    pub(crate) fn declare_context(&mut self, address: u64, type_info: u64) {
        self.declare_where(address, |entry| {
            entry.kind == CONTEXT && entry.base == type_info
        });
    }

    fn declare_where(&mut self, address: u64, wanted: impl Fn(&Entry) -> bool) {
        if let Some(races) = self.races.as_mut() {
            for entry in races.declared.matching(wanted) {
                let at = address + u64::from(entry.offset);
                races.shadow.declare(at, u64::from(entry.length));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(base: u64, words: [u32; 6]) -> Vec<u8> {
        let mut bytes = base.to_le_bytes().to_vec();
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        bytes
    }

    #[test]
    fn a_table_is_read_up_to_its_padding() {
        let mut table = bytes(0x1000, [STATIC, 0, 8, 0, 8, 0]);
        table.extend(bytes(0, [POOL, 7, 64, 60, 4, 0]));
        table.extend([0; 100]);
        let declared = Declared::parse(&table).expect("the table is good");
        assert_eq!(declared.0.len(), 2);
        assert_eq!(declared.0[1].offset, 60);
    }

    #[test]
    fn an_entry_that_names_nothing_is_refused() {
        for (base, words) in [
            (0, [STATIC, 0, 8, 0, 8, 0]),
            (0x1000, [POOL, 7, 8, 0, 8, 0]),
            (0, [POOL, 0, 8, 0, 8, 0]),
            (0x1000, [4, 0, 8, 0, 8, 0]),
            (0x1000, [CONTEXT, 0, 8, 4, 8, 0]),
            (0x1000, [CONTEXT, 0, 8, 4, 0, 0]),
            (0x1000, [CONTEXT, 0, 8, 4, 4, 1]),
        ] {
            assert!(Declared::parse(&bytes(base, words)).is_err(), "{words:?}");
        }
    }
}
