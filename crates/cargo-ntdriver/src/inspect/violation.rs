//! The ways in which an image can be unfit.

use std::fmt;

use super::Binding;

/// One breach of one rule. [`Violation::rule`] is its stable name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// Not a PE32+ file, or one whose headers lead nowhere.
    NotPe32Plus(String),
    /// Not for AMD64; the machine the header names.
    Machine(u16),
    /// Not for the native subsystem; the subsystem the header names.
    Subsystem(u16),
    /// The entry point is not the export that this kind of driver is entered by.
    Entry {
        /// Where the image starts, relative to its base.
        entry: u32,
        /// The name of that export.
        expected: &'static str,
        /// Where it is, if it is exported.
        export: Option<u32>,
    },
    /// The PDB has another name for the entry point than the one by which the kit's library enters the driver.
    EntrySymbol {
        /// Where the image starts, relative to its base.
        entry: u32,
        /// The library's name.
        expected: &'static str,
        /// The PDB's name, if it has one.
        found: Option<String>,
    },
    /// The header's checksum is not the file's.
    Checksum {
        /// What the header holds.
        stored: u32,
        /// What the file adds up to.
        computed: u32,
    },
    /// Not marked compatible with non-executable data.
    NoExecute,
    /// Not marked for address-space randomisation, or without the relocations it takes.
    DynamicBase,
    /// Not marked for 64-bit randomisation.
    HighEntropy,
    /// Not marked for forced signature checks.
    ForceIntegrity,
    /// A section that can be written and executed.
    WritableCode(String),
    /// Sections that do not start on pages of their own.
    Alignment(String),
    /// The import address table lies in a section that can be executed.
    ImportsInCode(String),
    /// An instruction that reads or writes cr8 behind the kernel's back.
    Cr8 {
        /// Where the instruction is, relative to the image base.
        rva: u32,
    },
    /// An instruction on registers that are a thread's of user mode, which nothing saves.
    Registers {
        /// Where the instruction is, relative to the image base.
        rva: u32,
        /// Its mnemonic.
        instruction: String,
    },
    /// No version resource, or one that does not agree with itself or with the header.
    Version(String),
    /// No load configuration, or one that says what is not so.
    LoadConfiguration(String),
    /// Thread-local storage, of which the kernel's loader sets up none.
    ThreadLocalStorage,
    /// An instruction that takes the bug check code of a Rust panic, in a release image.
    Panic {
        /// Where the instruction is, relative to the image base.
        rva: u32,
    },
    /// Bytes in an executable section that are no instruction, so that the section cannot be vouched for.
    Undecodable {
        /// Where the bytes are, relative to the image base.
        rva: u32,
    },
    /// An import that the allow-list does not name.
    UnexpectedImport {
        /// The exporting module.
        module: String,
        /// The routine.
        name: String,
    },
    /// An entry of the allow-list that the image does not import.
    StaleAllowance {
        /// The exporting module.
        module: String,
        /// The routine.
        name: String,
    },
    /// An export that the image promises not to have.
    Export(String),
    /// No KMDF bind information was found.
    NoBinding,
    /// The bind information is not what its author promises.
    Binding {
        /// What the image binds.
        found: Box<Binding>,
        /// What it should.
        expected: Box<Binding>,
    },
}

impl Violation {
    /// The rule's name: stable, for tests and scripts.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::NotPe32Plus(_) => "pe32-plus",
            Self::Machine(_) => "machine",
            Self::Subsystem(_) => "subsystem",
            Self::Entry { .. } | Self::EntrySymbol { .. } => "entry",
            Self::Checksum { .. } => "checksum",
            Self::NoExecute => "nx",
            Self::DynamicBase => "dynamic-base",
            Self::HighEntropy => "high-entropy",
            Self::ForceIntegrity => "force-integrity",
            Self::WritableCode(_) => "writable-code",
            Self::Alignment(_) => "alignment",
            Self::ImportsInCode(_) => "imports-in-code",
            Self::Cr8 { .. } => "cr8",
            Self::Registers { .. } => "registers",
            Self::Version(_) => "version",
            Self::LoadConfiguration(_) => "load-configuration",
            Self::ThreadLocalStorage => "tls",
            Self::Panic { .. } => "panic",
            Self::Undecodable { .. } => "undecodable",
            Self::UnexpectedImport { .. } => "unexpected-import",
            Self::StaleAllowance { .. } => "stale-allowance",
            Self::Export(_) => "export",
            Self::NoBinding | Self::Binding { .. } => "kmdf-binding",
        }
    }
}

