//! Each inspection rule speaks up when, and only when, the built image is damaged in its way.

mod support;

use std::{fs, process::Command};

use xtask::inspect::{AllowList, Binding, Image, Scope, Violation, checksum, inspect};

/// Offsets in the optional header of PE32+.
mod optional {
    pub(crate) const MAGIC: usize = 0;
    pub(crate) const ENTRY_POINT: usize = 16;
    pub(crate) const SECTION_ALIGNMENT: usize = 32;
    pub(crate) const SUBSYSTEM: usize = 68;
    pub(crate) const DLL_CHARACTERISTICS: usize = 70;
    /// The data directories: an address and a size each.
    pub(crate) const DIRECTORIES: usize = 112;
    pub(crate) const LENGTH: usize = 240;
}
/// Data directories by their index.
mod directory {
    pub(crate) const BASE_RELOCATIONS: usize = 5;
    pub(crate) const IMPORT_ADDRESSES: usize = 12;
}
const EXECUTE: u32 = 0x2000_0000;
const WRITE: u32 = 0x8000_0000;

/// A copy of the built image to do damage to.
struct Patient(Vec<u8>);

impl Patient {
    fn new() -> Self {
        Self(support::image())
    }

    fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.0[at..at + 2].try_into().unwrap())
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    fn write(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn file_header(&self) -> usize {
        self.u32(0x3c) as usize + 4
    }

    fn optional(&self, field: usize) -> usize {
        self.file_header() + 20 + field
    }

    fn directory(&self, index: usize) -> usize {
        self.optional(optional::DIRECTORIES + 8 * index)
    }

    /// The section header of `name`.
    fn section(&self, name: &str) -> usize {
        let count = usize::from(self.u16(self.file_header() + 2));
        let table = self.optional(optional::LENGTH);
        (0..count)
            .map(|index| table + 40 * index)
            .find(|at| self.0[*at..*at + 8].starts_with(name.as_bytes()))
            .unwrap_or_else(|| panic!("no section {name}"))
    }

    fn find(&self, bytes: &[u8]) -> usize {
        self.0
            .windows(bytes.len())
            .position(|window| window == bytes)
            .unwrap_or_else(|| panic!("{bytes:?} is not in the image"))
    }

    /// Clears `bits` of the DLL characteristics.
    fn unmark(&mut self, bits: u16) {
        let at = self.optional(optional::DLL_CHARACTERISTICS);
        let marks = self.u16(at) & !bits;
        self.write(at, &marks.to_le_bytes());
    }

    /// At least `length` bytes of padding between functions, where an instruction can be planted.
    fn padding(&self, length: usize) -> usize {
        let text = self.section(".text");
        let start = self.u32(text + 20) as usize;
        let size = self.u32(text + 8) as usize;
        let breakpoints = vec![0xcc; length];
        start
            + self.0[start..start + size]
                .windows(length)
                .position(|window| window == breakpoints)
                .expect("no padding in .text")
    }

    /// Puts the checksum right again, so that only the damage shows.
    fn healed_checksum(mut self) -> Self {
        let field = self.optional(64);
        let sum = checksum(&self.0, field);
        self.write(field, &sum.to_le_bytes());
        self
    }

    fn violations(self) -> Vec<Violation> {
        inspect(
            &self.healed_checksum().0,
            &AllowList::of_the_driver(),
            Scope::Release,
        )
    }

    fn rules(self) -> Vec<&'static str> {
        self.violations().iter().map(Violation::rule).collect()
    }
}

#[test]
fn the_built_image_breaks_no_rule() {
    let violations = inspect(
        &support::image(),
        &AllowList::of_the_driver(),
        Scope::Release,
    );
    assert_eq!(violations, []);
}

#[test]
fn the_built_image_binds_kmdf_1_31() {
    let bytes = support::image();
    let binding = Binding::read(&Image::parse(&bytes).unwrap());
    assert_eq!(
        binding,
        Some(Binding {
            major: 1,
            minor: 31,
            functions: 458,
            minimum: Some(31)
        })
    );
}

#[test]
fn what_is_no_pe32_plus_file_is_refused() {
    for bytes in [&b""[..], b"MZ", &support::image()[..0x80]] {
        let violations = inspect(bytes, &AllowList::of_the_driver(), Scope::Release);
        assert_eq!(violations[0].rule(), "pe32-plus");
    }
    let mut pe32 = Patient::new();
    pe32.write(pe32.optional(optional::MAGIC), &0x10b_u16.to_le_bytes());
    assert_eq!(pe32.rules(), ["pe32-plus"]);
}

