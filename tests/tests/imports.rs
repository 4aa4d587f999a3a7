//! An image that asks for what the simulator does not have is named for it, and does not run.

use dirql_tests::images;
use ntsim::{Config, Image, Machine, SetupError, device::Edu};

/// The guest's image with texts replaced by others of the same length, and the checksum put right.
fn patched(replacements: &[(&str, &str)]) -> Image {
    let path = images::guest_path("offender");
    let mut bytes = std::fs::read(&path).expect("the guest's image can be read");
    for (text, by) in replacements {
        assert_eq!(text.len(), by.len());
        let mut text = text.as_bytes().to_vec();
        text.push(0);
        let places: Vec<usize> = (0..bytes.len() - text.len())
            .filter(|at| bytes[*at..].starts_with(&text))
            .collect();
        let [at] = places[..] else {
            panic!("{text:?} stands at {places:?}");
        };
        bytes[at..at + by.len()].copy_from_slice(by.as_bytes());
    }
    put_checksum_right(&mut bytes);
    match Image::from_bytes("patched", &bytes) {
        Ok(image) => image,
        Err(error) => panic!("{error}"),
    }
}

/// The checksum of the PE format: the 16-bit words of the file added with end-around carry, its own
/// four bytes left out, plus the file's length.
fn put_checksum_right(bytes: &mut [u8]) {
    let word = |bytes: &[u8], at: usize| {
        let mut word = [0; 4];
        word.copy_from_slice(&bytes[at..at + 4]);
        u32::from_le_bytes(word) as usize
    };
    // The optional header follows the signature and the file header; the checksum is at 64 in it.
    let at = word(bytes, 0x3C) + 4 + 20 + 64;
    bytes[at..at + 4].fill(0);
    let sum = bytes.chunks(2).fold(0_u32, |sum, pair| {
        let value = pair
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u32::from(*byte));
        let sum = sum + value;
        (sum & 0xFFFF) + (sum >> 16)
    });
    let sum = sum + u32::try_from(bytes.len()).expect("an image is small");
    bytes[at..at + 4].copy_from_slice(&sum.to_le_bytes());
}

fn missing(image: &Image) -> Option<SetupError> {
    Machine::new(Config::default(), image, Box::new(Edu::new())).err()
}

#[test]
fn an_unchanged_image_misses_nothing() {
    assert_eq!(missing(&patched(&[])), None);
}

#[test]
fn a_missing_routine_is_named_with_its_module() {
    let image = patched(&[("KeLeaveCriticalRegion", "KeLeaveCriticalRegioX")]);
    let error = missing(&image).expect("the routine is missing");
    let names = vec!["ntoskrnl.exe!KeLeaveCriticalRegioX".to_owned()];
    assert_eq!(error, SetupError::MissingImports(names));
    assert_eq!(
        error.to_string(),
        "the image imports what the simulator does not have: ntoskrnl.exe!KeLeaveCriticalRegioX"
    );
}

#[test]
fn every_missing_routine_is_named_at_once() {
    let image = patched(&[
        ("KfRaiseIrql", "KfRaiseIrqX"),
        ("ZwClose", "ZwClosX"),
        ("WdfVersionUnbind", "WdfVersionUnbinX"),
    ]);
    let Some(SetupError::MissingImports(mut names)) = missing(&image) else {
        panic!("three routines are missing");
    };
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "WDFLDR.SYS!WdfVersionUnbinX",
            "ntoskrnl.exe!KfRaiseIrqX",
            "ntoskrnl.exe!ZwClosX"
        ]
    );
}

#[test]
fn a_routine_of_another_module_is_not_taken_for_it() {
    let image = patched(&[("WDFLDR.SYS", "WDFLDX.SYS")]);
    let Some(SetupError::MissingImports(mut names)) = missing(&image) else {
        panic!("a module is missing");
    };
    names.sort_unstable();
    assert_eq!(
        names,
        ["WDFLDX.SYS!WdfVersionBind", "WDFLDX.SYS!WdfVersionUnbind"]
    );
}

#[test]
fn what_a_miniport_imports_from_elsewhere_is_named() {
    // With the kernel's module renamed the guest counts as a miniport, and the HAL and the framework's loader are foreign.
    let image = patched(&[("ntoskrnl.exe", "VIDEOPRT.SYS")]);
    let Some(SetupError::ForeignImports(mut names)) = missing(&image) else {
        panic!("{:?}", missing(&image));
    };
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "HAL.dll!KeStallExecutionProcessor",
            "WDFLDR.SYS!WdfVersionBind",
            "WDFLDR.SYS!WdfVersionUnbind"
        ]
    );
}
