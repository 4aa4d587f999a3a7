//! A Rust panic traced from the bugcheck's five numbers to its line: by the image and the PDB, and by the PDB alone.
//!
//! The driver has no panic in a release image, so the simulator's guest that breaks every rule stands in for it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use image::ImageFile;

/// The file in which the guest panics, as the compiler put its name into the image.
const FILE: &str = "src/deeds/fault.rs";
/// The line there that indexes past the end of an array.
const INDEXING: &str = "let value = VALUES[index];";

fn guests() -> PathBuf {
    PathBuf::from(env::var_os("DIRQL_GUESTS").expect(
        "DIRQL_GUESTS names no folder: run these tests by `cargo xtask test`, or set it to the folder of the guests",
    ))
}

/// Where the file's name is, relative to the image's base.
fn address_of_name(image: &[u8]) -> u64 {
    let file = ImageFile::parse(image).unwrap();
    let mut found = file.contents().filter_map(|(rva, bytes)| {
        let at = bytes
            .windows(FILE.len())
            .position(|window| window == FILE.as_bytes())?;
        Some(u64::from(rva) + at as u64)
    });
    found.next().expect("the guest's image names the file")
}

/// `dirql decode-bugcheck` of a panic at `line` in a guest that was loaded at some page.
fn decode(line: usize, options: &[&Path]) -> String {
    let image = fs::read(guests().join("offender.sys")).unwrap();
    let name = 0xffff_f803_1234_0000 + address_of_name(&image);
    let numbers = [
        format!("{:#x}", image::RUST_PANIC),
        format!("{name:x}"),
        format!("{:x}", FILE.len()),
        format!("{line:x}"),
        "11".to_owned(),
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_dirql"));
    command
        .arg("decode-bugcheck")
        .args(numbers)
        .env_remove("DIRQL_IMAGE")
        .env_remove("DIRQL_PDB");
    for (option, path) in ["--pdb", "--image"].iter().zip(options) {
        command.arg(option).arg(path);
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn line_of_the_panic() -> usize {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/guests/offender")
        .join(FILE);
    let text = fs::read_to_string(source).unwrap();
    let line = text.lines().position(|line| line.contains(INDEXING));
    line.expect("the guest panics there") + 1
}

#[test]
fn the_image_and_the_pdb_name_the_file_and_the_line() {
    let line = line_of_the_panic();
    let expected = format!("a Rust panic at {FILE}:{line}:17\n");
    let pdb = guests().join("offender.pdb");
    // The image is found beside the PDB.
    assert_eq!(decode(line, &[&pdb]), expected);
    let image = guests().join("offender.sys");
    assert_eq!(decode(line, &[&pdb, &image]), expected);
}

#[test]
fn the_pdb_alone_names_what_has_code_at_the_line() {
    let line = line_of_the_panic();
    let alone = Path::new(env!("CARGO_TARGET_TMPDIR")).join("alone.pdb");
    fs::copy(guests().join("offender.pdb"), &alone).unwrap();
    let text = decode(line, &[&alone]);
    assert!(text.contains(&format!("{FILE}:{line}:17")), "{text}");
    // No file of this guest is so long.
    let nowhere = decode(60_000, &[&alone]);
    assert!(!nowhere.contains(".rs"), "{nowhere}");
}
