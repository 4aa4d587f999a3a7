//! The version, the load configuration, and the storage that no image has.

use image::ImageFile;
use xtask::inspect::{Violation, file_version};

use crate::{
    patient::{Patient, directory, optional},
    support,
};

/// What the inspection says of a damage to the version.
fn versions(patient: Patient) -> Vec<String> {
    let violations = patient.violations().into_iter();
    let says = violations.map(|violation| match violation {
        Violation::Version(what) => what,
        other => panic!("{other}"),
    });
    says.collect()
}

fn load_configurations(patient: Patient) -> Vec<String> {
    let violations = patient.violations().into_iter();
    let says = violations.map(|violation| match violation {
        Violation::LoadConfiguration(what) => what,
        other => panic!("{other}"),
    });
    says.collect()
}

/// Where `VS_FIXEDFILEINFO` stands.
fn fixed(patient: &Patient) -> usize {
    patient.find(&0xfeef_04bd_u32.to_le_bytes())
}

#[test]
fn the_version_is_that_of_the_commit_as_of_the_inf() {
    let bytes = support::image();
    let version = file_version(&ImageFile::parse(&bytes).unwrap()).unwrap();
    let numbers: Vec<u16> = version
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert_eq!(numbers.len(), 4);
    assert!(version.starts_with(env!("CARGO_PKG_VERSION")), "{version}");
    // What a file's properties show is text.
    let text: Vec<u8> = version.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(bytes.windows(text.len()).any(|window| window == text));
}

#[test]
fn an_image_without_a_version_is_refused() {
    let mut none = Patient::new();
    let at = none.directory(directory::RESOURCES);
    none.write(at, &[0; 8]);
    assert_eq!(versions(none), ["the image has no version resource"]);

    // One of icons alone has none either.
    let mut icons = Patient::new();
    let at = icons.place(directory::RESOURCES) + 16;
    assert_eq!(icons.u32(at), 16);
    icons.write(at, &3_u32.to_le_bytes());
    assert_eq!(versions(icons), ["the image has no version resource"]);
}

#[test]
fn versions_that_differ_are_refused() {
    let mut product = Patient::new();
    let at = fixed(&product) + 16;
    product.write(at, &[9, 0, 9, 0]);
    let said = versions(product);
    assert!(said[0].contains("the product of 9.9."), "{said:?}");

    let mut header = Patient::new();
    let at = header.optional(optional::IMAGE_VERSION);
    header.write(at, &[7, 0, 7, 0]);
    let said = versions(header);
    assert!(said[0].contains("image version is 7.7"), "{said:?}");

    let mut application = Patient::new();
    let at = fixed(&application) + 36;
    application.write(at, &1_u32.to_le_bytes());
    let said = versions(application);
    assert!(said[0].contains("file type 1, not of a driver"), "{said:?}");
}

#[test]
fn an_image_without_a_load_configuration_is_refused() {
    let mut none = Patient::new();
    let at = none.directory(directory::LOAD_CONFIGURATION);
    none.write(at, &[0; 8]);
    assert_eq!(
        load_configurations(none),
        ["the image has no load configuration"]
    );

    let mut short = Patient::new();
    let at = short.place(directory::LOAD_CONFIGURATION);
    assert_eq!(short.u32(at), 320);
    short.write(at, &112_u32.to_le_bytes());
    let said = load_configurations(short);
    assert!(said[0].contains("has 112 bytes"), "{said:?}");
}

#[test]
fn flags_of_a_guard_that_is_not_there_are_refused() {
    for (flags, says) in [
        (0x100, &["no pointers to the guards"][..]),
        (0x400, &["no call is guarded"]),
        (0x20_0000, &["no page documents: 0x200000"]),
        (0x500, &["no pointers to the guards"]),
    ] {
        let mut patient = Patient::new();
        let at = patient.place(directory::LOAD_CONFIGURATION) + 144;
        patient.write(at, &u32::to_le_bytes(flags));
        let said = load_configurations(patient);
        assert_eq!(said.len(), says.len(), "{said:?}");
        for (said, says) in said.iter().zip(says) {
            assert!(said.contains(says), "{said}");
        }
    }
}

#[test]
fn a_cookie_outside_of_the_image_is_refused() {
    let mut patient = Patient::new();
    let at = patient.place(directory::LOAD_CONFIGURATION) + 88;
    patient.write(at, &0x1000_u64.to_le_bytes());
    let said = load_configurations(patient);
    assert_eq!(said, ["the security cookie is outside of the image"]);
}

#[test]
fn thread_local_storage_is_refused() {
    let mut patient = Patient::new();
    let at = patient.directory(directory::THREAD_LOCAL_STORAGE);
    patient.write(at, &0x1000_u32.to_le_bytes());
    assert_eq!(patient.rules(), ["tls"]);
}
