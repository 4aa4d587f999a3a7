//! Names and lines of a real driver image: the one that `DIRQL_IMAGE` and `DIRQL_PDB` name, as
//! `cargo xtask test` sets them.
//!
//! What is asked holds for any KMDF driver in Rust; nothing here knows which one it is.

use std::{env, fs, path::PathBuf};

use image::{
    Image, ImageError, ImageFault,
    symbols::{Location, path::is_library},
};

/// The image and its PDB; `None`, said on the test's output, where nothing built them.
fn built() -> Option<(PathBuf, PathBuf)> {
    let image = env::var_os("DIRQL_IMAGE").map(PathBuf::from);
    let pdb = env::var_os("DIRQL_PDB").map(PathBuf::from);
    if image.is_none() || pdb.is_none() {
        eprintln!(
            "skipped: DIRQL_IMAGE and DIRQL_PDB name no driver; `cargo xtask test` sets them"
        );
    }
    image.zip(pdb)
}

fn loaded() -> Option<Image> {
    let (sys, pdb) = built()?;
    Some(Image::load(&sys, Some(&pdb)).unwrap())
}

/// The locations of all bytes of the sections that hold code.
fn code(image: &Image) -> impl Iterator<Item = (u32, std::sync::Arc<Location>)> {
    let executable = image.sections().iter().filter(|s| s.protection.execute);
    let rvas = executable.flat_map(|s| s.rva..s.rva + s.size);
    rvas.map(|rva| (rva, image.symbols().resolve(rva)))
}

#[test]
fn the_entry_point_is_a_function_with_a_line() {
    let Some(image) = loaded() else { return };
    let entry = image.symbols().resolve(image.entry());
    assert_eq!(image.export("FxDriverEntry"), Some(image.entry()));
    let function = entry.frames().last().unwrap().function.clone().unwrap();
    assert!(function.ends_with("FxDriverEntry"), "{function}");
    let line = entry.file_line().unwrap();
    assert!(line.contains("wdf.rs:"), "{line}");
}

#[test]
fn code_has_lines_nearly_everywhere_and_inlined_functions_are_told_apart() {
    let Some(image) = loaded() else { return };
    let (mut bytes, mut lines, mut inlined) = (0, 0, 0);
    for (rva, location) in code(&image) {
        assert_eq!(location.rva(), rva);
        bytes += 1;
        lines += usize::from(location.file_line().is_some());
        inlined += usize::from(location.frames().len() > 1);
    }
    // Padding between functions, and import thunks, belong to no line.
    assert!(
        lines * 10 > bytes * 7,
        "{lines} of {bytes} bytes have lines"
    );
    assert!(
        inlined * 10 > bytes,
        "{inlined} of {bytes} are inlined code"
    );
}

#[test]
fn paths_name_no_folder_of_the_building_machine() {
    let Some(image) = loaded() else { return };
    let mut own = 0;
    for (rva, location) in code(&image) {
        for file in location.frames().iter().filter_map(|f| f.file.as_deref()) {
            assert!(!file.starts_with('/'), "{rva:#x} is of {file}");
            assert!(!file.contains('\\'), "{rva:#x} is of {file}");
            own += usize::from(!is_library(file));
        }
    }
    assert!(own > 0);
}

#[test]
fn asking_twice_gives_the_same_answer_from_any_thread() {
    let Some(image) = loaded() else { return };
    let here = image.symbols().resolve(image.entry());
    let there = std::thread::spawn({
        let image = image.clone();
        move || image.symbols().resolve(image.entry())
    });
    assert_eq!(there.join().unwrap(), here);
}

#[test]
fn a_pdb_of_another_build_is_refused() {
    let Some((sys, pdb)) = built() else { return };
    let mut bytes = fs::read(&sys).unwrap();
    let record = bytes
        .windows(4)
        .position(|window| window == b"RSDS")
        .unwrap();
    // Two bytes of the GUID change places by value, so that the checksum stays.
    let (one, other) = (record + 4, record + 6);
    if bytes[one] == bytes[other] {
        bytes[one] = bytes[one].wrapping_add(1);
        bytes[other] = bytes[other].wrapping_sub(1);
    } else {
        bytes.swap(one, other);
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let changed = folder.join("other_build.sys");
    fs::write(&changed, bytes).unwrap();

    let error = Image::load(&changed, Some(&pdb)).unwrap_err();
    assert!(error.to_string().contains("another build"), "{error}");
    assert!(
        Image::load(&changed, None).is_ok(),
        "the image itself is whole"
    );
}

#[test]
fn a_damaged_pdb_is_refused() {
    let Some((sys, pdb)) = built() else { return };
    let whole = fs::read(&pdb).unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    for (name, bytes) in [
        ("empty", &[][..]),
        ("header", &whole[..whole.len().min(0x38)]),
        ("half", &whole[..whole.len() / 2]),
        (
            "text",
            b"not a PDB at all, and long enough to hold a header of one",
        ),
    ] {
        let damaged = folder.join(format!("{name}.pdb"));
        fs::write(&damaged, bytes).unwrap();
        let error = Image::load(&sys, Some(&damaged)).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains(&damaged.display().to_string()),
            "{message}"
        );
    }
}

#[test]
fn files_that_are_not_there_are_named() {
    let missing = PathBuf::from("no/such/driver.sys");
    let error = Image::load(&missing, None).unwrap_err();
    let ImageError { image, fault } = error;
    assert_eq!(image, "no/such/driver.sys");
    assert!(matches!(fault, ImageFault::Unreadable { path, .. } if path == missing));
}