#[test]
fn another_machine_is_refused() {
    let mut arm64 = Patient::new();
    arm64.write(arm64.file_header(), &0xaa64_u16.to_le_bytes());
    assert_eq!(arm64.violations(), [Violation::Machine(0xaa64)]);
}

#[test]
fn a_user_mode_image_is_refused() {
    let mut console = Patient::new();
    console.write(console.optional(optional::SUBSYSTEM), &3_u16.to_le_bytes());
    assert_eq!(console.violations(), [Violation::Subsystem(3)]);
}

#[test]
fn another_entry_point_is_refused() {
    let mut elsewhere = Patient::new();
    let at = elsewhere.optional(optional::ENTRY_POINT);
    let entry = elsewhere.u32(at);
    elsewhere.write(at, &(entry + 1).to_le_bytes());
    assert_eq!(
        elsewhere.violations(),
        [Violation::Entry {
            entry: entry + 1,
            expected: "FxDriverEntry",
            export: Some(entry)
        }]
    );
}

#[test]
fn a_wrong_checksum_is_refused() {
    let mut bytes = support::image();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let violations = inspect(&bytes, &AllowList::of_the_driver(), Scope::Release);
    assert!(
        matches!(violations[..], [Violation::Checksum { stored, computed }] if stored != computed)
    );
}

#[test]
fn a_missing_mark_is_refused() {
    for (bit, expected) in [
        (0x0100, Violation::NoExecute),
        (0x0040, Violation::DynamicBase),
        (0x0020, Violation::HighEntropy),
        (0x0080, Violation::ForceIntegrity),
    ] {
        let mut patient = Patient::new();
        patient.unmark(bit);
        assert_eq!(patient.violations(), [expected]);
    }
}

#[test]
fn an_image_without_relocations_is_refused() {
    let mut fixed = Patient::new();
    let at = fixed.directory(directory::BASE_RELOCATIONS);
    fixed.write(at, &[0; 8]);
    assert_eq!(fixed.violations(), [Violation::DynamicBase]);
}

#[test]
fn writable_code_is_refused() {
    let mut patient = Patient::new();
    let at = patient.section(".text") + 36;
    let flags = patient.u32(at) | WRITE;
    patient.write(at, &flags.to_le_bytes());
    assert_eq!(
        patient.violations(),
        [Violation::WritableCode(".text".to_owned())]
    );
}

#[test]
fn executable_data_is_refused() {
    let mut patient = Patient::new();
    let at = patient.section(".data") + 36;
    let flags = patient.u32(at) | EXECUTE;
    patient.write(at, &flags.to_le_bytes());
    let violations = patient.violations();
    assert!(
        violations.contains(&Violation::WritableCode(".data".to_owned())),
        "{violations:?}"
    );
}

#[test]
fn sections_off_the_page_are_refused() {
    let mut small = Patient::new();
    small.write(
        small.optional(optional::SECTION_ALIGNMENT),
        &512_u32.to_le_bytes(),
    );
    assert_eq!(small.rules(), ["alignment"]);

    let mut shifted = Patient::new();
    let at = shifted.section(".pdata") + 12;
    let rva = shifted.u32(at);
    shifted.write(at, &(rva + 16).to_le_bytes());
    assert_eq!(shifted.rules(), ["alignment"]);
}

#[test]
fn an_import_table_in_code_is_refused() {
    let mut patient = Patient::new();
    let text = patient.u32(patient.section(".text") + 12);
    patient.write(
        patient.directory(directory::IMPORT_ADDRESSES),
        &text.to_le_bytes(),
    );
    assert_eq!(
        patient.violations(),
        [Violation::ImportsInCode(".text".to_owned())]
    );
}

#[test]
fn access_to_cr8_is_refused() {
    for instruction in [
        [0x44, 0x0f, 0x20, 0xc0], // mov rax, cr8
        [0x44, 0x0f, 0x22, 0xc1], // mov cr8, rcx
    ] {
        let mut patient = Patient::new();
        patient.write(patient.padding(4), &instruction);
        assert_eq!(patient.rules(), ["cr8"]);
    }
    let mut cr3 = Patient::new();
    cr3.write(cr3.padding(3), &[0x0f, 0x20, 0xd8]); // mov rax, cr3
    assert_eq!(cr3.violations(), []);
}

