//! What the loader makes of an image, and what it refuses.

mod image_sample;

use image_sample::{
    BASE, COFF, DATA, DATA_SIZE, HEADERS, IAT, OPTIONAL, POINTERS, RDATA, RELOC, Sample, TEXT,
    Which, file_offset,
};
use ntsim::image::{ExportTarget, Image, ImageFault};

fn load(sample: &Sample) -> Result<Image, ImageFault> {
    Image::from_bytes("sample", &sample.bytes).map_err(|error| error.fault)
}

/// The fault of the sample after one change, with the checksum made right again.
fn fault(change: impl FnOnce(&mut Sample)) -> ImageFault {
    let mut sample = Sample::new();
    change(&mut sample);
    sample.seal();
    load(&sample).expect_err("the changed image is refused")
}

#[test]
fn sections_stand_at_their_pages_although_the_file_packs_them_to_sectors() {
    let image = load(&Sample::new()).unwrap();
    assert_eq!(image.size(), 0x5000);
    assert_eq!(image.entry(), TEXT);
    let memory = image.memory();
    assert_eq!(&memory[..2], b"MZ");
    assert_eq!(memory[TEXT as usize], 0xB8);
    assert_eq!(&memory[DATA as usize..][..8], b"variable");
    let places: Vec<_> = image
        .sections()
        .iter()
        .map(|s| (s.name.as_str(), s.rva, s.size, s.protection.to_string()))
        .collect();
    assert_eq!(
        places,
        [
            (".text", TEXT, 6, "RX".to_owned()),
            (".rdata", RDATA, 0x400, "R".to_owned()),
            (".data", DATA, DATA_SIZE, "RW".to_owned()),
            (".reloc", RELOC, 0x100, "R".to_owned()),
        ]
    );
    assert!(image.sections()[3].discardable);
}

#[test]
fn data_that_the_file_does_not_hold_is_zero() {
    let image = load(&Sample::new()).unwrap();
    let beyond_the_file = &image.memory()[DATA as usize + 0x200..][..0x600];
    assert!(beyond_the_file.iter().all(|byte| *byte == 0));
}

#[test]
fn a_section_of_the_paged_kind_is_known_as_pageable() {
    let mut sample = Sample::new();
    let name = Sample::section_field(Which::Text, 0);
    sample.bytes[name..name + 8].copy_from_slice(b"PAGE\0\0\0\0");
    sample.seal();
    let image = load(&sample).unwrap();
    let pageable: Vec<_> = image.sections().iter().map(|s| s.pageable).collect();
    assert_eq!(pageable, [true, false, false, false]);
}

#[test]
fn relocation_moves_the_listed_addresses_and_nothing_else() {
    let image = load(&Sample::new()).unwrap();
    assert_eq!(image.relocations(), POINTERS);
    let base = 0xFFFF_F800_1234_0000;
    let moved = image.relocated(base);
    for (index, at) in POINTERS.into_iter().enumerate() {
        let address = u64::from_le_bytes(moved[at as usize..][..8].try_into().unwrap());
        assert_eq!(address, base + 0x1000 * (index as u64 + 1));
    }
    let changed = moved
        .iter()
        .zip(image.memory())
        .enumerate()
        .filter(|(_, (new, old))| new != old)
        .all(|(at, _)| {
            POINTERS
                .iter()
                .any(|p| (*p as usize..*p as usize + 8).contains(&at))
        });
    assert!(changed, "only the listed addresses differ");
    assert_eq!(image.relocated(BASE), image.memory());
}

#[test]
fn imports_are_named_with_the_slot_that_the_code_calls_through() {
    let image = load(&Sample::new()).unwrap();
    let imports: Vec<_> = image
        .imports()
        .iter()
        .map(|i| (i.module.as_str(), i.name.as_str(), i.iat_rva))
        .collect();
    assert_eq!(
        imports,
        [
            ("ntoskrnl.exe", "DbgPrint", IAT),
            ("ntoskrnl.exe", "KeBugCheckEx", IAT + 8),
            ("WDFLDR.SYS", "WdfVersionBind", IAT + 24),
        ]
    );
}

#[test]
fn an_image_without_lookup_tables_is_bound_from_its_address_tables() {
    let mut sample = Sample::new();
    sample.put(RDATA, &0u32.to_le_bytes());
    sample.seal();
    let image = load(&sample).unwrap();
    assert_eq!(image.imports(), load(&Sample::new()).unwrap().imports());
}

#[test]
fn an_import_by_ordinal_is_refused_by_module_and_number() {
    let by_ordinal = fault(|s| s.put(RDATA + 0x100, &(1u64 << 63 | 0x11).to_le_bytes()));
    assert_eq!(
        by_ordinal,
        ImageFault::OrdinalImport {
            module: "ntoskrnl.exe".to_owned(),
            ordinal: 17,
        }
    );
}

