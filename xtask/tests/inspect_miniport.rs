//! What is refused of a miniport image, and that the built one is not.

use std::{env, fs, path::PathBuf};

use xtask::inspect::{AllowList, Scope, Violation, imports_of_the_miniport, inspect_miniport};

/// The miniport image that `cargo xtask test` built.
fn image() -> Vec<u8> {
    let path = PathBuf::from(env::var_os("DIRQL_VIDEO_IMAGE").expect(
        "DIRQL_VIDEO_IMAGE names no image: run these tests by `cargo xtask test`, or set it to the path that \
         `cargo xtask build` prints",
    ));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn of_the_miniport(image: &[u8], list: &AllowList) -> Vec<Violation> {
    inspect_miniport(image, list, Scope::Release)
}

#[test]
fn the_built_miniport_breaks_no_rule() {
    assert_eq!(of_the_miniport(&image(), &imports_of_the_miniport()), []);
}

#[test]
fn an_import_from_any_other_module_is_refused_by_name() {
    // The module's name in the image, in another spelling of the same length.
    let mut image = image();
    let at = image
        .windows(13)
        .position(|window| window == b"VIDEOPRT.SYS\0")
        .expect("the image names the module");
    image[at..at + 12].copy_from_slice(b"ntoskrnl.exe");
    let violations = of_the_miniport(&image, &imports_of_the_miniport());
    assert!(violations.contains(&Violation::UnexpectedImport {
        module: "ntoskrnl.exe".to_owned(),
        name: "VideoPortSynchronizeExecution".to_owned(),
    }));
}

#[test]
fn a_routine_that_is_not_on_the_list_is_refused() {
    let list = AllowList::parse("VIDEOPRT.SYS VideoPortInitialize").unwrap();
    let violations = of_the_miniport(&image(), &list);
    assert!(violations.contains(&Violation::UnexpectedImport {
        module: "VIDEOPRT.SYS".to_owned(),
        name: "VideoPortQueueDpc".to_owned(),
    }));
}

#[test]
fn an_allowance_that_is_not_used_is_stale() {
    let mut text = include_str!("../imports-allowed-video.txt").to_owned();
    text.push_str("VIDEOPRT.SYS VideoPortAllocatePool\n");
    let list = AllowList::parse(&text).unwrap();
    assert_eq!(
        of_the_miniport(&image(), &list),
        [Violation::StaleAllowance {
            module: "VIDEOPRT.SYS".to_owned(),
            name: "VideoPortAllocatePool".to_owned(),
        }]
    );
}

#[test]
fn a_driver_of_the_framework_is_no_miniport() {
    let path = env::var_os("DIRQL_IMAGE").expect("DIRQL_IMAGE names the driver's image");
    let driver = fs::read(path).unwrap();
    let violations = of_the_miniport(&driver, &imports_of_the_miniport());
    assert!(violations.iter().any(|violation| matches!(
        violation,
        Violation::Entry {
            expected: "DriverEntry",
            ..
        }
    )));
}

#[test]
fn nothing_in_the_release_image_panics() {
    // A panic names its source file. Where the optimizer has proved that none is reached, the names are gone,
    // and the handler with its fast fail too.
    let image = image();
    // The name of a section begins so, too.
    let mut names = image.windows(4).filter(|window| window.starts_with(b".rs"));
    assert!(names.all(|name| name == b".rsr"));
}
