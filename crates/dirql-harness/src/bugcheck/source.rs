//! Files, lines and functions of a build, from its PDB.

use core::fmt;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use pdb_addr2line::pdb::{self, FallibleIterator as _, PDB};
use pdb_addr2line::{ContextPdbData, TypeFormatterFlags};

/// An opened PDB.
pub struct Source {
    database: ContextPdbData<'static, 'static, File>,
    /// Every line that has code, with its file.
    lines: BTreeSet<(String, u32)>,
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

/// A place in the driver's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The function.
    pub function: String,
    /// The file and the line, where they are known.
    pub line: Option<(String, u32)>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.function)?;
        match &self.line {
            Some((file, line)) => write!(f, " ({file}:{line})"),
            None => Ok(()),
        }
    }
}

impl Source {
    /// Opens the PDB at `path`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no PDB.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let broken = |why: &dyn fmt::Display| SourceError(format!("{}: {why}", path.display()));
        let open = || File::open(path).map_err(|error| broken(&error));
        let mut pdb = PDB::open(open()?).map_err(|error| broken(&error))?;
        let lines = lines(&mut pdb).map_err(|error| broken(&error))?;
        let again = PDB::open(open()?).map_err(|error| broken(&error))?;
        let database = ContextPdbData::try_from_pdb(again).map_err(|error| broken(&error))?;
        Ok(Self { database, lines })
    }

    /// Whether there is code at `line` of the file whose path ends in `name`.
    pub(super) fn has_line(&mut self, name: &str, line: u64) -> bool {
        let name = name.replace('\\', "/");
        self.lines
            .iter()
            .any(|(file, own)| u64::from(*own) == line && ends_in(file, &name))
    }

    /// Ends of `length` bytes of the paths of files that have code at `line`.
    pub(super) fn files_of_length(&mut self, length: usize, line: u64) -> Vec<String> {
        let here = self.lines.iter().filter(|(_, own)| u64::from(*own) == line);
        let ends = here.filter_map(|(file, _)| {
            let start = file.len().checked_sub(length)?;
            let end = file.get(start..)?;
            ends_in(file, end).then(|| end.to_owned())
        });
        let ends: BTreeSet<String> = ends.collect();
        ends.into_iter().collect()
    }

    /// The place at `rva`: the innermost function there.
    pub(super) fn place(&mut self, rva: u32) -> Option<Place> {
        let context = self
            .database
            .make_context_with_formatter_flags(TypeFormatterFlags::NAME_ONLY)
            .ok()?;
        let frames = context.find_frames(rva).ok()??;
        let frame = frames.frames.into_iter().next()?;
        Some(Place {
            function: frame.function?,
            line: frame.file.map(std::borrow::Cow::into_owned).zip(frame.line),
        })
    }
}

/// Whether the path `file` ends in the whole names of `end`.
fn ends_in(file: &str, end: &str) -> bool {
    file.strip_suffix(end)
        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

fn lines(pdb: &mut PDB<'static, File>) -> pdb::Result<BTreeSet<(String, u32)>> {
    let mut all = BTreeSet::new();
    let strings = pdb.string_table()?;
    let information = pdb.debug_information()?;
    let mut modules = information.modules()?;
    while let Some(module) = modules.next()? {
        let Some(module) = pdb.module_info(&module)? else {
            continue;
        };
        let program = module.line_program()?;
        let mut lines = program.lines();
        while let Some(line) = lines.next()? {
            let file = program.get_file_info(line.file_index)?;
            let name = strings.get(file.name)?.to_string().replace('\\', "/");
            all.insert((name, line.line_start));
        }
    }
    Ok(all)
}