#[test]
fn exports_are_found_by_name_and_forwarders_are_not_addresses() {
    let image = load(&Sample::new()).unwrap();
    assert_eq!(image.export("DriverEntry"), Some(TEXT));
    assert_eq!(image.export("driverentry"), None);
    assert_eq!(image.export("Elsewhere"), None);
    assert_eq!(
        image.exports()[1].target,
        ExportTarget::Forward("OTHER.Routine".to_owned())
    );
}

#[test]
fn the_debug_record_identifies_the_pdb() {
    let image = load(&Sample::new()).unwrap();
    assert_eq!(
        image.debug_record().unwrap().to_string(),
        "04030201-0605-0807-090a-0b0c0d0e0f10 age 3"
    );
}

#[test]
fn a_debug_record_of_another_format_identifies_nothing() {
    let mut sample = Sample::new();
    sample.put(RDATA + 0x340, b"NB10");
    sample.seal();
    assert_eq!(load(&sample).unwrap().debug_record(), None);
}

#[test]
fn without_a_pdb_an_address_is_module_and_offset() {
    let image = load(&Sample::new()).unwrap();
    assert_eq!(image.symbols().resolve(0x1002).to_string(), "sample+0x1002");
}

#[test]
fn a_section_that_is_writable_and_executable_is_refused() {
    let flags = Sample::section_field(Which::Text, 36);
    assert_eq!(
        fault(|s| s.put_u32(flags, 0xE000_0020)),
        ImageFault::WritableCode {
            section: ".text".to_owned()
        }
    );
}

#[test]
fn a_relocation_of_another_machine_is_named() {
    let ImageFault::Relocation { rva, reason } = fault(|s| s.relocation(1, 3, 0x20)) else {
        panic!("a relocation fault")
    };
    assert_eq!(rva, DATA + 0x20);
    assert!(reason.contains("HIGHLOW"), "{reason}");
}

#[test]
fn a_relocation_that_leaves_the_image_or_hits_another_is_refused() {
    for (change, target) in [
        (fault(|s| s.put(RELOC, &0x4FF8u32.to_le_bytes())), 0x5000),
        (fault(|s| s.put(RELOC, &0u32.to_le_bytes())), 8),
        (fault(|s| s.relocation(1, 10, 0xC)), DATA + 0xC),
    ] {
        let ImageFault::Relocation { rva, .. } = change else {
            panic!("a relocation fault, not {change:?}")
        };
        assert_eq!(rva, target);
    }
}

#[test]
fn an_image_that_cannot_be_moved_is_refused() {
    assert_eq!(fault(|s| s.put_u16(COFF + 18, 0x2023)), ImageFault::Fixed);
}

#[test]
fn an_image_of_another_kind_is_refused_by_what_it_is() {
    for (change, says) in [
        (fault(|s| s.put_u16(COFF, 0x14C)), "x86"),
        (fault(|s| s.put_u16(COFF, 0xAA64)), "ARM64"),
        (fault(|s| s.put_u16(OPTIONAL, 0x10B)), "PE32+"),
        (fault(|s| s.put_u16(OPTIONAL + 68, 3)), "native"),
    ] {
        let ImageFault::WrongKind { reason } = change else {
            panic!("a wrong kind, not {change:?}")
        };
        assert!(reason.contains(says), "{reason}");
    }
}

#[test]
fn an_entry_point_outside_of_code_is_refused() {
    for rva in [0, DATA, 0x9000] {
        assert_eq!(
            fault(|s| s.put_u32(OPTIONAL + 16, rva)),
            ImageFault::Entry { rva }
        );
    }
}

#[test]
fn a_changed_byte_shows_in_the_checksum() {
    let mut sample = Sample::new();
    let last = sample.bytes.len() - 1;
    sample.bytes[last] ^= 1;
    assert!(matches!(load(&sample), Err(ImageFault::Checksum { .. })));

    let mut unsealed = Sample::new();
    unsealed.put_u32(OPTIONAL + 64, 0);
    assert!(matches!(
        load(&unsealed),
        Err(ImageFault::Checksum { stated: 0, .. })
    ));
}

#[test]
fn sections_that_do_not_fit_are_refused_by_name() {
    let field = |which, at| Sample::section_field(which, at);
    for (change, name) in [
        // Not adjacent.
        (
            fault(|s| s.put_u32(field(Which::Data, 12), 0x3800)),
            ".data",
        ),
        (
            fault(|s| s.put_u32(field(Which::Rdata, 12), TEXT)),
            ".rdata",
        ),
        // Beyond the image.
        (
            fault(|s| s.put_u32(field(Which::Reloc, 8), 0x1001)),
            ".reloc",
        ),
        (
            fault(|s| s.put_u32(field(Which::Reloc, 8), u32::MAX)),
            ".reloc",
        ),
        // Beyond the file.
        (
            fault(|s| s.put_u32(field(Which::Text, 20), 0x2000)),
            ".text",
        ),
        (
            fault(|s| s.put_u32(field(Which::Text, 16), u32::MAX)),
            ".text",
        ),
        // Not on a sector.
        (fault(|s| s.put_u32(field(Which::Data, 20), 0xA01)), ".data"),
    ] {
        let ImageFault::Layout { section, .. } = change else {
            panic!("a layout fault, not {change:?}")
        };
        assert_eq!(section, name);
    }
}