#[test]
fn a_panic_in_a_release_image_is_refused() {
    let panicking = || {
        let mut patient = Patient::new();
        patient.write(patient.padding(5), &[0xb9, 0x43, 0x4e, 0x50, 0x52]); // mov ecx, 'RPNC'
        patient.healed_checksum()
    };
    assert_eq!(panicking().rules(), ["panic"]);
    // Debug images check for overflow and bounds, and panic.
    let list = AllowList::of_the_driver();
    assert_eq!(inspect(&panicking().0, &list, Scope::Other), []);

    let mut other = Patient::new();
    other.write(other.padding(5), &[0xb9, 0x52, 0x50, 0x4e, 0x43]); // mov ecx, 'CNPR'
    assert_eq!(other.violations(), []);
}

#[test]
fn code_that_cannot_be_read_is_refused() {
    let mut patient = Patient::new();
    patient.write(patient.padding(5), &[0x06]); // push es, gone in 64-bit mode
    assert_eq!(patient.rules(), ["undecodable"]);
}

#[test]
fn an_import_beyond_the_list_is_refused() {
    let mut patient = Patient::new();
    let at = patient.find(b"WdfVersionBind\0");
    patient.write(at, b"WdfVersionFind\0");
    let module = "WDFLDR.SYS".to_owned();
    assert_eq!(
        patient.violations(),
        [
            Violation::UnexpectedImport {
                module: module.clone(),
                name: "WdfVersionFind".to_owned()
            },
            Violation::StaleAllowance {
                module,
                name: "WdfVersionBind".to_owned()
            },
        ]
    );
}

#[test]
fn an_allowance_without_an_import_is_stale_in_a_release_image_only() {
    let list = format!(
        "{}\nhal.dll HalDoNothing\n",
        include_str!("../imports-allowed.txt")
    );
    let list = AllowList::parse(&list).unwrap();
    let image = support::image();
    assert_eq!(
        inspect(&image, &list, Scope::Release),
        [Violation::StaleAllowance {
            module: "hal.dll".to_owned(),
            name: "HalDoNothing".to_owned()
        }]
    );
    assert_eq!(inspect(&image, &list, Scope::Other), []);
}

#[test]
fn a_mutant_is_refused() {
    let mut export = Patient::new();
    let at = export.find(b"WdfStructures\0");
    export.write(at, b"DIRQL_MUTANT_\0");
    assert_eq!(
        export.violations(),
        [Violation::Mutant("DIRQL_MUTANT_".to_owned())]
    );

    let mut section = Patient::new();
    let at = section.section(".reloc");
    section.write(at, b".mutant\0");
    assert_eq!(
        section.violations(),
        [Violation::Mutant(".mutant".to_owned())]
    );
}

#[test]
fn another_kmdf_version_is_refused() {
    // Major, minor and build of the version, and the number of functions.
    let version = [1_u32, 31, 0, 458].map(u32::to_le_bytes).concat();
    let mut newer = Patient::new();
    let at = newer.find(&version);
    newer.write(at + 4, &33_u32.to_le_bytes());
    assert_eq!(newer.rules(), ["kmdf-binding"]);

    let mut fewer = Patient::new();
    fewer.write(at + 12, &453_u32.to_le_bytes());
    assert_eq!(fewer.rules(), ["kmdf-binding"]);
}

#[test]
fn an_image_without_a_kmdf_binding_is_refused() {
    let name: Vec<u8> = "KmdfLibrary\0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut patient = Patient::new();
    let at = patient.find(&name);
    patient.write(at, b"k");
    assert_eq!(patient.violations(), [Violation::NoBinding]);
}

#[test]
fn the_command_refuses_a_bad_file_and_names_the_rule() {
    let run = |path: &std::path::Path| {
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("inspect")
            .arg(path)
            .output()
            .unwrap()
    };
    assert!(run(&support::image_path()).status.success());

    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("unmarked.sys");
    let mut patient = Patient::new();
    patient.unmark(0x0100);
    fs::write(&path, patient.healed_checksum().0).unwrap();
    let refused = run(&path);
    assert_eq!(refused.status.code(), Some(1));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("nx: "), "{message}");
}
