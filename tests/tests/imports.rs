//! An image that asks for what the simulator does not have starts, and is stopped where it calls it.

use std::{
    env, fs,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use dirql_tests::{
    images, offender,
    session::{self, Device, Session},
};
use ntsim::{
    Config, Failure, Image, InterruptResource, Limit, Machine, SetupError, Support, device::Edu,
};

/// How many copies of images have been written.
static COUNT: AtomicU32 = AtomicU32::new(0);

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
    let name = format!("patched-{}.sys", COUNT.fetch_add(1, Ordering::Relaxed));
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&copy, &bytes).expect("the folder of tests can be written to");
    match Image::load(&copy, Some(&path.with_extension("pdb"))) {
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

fn refused(image: &Image) -> Option<SetupError> {
    Machine::new(Config::default(), image, Box::new(Edu::new())).err()
}

/// What ends the run in which the guest keeps a rule.
fn stopped(image: &Image, deed: &str) -> Option<Failure> {
    let config = session::until_blocked(InterruptResource::Line);
    let mut session = match Session::start(&config, image, Device::Edu) {
        Ok(session) => session,
        Err(failure) => return Some(failure),
    };
    session.control(offender::keeps(deed), &[], 4).err()
}

/// The support of an import by its name.
fn support(image: &Image, name: &str) -> Support {
    let needs = ntsim::needs(image);
    let need = needs.iter().find(|need| need.name == name);
    need.expect("the image imports it").support
}

#[test]
fn an_unchanged_image_needs_nothing_that_is_not_modelled() {
    let image = patched(&[]);
    assert_eq!(refused(&image), None);
    let needs = ntsim::needs(&image);
    assert_eq!(needs.len(), image.imports().len());
    for need in needs {
        assert_eq!(need.support, Support::Modelled, "{need}");
    }
}

#[test]
fn a_missing_routine_is_named_when_it_is_called_and_not_before() {
    let image = patched(&[("KeLeaveCriticalRegion", "KeLeaveCriticalRegioX")]);
    assert_eq!(support(&image, "KeLeaveCriticalRegioX"), Support::Unknown);
    assert_eq!(stopped(&image, "pool-leak").map(|it| it.to_string()), None);
    let failure = stopped(&image, "critical-region").expect("it was called");
    assert_eq!(failure.cause, Limit::NotModelled);
    assert_eq!(
        failure.message,
        "the driver called ntoskrnl.exe!KeLeaveCriticalRegioX, which the simulator does not model"
    );
    let caller = failure.backtrace.first().expect("the caller is told");
    assert!(caller.contains("leave_once"), "{caller}");
    let place = failure.location.expect("the call is located");
    assert!(place.contains("levels.rs:"), "{place}");
    assert!(failure.token.is_some());
}

#[test]
fn a_routine_that_a_header_declares_is_listed_with_its_parameters() {
    let image = patched(&[("KeLeaveCriticalRegion", "IoCheckFunctionAccess")]);
    let needs = ntsim::needs(&image);
    let need = needs
        .iter()
        .find(|need| need.name == "IoCheckFunctionAccess");
    let need = need.expect("the image imports it");
    assert_eq!(need.support, Support::RoutineByName);
    let text = need.to_string();
    let begin = "not modelled: ntoskrnl.exe!IoCheckFunctionAccess(GrantedAccess: ACCESS_MASK, ";
    assert!(text.starts_with(begin), "{text}");
    assert!(text.ends_with(") -> NTSTATUS"), "{text}");
}

#[test]
fn a_variable_is_no_routine() {
    let image = patched(&[("KeLeaveCriticalRegion", "CcFastReadNotPossible")]);
    let support = support(&image, "CcFastReadNotPossible");
    assert_eq!(support, Support::VariableByName);
    let failure = stopped(&image, "critical-region").expect("it was called");
    assert_eq!(
        failure.message,
        "the driver called the variable ntoskrnl.exe!CcFastReadNotPossible, which the simulator does not model"
    );
}

#[test]
fn a_routine_of_another_module_is_not_taken_for_it() {
    let image = patched(&[("WDFLDR.SYS", "WDFLDX.SYS")]);
    let failure = stopped(&image, "pool-leak").expect("the entry binds");
    assert_eq!(
        failure.message,
        "the driver called WDFLDX.SYS!WdfVersionBind, which the simulator does not model"
    );
}

#[test]
fn what_a_miniport_imports_from_elsewhere_is_named() {
    // With the kernel's module renamed the guest counts as a miniport, and the HAL and the framework's loader are foreign.
    let image = patched(&[("ntoskrnl.exe", "VIDEOPRT.SYS")]);
    let Some(SetupError::ForeignImports(mut names)) = refused(&image) else {
        panic!("{:?}", refused(&image));
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
