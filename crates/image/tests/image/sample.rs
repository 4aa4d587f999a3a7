//! A small driver image made by hand, so that a test can say what is in it and break one thing.

/// The image's file, and where its parts stand.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) bytes: Vec<u8>,
}

/// File offset of the PE signature.
pub(crate) const NT: usize = 0x80;
/// File offset of the COFF header.
pub(crate) const COFF: usize = NT + 4;
/// File offset of the optional header.
pub(crate) const OPTIONAL: usize = COFF + 20;
/// File offset of the data directories.
pub(crate) const DIRECTORIES: usize = OPTIONAL + 112;
/// File offset of the section table.
pub(crate) const SECTIONS: usize = DIRECTORIES + 16 * 8;
/// The header size as the header states it.
pub(crate) const HEADERS: usize = 0x400;
/// What the image is linked for.
pub(crate) const BASE: u64 = 0x1_4000_0000;

pub(crate) const TEXT: u32 = 0x1000;
pub(crate) const RDATA: u32 = 0x2000;
pub(crate) const DATA: u32 = 0x3000;
pub(crate) const RELOC: u32 = 0x4000;
/// The data section's length: more than the file has of it.
pub(crate) const DATA_SIZE: u32 = 0x800;
/// The first import slot; the others follow, 8 bytes each, with one empty slot after a module.
pub(crate) const IAT: u32 = RDATA + 0x180;
/// The addresses in `.data` that move with the image.
pub(crate) const POINTERS: [u32; 2] = [DATA + 8, DATA + 0x20];

/// Where each section's bytes begin in the file; sectors, not pages.
const RAW: [(u32, usize); 4] = [(TEXT, 0x400), (RDATA, 0x600), (DATA, 0xA00), (RELOC, 0xC00)];
const FILE_SIZE: usize = 0xE00;

/// Index of a section in the table.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    Text,
    Rdata,
    Data,
    Reloc,
}

impl Sample {
    pub(crate) fn new() -> Self {
        let mut sample = Self {
            bytes: vec![0; FILE_SIZE],
        };
        sample.headers();
        // mov eax, 0; ret
        sample.put(TEXT, &[0xB8, 0, 0, 0, 0, 0xC3]);
        sample.imports();
        sample.exports();
        sample.debug_record();
        sample.put(DATA, b"variable");
        for (index, at) in POINTERS.into_iter().enumerate() {
            sample.put(at, &(BASE + 0x1000 * (index as u64 + 1)).to_le_bytes());
        }
        sample.relocations();
        sample.seal();
        sample
    }

    /// Writes at an RVA.
    pub(crate) fn put(&mut self, rva: u32, data: &[u8]) {
        let at = file_offset(rva);
        self.bytes[at..at + data.len()].copy_from_slice(data);
    }

