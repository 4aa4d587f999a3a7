//! What the headers say to the loader: processor, subsystem, entry, protections, sections.

use image::{ImageFile, is_executable, section_name};
use object::{
    LittleEndian as LE,
    pe::{
        IMAGE_DIRECTORY_ENTRY_BASERELOC, IMAGE_DIRECTORY_ENTRY_IAT, IMAGE_DIRECTORY_ENTRY_TLS,
        IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE, IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY,
        IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA, IMAGE_DLLCHARACTERISTICS_NX_COMPAT,
        IMAGE_FILE_MACHINE_AMD64, IMAGE_FILE_RELOCS_STRIPPED, IMAGE_SCN_MEM_WRITE,
        IMAGE_SUBSYSTEM_NATIVE,
    },
};

use super::{Entry, Violation};

const PAGE: u32 = 4096;

/// Checks the file header, the optional header and the section table.
pub(super) fn check(
    image: &ImageFile<'_>,
    expected: Option<Entry<'_>>,
    violations: &mut Vec<Violation>,
) {
    let file = &image.nt().file_header;
    let optional = image.optional();

    let machine = file.machine.get(LE);
    if machine != IMAGE_FILE_MACHINE_AMD64 {
        violations.push(Violation::Machine(machine));
    }
    let subsystem = optional.subsystem.get(LE);
    if subsystem != IMAGE_SUBSYSTEM_NATIVE {
        violations.push(Violation::Subsystem(subsystem));
    }
    if let Some(expected) = expected {
        entry(image, expected, violations);
    }

    let marks = optional.dll_characteristics.get(LE);
    if marks & IMAGE_DLLCHARACTERISTICS_NX_COMPAT == 0 {
        violations.push(Violation::NoExecute);
    }
    let relocations = image.directory(IMAGE_DIRECTORY_ENTRY_BASERELOC);
    let relocatable = relocations.is_some_and(|directory| directory.size.get(LE) != 0)
        && file.characteristics.get(LE) & IMAGE_FILE_RELOCS_STRIPPED == 0;
    if marks & IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE == 0 || !relocatable {
        violations.push(Violation::DynamicBase);
    }
    if marks & IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA == 0 {
        violations.push(Violation::HighEntropy);
    }
    if marks & IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY == 0 {
        violations.push(Violation::ForceIntegrity);
    }
    let storage = image.directory(IMAGE_DIRECTORY_ENTRY_TLS);
    if storage.is_some_and(|directory| directory.virtual_address.get(LE) != 0) {
        violations.push(Violation::ThreadLocalStorage);
    }
    sections(image, violations);
}

fn entry(image: &ImageFile<'_>, expected: Entry<'_>, violations: &mut Vec<Violation>) {
    let entry = image.optional().address_of_entry_point.get(LE);
    let expected = match expected {
        Entry::Exported(name) => name,
        Entry::Named(expected, found) => {
            if found != Some(expected) {
                violations.push(Violation::EntrySymbol {
                    entry,
                    expected,
                    found: found.map(ToOwned::to_owned),
                });
            }
            return;
        }
    };
    let export = image
        .exports()
        .into_iter()
        .find(|(name, _)| name == expected)
        .and_then(|(_, rva)| rva);
    if export != Some(entry) {
        violations.push(Violation::Entry {
            entry,
            expected,
            export,
        });
    }
}

fn sections(image: &ImageFile<'_>, violations: &mut Vec<Violation>) {
    let alignment = image.optional().section_alignment.get(LE);
    if alignment < PAGE || !alignment.is_multiple_of(PAGE) {
        violations.push(Violation::Alignment(format!(
            "the section alignment is {alignment}"
        )));
    }
    let import_table = image
        .directory(IMAGE_DIRECTORY_ENTRY_IAT)
        .map(|directory| directory.virtual_address.get(LE))
        .filter(|rva| *rva != 0);

    for section in image.sections() {
        let name = section_name(section);
        let rva = section.virtual_address.get(LE);
        if !rva.is_multiple_of(PAGE) {
            violations.push(Violation::Alignment(format!(
                "section {name} starts at {rva:#x}"
            )));
        }
        if !is_executable(section) {
            continue;
        }
        if section.characteristics.get(LE) & IMAGE_SCN_MEM_WRITE != 0 {
            violations.push(Violation::WritableCode(name.clone()));
        }
        if import_table.is_some_and(|table| section.contains_rva(table)) {
            violations.push(Violation::ImportsInCode(name));
        }
    }
}
