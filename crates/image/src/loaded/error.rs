//! Why an image is refused: what is wrong, where, and what to do about it.

use std::{error::Error, fmt, path::PathBuf};

/// An image that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageError {
    /// The image's path or name, as the caller gave it.
    pub image: String,
    /// What is wrong with it.
    pub fault: ImageFault,
}

/// What can be wrong with an image.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageFault {
    /// The file could not be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// The file is no PE32+ image, or its headers are cut short or contradict themselves.
    Headers {
        /// What was found.
        reason: String,
    },
    /// The image is for another machine, or for no kernel.
    WrongKind {
        /// What the image is for.
        reason: String,
    },
    /// A section lies outside the file, outside the image, or not next to its neighbour.
    Layout {
        /// The section's name.
        section: String,
        /// What was found.
        reason: String,
    },
    /// A section is writable and executable.
    WritableCode {
        /// The section's name.
        section: String,
    },
    /// The entry point lies in no executable section.
    Entry {
        /// Where the header says it is.
        rva: u32,
    },
    /// The image can only be loaded where it was linked.
    Fixed,
    /// A base relocation that x64 images do not have, or that lies outside the sections.
    Relocation {
        /// What it would change.
        rva: u32,
        /// What was found.
        reason: String,
    },
    /// An import or export table, the load configuration, or a debug record is damaged.
    Table {
        /// Which one.
        table: &'static str,
        /// Where.
        rva: u32,
        /// What was found.
        reason: &'static str,
    },
    /// An import by ordinal: no driver may rely on a kernel module's ordinals.
    OrdinalImport {
        /// The module imported from.
        module: String,
        /// The ordinal asked for.
        ordinal: u16,
    },
    /// The checksum in the header is not that of the file.
    Checksum {
        /// What the header says.
        stated: u32,
        /// What the file has.
        computed: u32,
    },
    /// The PDB could not be read, or belongs to another build.
    Symbols {
        /// The PDB.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.image, self.fault)
    }
}

impl fmt::Display for ImageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, reason } => {
                write!(f, "cannot read {}: {reason}", path.display())
            }
            Self::Headers { reason } => {
                write!(
                    f,
                    "not a whole PE32+ image: {reason}; build the driver again"
                )
            }
            Self::WrongKind { reason } => {
                write!(
                    f,
                    "{reason}; only x64 kernel drivers can be loaded (link with /DRIVER /SUBSYSTEM:NATIVE)"
                )
            }
            Self::Layout { section, reason } => {
                write!(
                    f,
                    "section {section}: {reason}; the file is damaged, build the driver again"
                )
            }
            Self::WritableCode { section } => {
                write!(
                    f,
                    "section {section} is writable and executable, which Windows refuses where memory integrity is on; give code and data sections of their own (ntsim runs it as without memory integrity by --allow-wx)"
                )
            }
            Self::Entry { rva } => {
                write!(
                    f,
                    "the entry point at RVA {rva:#x} lies in no executable section; link with /ENTRY (a KMDF driver: FxDriverEntry)"
                )
            }
            Self::Fixed => {
                f.write_str("the image has no relocations and cannot be moved from where it was linked; link without /FIXED")
            }
            Self::Relocation { rva, reason } => {
                write!(f, "the base relocation for RVA {rva:#x} {reason}; the file is damaged or not for x64")
            }
            Self::Table { table, rva, reason } => {
                write!(
                    f,
                    "the {table} at RVA {rva:#x} is damaged: {reason}; build the driver again"
                )
            }
            Self::OrdinalImport { module, ordinal } => {
                write!(
                    f,
                    "{module} is imported from by ordinal {ordinal}; ordinals of kernel modules change between releases, import by name"
                )
            }
            Self::Checksum { stated, computed } => {
                write!(
                    f,
                    "the header's checksum is {stated:#x}, the file's is {computed:#x}; NT checks it for every driver: link with /RELEASE, and change nothing afterwards"
                )
            }
            Self::Symbols { path, reason } => write!(f, "{}: {reason}", path.display()),
        }
    }
}

impl Error for ImageError {}
impl Error for ImageFault {}