    pub(crate) fn put_u16(&mut self, at: usize, value: u16) {
        self.bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn put_u32(&mut self, at: usize, value: u32) {
        self.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn put_u64(&mut self, at: usize, value: u64) {
        self.bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }

    /// The file offset of a field of a section's header.
    pub(crate) fn section_field(which: Which, field: usize) -> usize {
        SECTIONS + 40 * which as usize + field
    }

    /// States the checksum that the file has now.
    pub(crate) fn seal(&mut self) {
        if self.bytes.len() < OPTIONAL + 68 {
            return;
        }
        self.put_u32(OPTIONAL + 64, 0);
        let sum = self.bytes.chunks(2).fold(0u64, |sum, pair| {
            sum + u64::from(pair[0]) + (u64::from(pair.get(1).copied().unwrap_or(0)) << 8)
        });
        // End-around carry may be folded in at the end as well.
        let folded = (sum & 0xFFFF) + (sum >> 16);
        let folded = (folded & 0xFFFF) + (folded >> 16);
        self.put_u32(
            OPTIONAL + 64,
            u32::try_from(folded).unwrap() + u32::try_from(self.bytes.len()).unwrap(),
        );
    }

    fn headers(&mut self) {
        self.bytes[..2].copy_from_slice(b"MZ");
        self.put_u32(0x3C, u32::try_from(NT).unwrap());
        self.bytes[NT..NT + 4].copy_from_slice(b"PE\0\0");
        self.put_u16(COFF, 0x8664);
        self.put_u16(COFF + 2, 4);
        self.put_u16(COFF + 16, 240);
        self.put_u16(COFF + 18, 0x2022);
        self.put_u16(OPTIONAL, 0x20B);
        self.put_u32(OPTIONAL + 16, TEXT);
        self.put_u64(OPTIONAL + 24, BASE);
        self.put_u32(OPTIONAL + 32, 0x1000);
        self.put_u32(OPTIONAL + 36, 0x200);
        self.put_u32(OPTIONAL + 56, 0x5000);
        self.put_u32(OPTIONAL + 60, u32::try_from(HEADERS).unwrap());
        self.put_u16(OPTIONAL + 68, 1);
        self.put_u16(OPTIONAL + 70, 0x1E0);
        self.put_u32(OPTIONAL + 108, 16);
        for (name, size, (rva, at), raw, flags) in [
            (b".text\0\0\0", 6, RAW[0], 0x200, 0x6000_0020),
            (b".rdata\0\0", 0x400, RAW[1], 0x400, 0x4000_0040),
            (b".data\0\0\0", DATA_SIZE, RAW[2], 0x200, 0xC000_0040),
            (b".reloc\0\0", 0x100, RAW[3], 0x200, 0x4200_0040_u32),
        ] {
            let header = SECTIONS + 40 * (rva as usize / 0x1000 - 1);
            self.bytes[header..header + 8].copy_from_slice(name);
            self.put_u32(header + 8, size);
            self.put_u32(header + 12, rva);
            self.put_u32(header + 16, raw);
            self.put_u32(header + 20, u32::try_from(at).unwrap());
            self.put_u32(header + 36, flags);
        }
    }

    pub(crate) fn directory(&mut self, index: usize, rva: u32, size: u32) {
        self.put_u32(DIRECTORIES + 8 * index, rva);
        self.put_u32(DIRECTORIES + 8 * index + 4, size);
    }

    /// ntoskrnl.exe: `DbgPrint`, `KeBugCheckEx`; WDFLDR.SYS: `WdfVersionBind`.
    fn imports(&mut self) {
        self.directory(1, RDATA, 60);
        let names = RDATA + 0x100;
        for (index, (module, at, routines)) in [
            ("ntoskrnl.exe", 0x40, &["DbgPrint", "KeBugCheckEx"][..]),
            ("WDFLDR.SYS", 0x60, &["WdfVersionBind"][..]),
        ]
        .into_iter()
        .enumerate()
        {
            let first = if index == 0 { 0 } else { 3 };
            let lookup = names + 8 * first;
            let addresses = IAT + 8 * first;
            let descriptor = RDATA + 20 * u32::try_from(index).unwrap();
            self.put(descriptor, &lookup.to_le_bytes());
            self.put(descriptor + 12, &(RDATA + at).to_le_bytes());
            self.put(descriptor + 16, &addresses.to_le_bytes());
            self.put(RDATA + at, module.as_bytes());
            for (slot, name) in routines.iter().enumerate() {
                let slot = u32::try_from(slot).unwrap();
                let hint = RDATA + 0x80 + 0x20 * (first.min(2) + slot);
                self.put(hint + 2, name.as_bytes());
                self.put(lookup + 8 * slot, &u64::from(hint).to_le_bytes());
                self.put(addresses + 8 * slot, &u64::from(hint).to_le_bytes());
            }
        }
    }

    /// `DriverEntry` at the entry point, `Elsewhere` forwarded.
    fn exports(&mut self) {
        let table = RDATA + 0x200;
        self.directory(0, table, 0x100);
        self.put(table + 20, &2u32.to_le_bytes());
        self.put(table + 24, &2u32.to_le_bytes());
        self.put(table + 28, &(table + 0x30).to_le_bytes());
        self.put(table + 32, &(table + 0x40).to_le_bytes());
        self.put(table + 36, &(table + 0x50).to_le_bytes());
        self.put(table + 0x30, &TEXT.to_le_bytes());
        self.put(table + 0x34, &(table + 0xA0).to_le_bytes());
        self.put(table + 0x40, &(table + 0x60).to_le_bytes());
        self.put(table + 0x44, &(table + 0x80).to_le_bytes());
        self.put(table + 0x50, &0u16.to_le_bytes());
        self.put(table + 0x52, &1u16.to_le_bytes());
        self.put(table + 0x60, b"DriverEntry");
        self.put(table + 0x80, b"Elsewhere");
        self.put(table + 0xA0, b"OTHER.Routine");
    }

    fn debug_record(&mut self) {
        let (directory, record) = (RDATA + 0x300, RDATA + 0x340);
        self.directory(6, directory, 28);
        self.put(directory + 12, &2u32.to_le_bytes());
        self.put(directory + 16, &32u32.to_le_bytes());
        self.put(directory + 20, &record.to_le_bytes());
        self.put(record, b"RSDS");
        let guid: Vec<u8> = (1..=16).collect();
        self.put(record + 4, &guid);
        self.put(record + 20, &3u32.to_le_bytes());
        self.put(record + 24, b"a.pdb");
    }

    fn relocations(&mut self) {
        self.directory(5, RELOC, 16);
        self.put(RELOC, &DATA.to_le_bytes());
        self.put(RELOC + 4, &16u32.to_le_bytes());
        for (index, at) in POINTERS.into_iter().enumerate() {
            self.relocation(index, 10, at - DATA);
        }
        // Two entries of padding: a zero, and one with an offset that means nothing.
        self.relocation(2, 0, 0);
        self.relocation(3, 0, 0x123);
    }

    /// Replaces an entry of the relocation block for `.data`.
    pub(crate) fn relocation(&mut self, index: usize, kind: u16, offset: u32) {
        let entry = kind << 12 | u16::try_from(offset).unwrap();
        let at = RELOC + 8 + 2 * u32::try_from(index).unwrap();
        self.put(at, &entry.to_le_bytes());
    }
}

/// Where the byte at an RVA stands in the file.
pub(crate) fn file_offset(rva: u32) -> usize {
    let (start, raw) = RAW
        .into_iter()
        .rfind(|(start, _)| *start <= rva)
        .expect("an RVA within a section");
    raw + (rva - start) as usize
}
