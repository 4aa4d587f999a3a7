//! An image that is taken: where its parts stand, and what they say.

use image::{ExportTarget, ImageFault};

use crate::{
    fault, load,
    sample::{BASE, DATA, DATA_SIZE, IAT, POINTERS, RDATA, RELOC, Sample, TEXT, Which},
};

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
fn the_load_configuration_says_what_a_loader_writes() {
    let table = DATA + 0x100;
    let functions = DATA + 0x1A0;
    let mut s = Sample::new();
    s.directory(10, table, 64);
    s.put(table, &152_u32.to_le_bytes());
    for (field, rva) in [
        (88, DATA),
        (112, DATA + 0x1C0),
        (120, DATA + 0x1C8),
        (128, functions),
    ] {
        s.put(table + field, &(BASE + u64::from(rva)).to_le_bytes());
    }
    s.put(table + 136, &2_u64.to_le_bytes());
    // A table whose entries have one more byte.
    s.put(table + 144, &0x1000_0500_u32.to_le_bytes());
    s.put(functions, &(TEXT + 16).to_le_bytes());
    s.put(functions + 5, &TEXT.to_le_bytes());
    s.seal();
    let config = load(&s).expect("it is sound").load_config().clone();
    assert_eq!(config.security_cookie, Some(DATA));
    assert_eq!(config.guard_check, Some(DATA + 0x1C0));
    assert_eq!(config.guard_dispatch, Some(DATA + 0x1C8));
    assert_eq!(config.guard_functions, Some(vec![TEXT, TEXT + 16]));
}
