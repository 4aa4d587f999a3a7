// The version resource of a kernel image, in one place: a file that build scripts take in by `#[path]`, as they do
// kernel_image.rs. A `.res` file is what Microsoft's resource compiler leaves ("Resource file formats", "VS_VERSIONINFO").

use std::{env, fs, path::PathBuf};

/// What an image says of itself.
pub(crate) struct Description {
    /// The file's name.
    pub(crate) file: &'static str,
    /// What it is, for a person.
    pub(crate) what: &'static str,
    /// `VFT2_DRV_...`: the kind of driver.
    pub(crate) kind: u32,
}

/// `VFT2_DRV_SYSTEM` and `VFT2_DRV_DISPLAY`.
#[allow(dead_code, reason = "an image is of one kind")]
pub(crate) const SYSTEM: u32 = 7;
#[allow(dead_code, reason = "an image is of one kind")]
pub(crate) const DISPLAY: u32 = 4;

/// Names the version of the INF's `DriverVer`, which is the image's.
const VERSION: &str = "DIRQL_DRIVER_VERSION";

/// Writes the resource, and tells the linker of it and of the image's version.
pub(crate) fn link(of: &Description) {
    println!("cargo::rerun-if-env-changed={VERSION}");
    // What calls cargo by itself stamps no INF.
    let version = env::var(VERSION).unwrap_or_else(|_| {
        format!(
            "{}.0",
            env::var("CARGO_PKG_VERSION").expect("cargo sets it")
        )
    });
    let numbers = numbers(&version);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let file = out.join("version.res");
    fs::write(&file, resource(of, &version, numbers)).expect("OUT_DIR can be written to");
    println!("cargo::rustc-cdylib-link-arg={}", file.display());
    println!(
        "cargo::rustc-cdylib-link-arg=/VERSION:{}.{}",
        numbers[0], numbers[1]
    );
}

fn numbers(version: &str) -> [u16; 4] {
    let numbers: Option<Vec<u16>> = version.split('.').map(|part| part.parse().ok()).collect();
    numbers
        .and_then(|numbers| numbers.try_into().ok())
        .unwrap_or_else(|| panic!("{VERSION}: {version:?} is not four numbers of 16 bits"))
}

/// A `.res` file: an empty entry, which says that numbers are of 32 bits, and the resource.
fn resource(of: &Description, version: &str, numbers: [u16; 4]) -> Vec<u8> {
    /// `RT_VERSION`, and `VS_VERSION_INFO`, its only name.
    const TYPE_AND_NAME: [u16; 4] = [0xffff, 16, 0xffff, 1];
    /// `MOVEABLE` and `PURE`, as the resource compiler has them.
    const MEMORY: u16 = 0x30;
    let data = version_info(of, version, numbers);
    let mut file: Vec<u8> = [0, 32, 0xffff, 0xffff, 0, 0, 0, 0]
        .into_iter()
        .flat_map(u32::to_le_bytes)
        .collect();
    file.extend(
        u32::try_from(data.len())
            .expect("it is short")
            .to_le_bytes(),
    );
    file.extend(32_u32.to_le_bytes());
    file.extend(TYPE_AND_NAME.into_iter().flat_map(u16::to_le_bytes));
    file.extend(0_u32.to_le_bytes());
    file.extend(MEMORY.to_le_bytes());
    file.extend(LANGUAGE.to_le_bytes());
    file.extend([0; 8]);
    file.extend(data);
    file
}

/// English of the United States, and UTF-16.
const LANGUAGE: u16 = 0x0409;
const CODE_PAGE: u16 = 0x04b0;

fn version_info(of: &Description, version: &str, numbers: [u16; 4]) -> Vec<u8> {
    let [major, minor, build, revision] = numbers.map(u32::from);
    let version_numbers = [major << 16 | minor, build << 16 | revision];
    let fixed: Vec<u8> = [
        // The signature, and the version of the structure.
        0xfeef_04bd,
        0x0001_0000,
        version_numbers[0],
        version_numbers[1],
        version_numbers[0],
        version_numbers[1],
        // Which flags are known, and those that are set.
        0x3f,
        0,
        // VOS_NT_WINDOWS32 and VFT_DRV.
        0x0004_0004,
        3,
        of.kind,
        0,
        0,
    ]
    .into_iter()
    .flat_map(u32::to_le_bytes)
    .collect();
    let strings: Vec<Vec<u8>> = [
        ("CompanyName", "dirql"),
        ("FileDescription", of.what),
        ("FileVersion", version),
        ("InternalName", of.file),
        ("LegalCopyright", "MIT OR Apache-2.0"),
        ("OriginalFilename", of.file),
        ("ProductName", "dirql"),
        ("ProductVersion", version),
    ]
    .into_iter()
    .map(|(key, value)| {
        let units = utf16(value);
        let length = units.len() / 2;
        node(key, true, length, &units, &[])
    })
    .collect();
    let table = node(
        &format!("{LANGUAGE:04x}{CODE_PAGE:04x}"),
        true,
        0,
        &[],
        &strings,
    );
    let translation = [LANGUAGE, CODE_PAGE].map(u16::to_le_bytes).concat();
    let variable = node("Translation", false, translation.len(), &translation, &[]);
    node(
        "VS_VERSION_INFO",
        false,
        fixed.len(),
        &fixed,
        &[
            node("StringFileInfo", true, 0, &[], &[table]),
            node("VarFileInfo", true, 0, &[], &[variable]),
        ],
    )
}

/// One of the nested structures: its lengths, its key, its value and its children, each on four bytes.
fn node(key: &str, is_text: bool, length: usize, value: &[u8], children: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0; 6];
    bytes.extend(utf16(key));
    for part in [value]
        .into_iter()
        .chain(children.iter().map(Vec::as_slice))
    {
        if !part.is_empty() {
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            bytes.extend(part);
        }
    }
    let words = [bytes.len(), length, usize::from(is_text)];
    for (place, word) in bytes.chunks_exact_mut(2).zip(words) {
        place.copy_from_slice(&u16::try_from(word).expect("it is short").to_le_bytes());
    }
    bytes
}

/// A string as Windows has it, with its end.
fn utf16(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().chain([0]);
    units.flat_map(u16::to_le_bytes).collect()
}