impl Violation {
    /// What is wrong with an instruction.
    fn of_an_instruction(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cr8 { rva } => write!(
                f,
                "the instruction at {rva:#x} accesses cr8; the IRQL is changed through the kernel's routines only"
            ),
            Self::Registers { rva, instruction } => write!(
                f,
                "the instruction at {rva:#x}, {instruction}, uses registers of x87, MMX or AVX, which NT does not keep for a \
                 driver that imports neither KeSaveExtendedProcessorState nor KeSaveFloatingPointState"
            ),
            Self::Panic { rva } => write!(
                f,
                "the instruction at {rva:#x} belongs to the panic handler: something in the driver can panic, \
                 which stops the machine"
            ),
            Self::Undecodable { rva } => {
                write!(
                    f,
                    "the bytes at {rva:#x}, in an executable section, are no instruction"
                )
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.rule())?;
        match self {
            Self::NotPe32Plus(why) => write!(f, "not a readable PE32+ image ({why})"),
            Self::Machine(machine) => write!(f, "machine {machine:#06x}, not AMD64 (0x8664)"),
            Self::Subsystem(subsystem) => write!(f, "subsystem {subsystem}, not native (1)"),
            Self::Entry {
                entry,
                expected,
                export,
            } => match export {
                Some(export) => {
                    write!(
                        f,
                        "the entry point is {entry:#x}, {expected} is {export:#x}"
                    )
                }
                None => write!(
                    f,
                    "the entry point is {entry:#x}, {expected} is not exported"
                ),
            },
            Self::EntrySymbol {
                entry,
                expected,
                found,
            } => write!(
                f,
                "the entry point {entry:#x} is {} by the PDB, not {expected}",
                found.as_deref().unwrap_or("nothing")
            ),
            Self::Checksum { stored, computed } => write!(
                f,
                "the header holds {stored:#x}, the file adds up to {computed:#x}; Windows refuses the driver \
                 (link with /RELEASE)"
            ),
            Self::NoExecute => write!(f, "not marked NX-compatible (link with /NXCOMPAT)"),
            Self::DynamicBase => {
                write!(
                    f,
                    "cannot be relocated: no dynamic-base mark or no relocations"
                )
            }
            Self::HighEntropy => write!(f, "not marked for a high-entropy address space"),
            Self::ForceIntegrity => {
                write!(
                    f,
                    "not marked for forced signature checks (link with /INTEGRITYCHECK)"
                )
            }
            Self::WritableCode(section) => {
                write!(
                    f,
                    "section {section} can be written and executed; HVCI refuses the driver"
                )
            }
            Self::Alignment(what) => write!(f, "{what}; sections must start on 4096-byte pages"),
            Self::ImportsInCode(section) => {
                write!(
                    f,
                    "the import address table lies in the executable section {section}"
                )
            }
            Self::Cr8 { .. }
            | Self::Registers { .. }
            | Self::Panic { .. }
            | Self::Undecodable { .. } => self.of_an_instruction(f),
            Self::Version(what) | Self::LoadConfiguration(what) => f.write_str(what),
            Self::ThreadLocalStorage => f.write_str(
                "the image has a directory of thread-local storage, which the kernel's loader does not set up",
            ),
            Self::UnexpectedImport { module, name } => write!(
                f,
                "{module}!{name} is imported and not in the list of imports"
            ),
            Self::StaleAllowance { module, name } => write!(
                f,
                "{module}!{name} is in the list of imports and not imported"
            ),
            Self::Export(name) => {
                write!(
                    f,
                    "it exports {name}, the mark of an image that is wrong on purpose and must not leave its tests"
                )
            }
            Self::NoBinding => write!(f, "no WDF_BIND_INFO for KmdfLibrary in the image"),
            Self::Binding { found, expected } => {
                write!(f, "the image binds {found}, not {expected}")
            }
        }
    }
}
