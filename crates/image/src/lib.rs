//! PE images of x64 kernel drivers, read once for everyone who needs them.
//!
//! | module | what it reads |
//! |---|---|
//! | [`ImageFile`] | a file as it is, sound or not: headers, sections, tables, for tools that judge or change it |
//! | [`checksum`](checksum()), [`authenticode_hash`] | what Windows computes over the file |
//! | [`DebugRecord`] | the identity of the PDB that was linked with an image |
//! | [`PanicSite`] | a Rust panic's file and line, from its bug check |
//! | [`Image`] (feature `load`) | an image as NT's loader lays it out, refused where NT would refuse it |
//! | [`symbols`] (feature `load`) | functions and source lines, from the PDB |
//! | [`unwind`] (feature `load`) | callers, from the function table |

mod authenticode;
mod checksum;
mod code_view;
mod file;
#[cfg(feature = "load")]
mod loaded;
mod panic_site;
#[cfg(feature = "load")]
pub mod symbols;
#[cfg(feature = "load")]
pub mod unwind;

pub use authenticode::authenticode_hash;
pub use checksum::checksum;
pub use code_view::{CutShort, DebugRecord};
pub use file::{DebugEntry, ImageFile, ImportedName, is_executable, section_name};
#[cfg(feature = "load")]
pub use loaded::{
    Allow, Export, ExportTarget, Image, ImageError, ImageFault, Import, LoadConfig, PAGE_SIZE,
    Protection, Section,
};
pub use panic_site::{PanicSite, RUST_PANIC};
