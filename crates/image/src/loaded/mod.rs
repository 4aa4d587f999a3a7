//! A driver image as NT's loader sees it: the file's sections at their virtual addresses, what the
//! image asks of others (imports) and offers them (exports), and what moves when it is not loaded
//! where it was linked (relocations).
//!
//! An image is read once and checked completely; after that nothing in it can fail. It is
//! immutable and cheap to clone, so many machines can run the same one.
//!
//! The checks are those of the PE format's documentation ("PE Format", learn.microsoft.com) for a
//! 64-bit kernel image, plus one that is stricter than the loader of older Windows: a section that
//! is writable and executable is refused, as it is where memory integrity is on.

mod debug_directory;
mod error;
mod exports;
mod headers;
mod imports;
mod layout;
mod load_config;
mod relocations;
mod section;
mod unused_tables;

use std::{fs, ops::Range, path::Path, sync::Arc};

use object::pe;

pub use error::{ImageError, ImageFault};
pub use exports::{Export, ExportTarget};
pub use imports::Import;
pub use load_config::LoadConfig;
pub use section::{Protection, Section};

use crate::{
    DebugRecord, checksum,
    symbols::{NoLines, Symbols, beside},
};
use headers::Headers;

/// The size of a page, in bytes: the grain of protection, and the least section alignment.
pub const PAGE_SIZE: u32 = 0x1000;

/// What an image may have though NT refuses it in some configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allow {
    /// Sections that are writable and executable: Windows loads them where memory integrity is off.
    pub writable_code: bool,
}

/// A loaded driver image; clones share one copy.
#[derive(Debug, Clone)]
pub struct Image(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    /// The image at its virtual layout, as linked for `preferred_base`.
    memory: Vec<u8>,
    preferred_base: u64,
    entry: u32,
    headers_size: u32,
    sections: Vec<Section>,
    imports: Vec<Import>,
    exports: Vec<Export>,
    load_config: LoadConfig,
    /// RVAs of the 64-bit addresses that move with the image, ascending.
    relocations: Vec<u32>,
    /// Where the function table stands in `memory`; empty where the image has none.
    function_table: Range<usize>,
    debug_record: Option<DebugRecord>,
    /// The path that the linker recorded beside it.
    pdb_path: Option<String>,
    symbols: Symbols,
}

impl Image {
    /// Whether both are the same load of the same file.
    #[must_use]
    pub fn is_the_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Reads a `.sys` and, if given, the PDB that was linked with it.
    ///
    /// # Errors
    /// A file that cannot be read, an image that NT would not load (see [`ImageFault`]), or a PDB
    /// that belongs to another build.
    pub fn load(sys: &Path, pdb: Option<&Path>) -> Result<Self, ImageError> {
        Self::load_allowing(Allow::default(), sys, pdb)
    }