#[test]
fn sizes_that_cannot_be_are_refused_before_memory_is_taken() {
    for change in [
        // Image size: absurd, ragged, none.
        fault(|s| s.put_u32(OPTIONAL + 56, 0xFFFF_F000)),
        fault(|s| s.put_u32(OPTIONAL + 56, 0x5001)),
        fault(|s| s.put_u32(OPTIONAL + 56, 0)),
        // Alignments: less than a page, no power of two, less than a sector.
        fault(|s| s.put_u32(OPTIONAL + 32, 0x200)),
        fault(|s| s.put_u32(OPTIONAL + 32, 0x1800)),
        fault(|s| s.put_u32(OPTIONAL + 36, 0x10)),
        // Header size: does not hold the section table; exceeds the file.
        fault(|s| s.put_u32(OPTIONAL + 60, 0x80)),
        fault(|s| s.put_u32(OPTIONAL + 60, 0x4000)),
        // Sections: none, too many.
        fault(|s| s.put_u16(COFF + 2, 0)),
        fault(|s| {
            s.bytes.resize(0x2000, 0);
            s.put_u32(OPTIONAL + 60, 0x1200);
            s.put_u16(COFF + 2, 97);
        }),
    ] {
        assert!(matches!(change, ImageFault::Headers { .. }), "{change:?}");
    }
}

#[test]
fn tables_that_leave_the_image_are_refused() {
    for (index, name) in [
        (0, "export table"),
        (1, "import table"),
        (5, "relocation table"),
        (6, "debug directory"),
    ] {
        for (rva, size) in [(0x9000, 0x40), (0xFFFF_FFFF, 0x40), (0x4FFC, 0x40)] {
            let ImageFault::Table { table, .. } = fault(|s| s.directory(index, rva, size)) else {
                panic!("a damaged table")
            };
            assert_eq!(table, name);
        }
    }
}

#[test]
fn a_file_that_is_cut_short_is_refused_wherever_it_ends() {
    let whole = Sample::new();
    for len in 0..whole.bytes.len() {
        for sealed in [false, true] {
            let mut cut = whole.clone();
            cut.bytes.truncate(len);
            if sealed {
                cut.seal();
            }
            assert!(load(&cut).is_err(), "{len} of {} bytes", whole.bytes.len());
        }
    }
}

/// Every bit of the headers and of every table: whatever it does to the image, the loader says
/// what is wrong, or gives an image whose parts are where it says.
#[test]
fn no_damage_to_headers_and_tables_makes_the_loader_fail_otherwise_than_by_saying_so() {
    let whole = Sample::new();
    let tables = file_offset(RDATA)..file_offset(RDATA) + 0x380;
    let relocations = file_offset(RELOC)..file_offset(RELOC) + 0x20;
    let (mut refused, mut accepted) = (0, 0);
    for at in (0..HEADERS).chain(tables).chain(relocations) {
        let bits = (0..8).map(|bit| 1u8 << bit);
        for change in bits.chain([0xFF]) {
            let mut damaged = whole.clone();
            damaged.bytes[at] ^= change;
            damaged.seal();
            match load(&damaged) {
                Ok(image) => {
                    accepted += 1;
                    assert_sound(&image);
                }
                Err(fault) => {
                    refused += 1;
                    assert!(!fault.to_string().is_empty());
                }
            }
        }
    }
    // Both happen: most of the header region is not interpreted by anybody.
    assert!(refused > 500 && accepted > 500, "{refused} {accepted}");
}

fn assert_sound(image: &Image) {
    let size = image.size();
    assert_eq!(image.memory().len(), size as usize);
    let mut end = image.headers_size();
    for section in image.sections() {
        assert!(section.rva >= end);
        end = section.rva + section.mapped_size();
        assert!(!(section.protection.write && section.protection.execute));
    }
    assert!(end <= size);
    let entry = image.section_at(image.entry()).unwrap();
    assert!(entry.protection.execute);
    for import in image.imports() {
        assert!(import.iat_rva >= image.headers_size() && import.iat_rva + 8 <= size);
    }
    for rva in image.relocations() {
        assert!(*rva >= image.headers_size() && *rva + 8 <= size);
    }
    assert_eq!(image.relocated(0).len(), size as usize);
}
