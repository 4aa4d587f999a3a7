//! Files, lines and functions of a build, from its PDB.

use core::fmt;
use std::path::Path;

use image::symbols::{Lines, Symbols, SymbolsError};

/// An opened PDB.
pub struct Source {
    symbols: Symbols,
    lines: Lines,
}

/// A PDB that cannot be read, and why.
#[derive(Debug)]
pub struct SourceError(String);

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SourceError {}

impl Source {
    /// Opens the PDB at `path`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no PDB.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let refused = |error: SymbolsError| SourceError(format!("{} {error}", path.display()));
        Ok(Self {
            symbols: Symbols::of_pdb("driver", path).map_err(refused)?,
            lines: Lines::read(path).map_err(refused)?,
        })
    }

    /// The source lines that have code.
    pub(super) fn lines(&self) -> &Lines {
        &self.lines
    }

    /// The function at `rva` and its `file:line`, where they are known.
    pub(super) fn place(&self, rva: u32) -> Option<String> {
        let place = self.symbols.resolve(rva);
        let function = place.function()?;
        Some(match place.file_line() {
            Some(line) => format!("{function} ({line})"),
            None => function.to_owned(),
        })
    }
}
