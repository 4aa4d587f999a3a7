//! What the driver declares atomic: the table in the section `.atomics` of its image.
//!
//! A relaxed load on x64 is a plain `mov`, so an image does not show which of its accesses its author
//! made atomic. A driver says so in a table, whose entries have 32 bytes. An entry declares memory, whatever
//! instruction accesses it, or one instruction, whatever memory it accesses:
//!
//! | at | what |
//! |---|---|
//! | 0 | `base`, a pointer: to a static; to a context's `WDF_OBJECT_CONTEXT_TYPE_INFO`; null for pool; to the instruction |
//! | 8 | `kind`, 32 bits: 1 static, 2 context, 3 pool, 4 instruction |
//! | 12 | `tag`, 32 bits: of the pool allocation; else 0 |
//! | 16 | `size`, 32 bits: of the whole object; a pool allocation is known by its tag and this |
//! | 20 | `offset`, 32 bits: of the atomic memory in the object |
//! | 24 | `length`, 32 bits: of the atomic memory |
//! | 28 | 0 |
//!
//! The access of a declared instruction is atomic where it has the length of the entry, which is 1, 2, 4 or 8, and is
//! aligned to it: the processor splits others.

/// The section's name.
pub(super) const SECTION: &str = ".atomics";
pub(super) const ENTRY: usize = 32;
pub(super) const STATIC: u32 = 1;
pub(super) const CONTEXT: u32 = 2;
pub(super) const POOL: u32 = 3;
pub(super) const INSTRUCTION: u32 = 4;

/// An entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) base: u64,
    pub(super) kind: u32,
    pub(super) tag: u32,
    pub(super) size: u32,
    pub(super) offset: u32,
    pub(super) length: u32,
}

/// The table.
#[derive(Clone, Debug, Default)]
pub(super) struct Declared {
    /// Of memory.
    pub(super) entries: Vec<Entry>,
    /// The instructions whose accesses are atomic: the address of each, and the length of its access, in order.
    pub(super) instructions: Vec<(u64, u64)>,
}

impl Declared {
    /// Reads the table out of the bytes of its section.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut declared = Self::default();
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
                INSTRUCTION => {
                    let whole = entry.offset == 0 && entry.length == entry.size;
                    entry.base != 0
                        && entry.tag == 0
                        && whole
                        && matches!(entry.size, 1 | 2 | 4 | 8)
                }
                _ => false,
            };
            if !fits || !based {
                return Err(format!(
                    "entry {index} of the section {SECTION} is none: {entry:?}"
                ));
            }
            if entry.kind == INSTRUCTION {
                let marked = (entry.base, u64::from(entry.length));
                declared.instructions.push(marked);
            } else {
                declared.entries.push(entry);
            }
        }
        declared.instructions.sort_unstable();
        Ok(declared)
    }

    /// Whether the instruction at `pc` is declared, and an access of its to so many bytes is one that the processor
    /// does not split.
    pub(super) fn marks(&self, pc: u64, address: u64, length: u64) -> bool {
        let marked = self.instructions.binary_search(&(pc, length)).is_ok();
        marked && address.is_multiple_of(length)
    }

    pub(super) fn matching(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let entries = self.entries.iter().copied();
        entries.filter(|entry| wanted(entry)).collect()
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
        assert_eq!(declared.entries.len(), 2);
        assert_eq!(declared.entries[1].offset, 60);
    }

    #[test]
    fn an_instruction_marks_its_own_aligned_access_and_no_other() {
        let mut table = bytes(0x2000, [INSTRUCTION, 0, 8, 0, 8, 0]);
        table.extend(bytes(0x1000, [INSTRUCTION, 0, 4, 0, 4, 0]));
        let declared = Declared::parse(&table).expect("the table is good");
        assert!(declared.marks(0x1000, 0x9004, 4) && declared.marks(0x2000, 0x9008, 8));
        assert!(!declared.marks(0x1000, 0x9002, 4), "it is not aligned");
        assert!(!declared.marks(0x1000, 0x9008, 8), "it is longer");
        assert!(
            !declared.marks(0x1003, 0x9004, 4),
            "it is another instruction"
        );
    }

    #[test]
    fn an_entry_that_names_nothing_is_refused() {
        for (base, words) in [
            (0, [STATIC, 0, 8, 0, 8, 0]),
            (0x1000, [POOL, 7, 8, 0, 8, 0]),
            (0, [POOL, 0, 8, 0, 8, 0]),
            (0x1000, [5, 0, 8, 0, 8, 0]),
            (0, [INSTRUCTION, 0, 8, 0, 8, 0]),
            (0x1000, [INSTRUCTION, 0, 8, 4, 4, 0]),
            (0x1000, [INSTRUCTION, 0, 6, 0, 6, 0]),
            (0x1000, [CONTEXT, 0, 8, 4, 8, 0]),
            (0x1000, [CONTEXT, 0, 8, 4, 0, 0]),
            (0x1000, [CONTEXT, 0, 8, 4, 4, 1]),
        ] {
            assert!(Declared::parse(&bytes(base, words)).is_err(), "{words:?}");
        }
    }
}
