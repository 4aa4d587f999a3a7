//! An image that is refused, and what the refusal says.

use image::{Allow, Image, ImageFault};

use crate::{
    fault, load,
    sample::{BASE, COFF, DATA, HEADERS, OPTIONAL, RDATA, RELOC, Sample, TEXT, Which, file_offset},
};

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
fn a_section_that_is_writable_and_executable_is_loaded_where_that_is_allowed() {
    let flags = Sample::section_field(Which::Text, 36);
    let mut sample = Sample::new();
    sample.put_u32(flags, 0xE000_0020);
    sample.seal();
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("writable_code.sys");
    std::fs::write(&file, &sample.bytes).expect("the folder of tests can be written to");
    let allow = Allow {
        writable_code: true,
    };
    let image = Image::load_allowing(allow, &file, None).expect("it is allowed");
    let text = image.section_at(TEXT).expect("it is there");
    assert!(text.protection.write && text.protection.execute);
    assert!(Image::load(&file, None).is_err());
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

#[test]
fn a_table_that_nt_does_not_use_is_named_where_it_is_damaged() {
    let table = RDATA + 0x300;
    let said = |index: usize, size: u32, words: &[u32]| {
        let fault = fault(|s| {
            s.directory(index, table, size);
            for (at, word) in (0..).zip(words) {
                s.put(table + 4 * at, &word.to_le_bytes());
            }
        });
        let ImageFault::Table { table, reason, .. } = fault else {
            panic!("a damaged table, not {fault:?}")
        };
        format!("{table}: {reason}")
    };
    let tls = "table of thread-local storage";
    assert_eq!(said(9, 16, &[]), format!("{tls}: it is cut short"));
    assert_eq!(
        said(9, 0x10_0000, &[]),
        format!("{tls}: it exceeds the image")
    );
    assert_eq!(
        said(9, 40, &[0x1000, 0]),
        format!("{tls}: an address in it lies outside the sections")
    );
    let delayed = "table of delayed imports";
    assert_eq!(
        said(13, 64, &[0, RDATA, DATA, DATA, RDATA]),
        format!("{delayed}: an entry has addresses where x64 has RVAs")
    );
    assert_eq!(
        said(13, 64, &[1, 0x9000, DATA, DATA, RDATA]),
        format!("{delayed}: an entry leads out of the sections")
    );
    assert_eq!(
        said(13, 32, &[1, RDATA, DATA, DATA, RDATA]),
        format!("{delayed}: it has no end")
    );
}

#[test]
fn a_damaged_load_configuration_is_named() {
    let table = DATA + 0x100;
    let said = |size: u32, field: u32, value: u64| {
        let fault = fault(|s| {
            s.directory(10, table, 64);
            s.put(table, &size.to_le_bytes());
            s.put(table + 144, &0x500_u32.to_le_bytes());
            s.put(table + field, &value.to_le_bytes());
        });
        let ImageFault::Table { table, reason, .. } = fault else {
            panic!("a damaged table, not {fault:?}")
        };
        format!("{table}: {reason}")
    };
    let config = "load configuration";
    assert_eq!(
        said(0x10_0000, 8, 0),
        format!("{config}: it exceeds the image")
    );
    assert_eq!(
        said(152, 88, BASE + 0x9000),
        format!("{config}: an address in it lies outside the sections")
    );
    assert_eq!(
        said(152, 136, 0x500_0000_0001),
        format!("{config}: its table of functions exceeds the image")
    );
}