    /// As [`Image::load`], and lets an image have what `allow` names.
    ///
    /// # Errors
    /// As [`Image::load`].
    pub fn load_allowing(allow: Allow, sys: &Path, pdb: Option<&Path>) -> Result<Self, ImageError> {
        let label = sys.display().to_string();
        let fail = |fault| ImageError {
            image: label.clone(),
            fault,
        };
        let bytes = fs::read(sys).map_err(|error| {
            fail(ImageFault::Unreadable {
                path: sys.to_owned(),
                reason: error.to_string(),
            })
        })?;
        let name = sys
            .file_stem()
            .map_or_else(|| label.clone(), |stem| stem.to_string_lossy().into_owned());
        let mut inner = parse(&name, &bytes, allow).map_err(fail)?;
        if let Some(pdb) = pdb {
            inner.symbols =
                Symbols::load(&name, pdb, inner.debug_record.as_ref()).map_err(|reason| {
                    fail(ImageFault::Symbols {
                        path: pdb.to_owned(),
                        reason: reason.to_string(),
                    })
                })?;
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Reads a `.sys` and the PDB beside it, by the image's own name or by the one that the linker recorded. Where
    /// reports will have no lines, it says why.
    ///
    /// # Errors
    /// As [`Image::load`], where a PDB is there and none is the image's.
    pub fn load_beside(sys: &Path) -> Result<(Self, Option<NoLines>), ImageError> {
        Self::load_beside_allowing(Allow::default(), sys)
    }

    /// As [`Image::load_beside`], and lets an image have what `allow` names.
    ///
    /// # Errors
    /// As [`Image::load_beside`].
    pub fn load_beside_allowing(
        allow: Allow,
        sys: &Path,
    ) -> Result<(Self, Option<NoLines>), ImageError> {
        let bare = Self::load_allowing(allow, sys, None)?;
        let places = beside::places(sys, bare.0.pdb_path.as_deref());
        let mut refused = None;
        for pdb in places.iter().filter(|pdb| pdb.is_file()) {
            match Self::load_allowing(allow, sys, Some(pdb)) {
                Ok(image) if image.symbols().has_lines_of_the_driver() => return Ok((image, None)),
                Ok(image) => return Ok((image, Some(NoLines::Stripped(pdb.clone())))),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        let why = match refused {
            Some(error) => return Err(error),
            None if bare.0.debug_record.is_none() => NoLines::NoRecord,
            None => NoLines::NoFile(places),
        };
        Ok((bare, Some(why)))
    }

    /// Reads an image from memory, without symbols; `name` is the module's name in reports.
    ///
    /// # Errors
    /// As [`Image::load`]; never for want of a file.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, ImageError> {
        match parse(name, bytes, Allow::default()) {
            Ok(inner) => Ok(Self(Arc::new(inner))),
            Err(fault) => Err(ImageError {
                image: name.to_owned(),
                fault,
            }),
        }
    }

    /// The module's name: the file's, without its extension.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The bytes of address space that the image takes, a multiple of [`PAGE_SIZE`].
    #[must_use]
    pub fn size(&self) -> u32 {
        // `layout` bounds the size far below 4 GiB.
        u32::try_from(self.0.memory.len()).unwrap_or(u32::MAX)
    }

    /// The address that the image was linked for.
    #[must_use]
    pub fn preferred_base(&self) -> u64 {
        self.0.preferred_base
    }

    /// The RVA of the entry point; it lies in an executable section.
    #[must_use]
    pub fn entry(&self) -> u32 {
        self.0.entry
    }

    /// The bytes at the image's start that hold its headers; NT maps them read-only.
    #[must_use]
    pub fn headers_size(&self) -> u32 {
        self.0.headers_size
    }

    /// The sections, in ascending order of address; adjacent, and none writable and executable
    /// unless that was allowed.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.0.sections
    }

    /// The section that holds an RVA.
    #[must_use]
    pub fn section_at(&self, rva: u32) -> Option<&Section> {
        self.0.sections.iter().find(|s| s.contains(rva))
    }

    /// What the image imports, in the order of its tables.
    #[must_use]
    pub fn imports(&self) -> &[Import] {
        &self.0.imports
    }

    /// What the image exports by name, in ascending order of name.
    #[must_use]
    pub fn exports(&self) -> &[Export] {
        &self.0.exports
    }

    /// What a loader writes into the image beside its imports.
    #[must_use]
    pub fn load_config(&self) -> &LoadConfig {
        &self.0.load_config
    }

    /// The RVA of an export of the image's own.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<u32> {
        let found = self
            .0
            .exports
            .binary_search_by(|export| export.name.as_str().cmp(name));
        match self.0.exports.get(found.ok()?)?.target {
            ExportTarget::Rva(rva) => Some(rva),
            ExportTarget::Forward(_) => None,
        }
    }

    /// The RVAs of the 64-bit addresses that move with the image, ascending.
    #[must_use]
    pub fn relocations(&self) -> &[u32] {
        &self.0.relocations
    }

    /// The image's bytes at its virtual layout, as linked.
    #[must_use]
    pub fn memory(&self) -> &[u8] {
        &self.0.memory
    }

    /// The image's bytes at its virtual layout, relocated to `base`.
    ///
    /// Import slots still hold what the linker left there.
    #[must_use]
    pub fn relocated(&self, base: u64) -> Vec<u8> {
        let mut memory = self.0.memory.clone();
        let delta = base.wrapping_sub(self.0.preferred_base);
        relocations::apply(&mut memory, &self.0.relocations, delta);
        memory
    }

    /// The function table (`.pdata`), whole entries of 12 bytes; empty where the image has none.
    #[must_use]
    pub fn function_table(&self) -> &[u8] {
        self.0
            .memory
            .get(self.0.function_table.clone())
            .unwrap_or_default()
    }

    /// The identity of the PDB that was linked with the image, if the linker recorded one.
    #[must_use]
    pub fn debug_record(&self) -> Option<&DebugRecord> {
        self.0.debug_record.as_ref()
    }

    /// Names and source lines of the image's addresses.
    #[must_use]
    pub fn symbols(&self) -> &Symbols {
        &self.0.symbols
    }
}

fn parse(name: &str, bytes: &[u8], allow: Allow) -> Result<Inner, ImageFault> {
    let headers = Headers::parse(bytes)?;
    let (memory, sections) = layout::map(bytes, &headers, allow)?;
    if !sections
        .iter()
        .any(|s| s.contains(headers.entry) && s.protection.execute)
    {
        return Err(ImageFault::Entry { rva: headers.entry });
    }
    let relocations = relocations::read(&memory, &headers)?;
    let imports = imports::read(&memory, &headers)?;
    let exports = exports::read(&memory, &headers)?;
    let load_config = load_config::read(&memory, &headers)?;
    unused_tables::check(&memory, &headers)?;
    let (debug_record, pdb_path) = debug_directory::read(&memory, &headers)?.unzip();
    let function_table = function_table(&memory, &headers);
    // Last, so that what is wrong in particular is said before that something is wrong.
    verify_checksum(bytes, &headers)?;
    Ok(Inner {
        name: name.to_owned(),
        memory,
        preferred_base: headers.preferred_base,
        entry: headers.entry,
        headers_size: headers.size,
        sections,
        imports,
        exports,
        load_config,
        relocations,
        function_table,
        debug_record,
        pdb_path,
        symbols: Symbols::none(name),
    })
}

/// Where the function table stands. A table that leads out of the image is none: NT's loader does not look at it.
fn function_table(memory: &[u8], headers: &Headers<'_>) -> Range<usize> {
    const ENTRY: usize = 12;
    let Some((rva, size)) = headers.directory(pe::IMAGE_DIRECTORY_ENTRY_EXCEPTION) else {
        return 0..0;
    };
    let start = rva as usize;
    let whole = size as usize / ENTRY * ENTRY;
    let table = start..start.saturating_add(whole);
    if table.end <= memory.len() {
        table
    } else {
        0..0
    }
}

/// Refuses a file whose header states another checksum than it has.
fn verify_checksum(bytes: &[u8], headers: &Headers<'_>) -> Result<(), ImageFault> {
    let stated = headers.checksum;
    let computed = checksum(bytes, headers.checksum_at);
    if stated == computed {
        Ok(())
    } else {
        Err(ImageFault::Checksum { stated, computed })
    }
}
