//! Every line that has code, from a PDB alone: for places that are known by file and line only.

use std::{collections::BTreeSet, fs, io::Cursor, path::Path};

use pdb_addr2line::pdb::{self, FallibleIterator as _, PDB};

use super::SymbolsError;

/// The source lines that a build has code for.
#[derive(Debug)]
pub struct Lines(BTreeSet<(String, u32)>);

impl Lines {
    /// Reads the lines of the PDB at `path`.
    ///
    /// # Errors
    /// A file that cannot be read, or is no PDB.
    pub fn read(path: &Path) -> Result<Self, SymbolsError> {
        let bytes = fs::read(path).map_err(|error| SymbolsError::Unreadable(error.to_string()))?;
        let damaged = |error: pdb::Error| SymbolsError::Damaged(error.to_string());
        let mut pdb = PDB::open(Cursor::new(bytes)).map_err(damaged)?;
        let lines = lines(&mut pdb).map_err(damaged)?;
        Ok(Self(lines))
    }

    /// Whether there is code at `line` of the file whose path ends in `name`.
    #[must_use]
    pub fn has(&self, name: &str, line: u64) -> bool {
        let name = name.replace('\\', "/");
        self.at(line).any(|file| ends_in(file, &name))
    }

    /// Ends of `length` bytes of the paths of files that have code at `line`.
    #[must_use]
    pub fn files_of_length(&self, length: usize, line: u64) -> Vec<String> {
        let ends: BTreeSet<&str> = self
            .at(line)
            .filter_map(|file| {
                let end = file.get(file.len().checked_sub(length)?..)?;
                ends_in(file, end).then_some(end)
            })
            .collect();
        ends.into_iter().map(str::to_owned).collect()
    }

    fn at(&self, line: u64) -> impl Iterator<Item = &str> {
        let here = self
            .0
            .iter()
            .filter(move |(_, own)| u64::from(*own) == line);
        here.map(|(file, _)| file.as_str())
    }
}

/// Whether the path `file` ends in the whole names of `end`.
fn ends_in(file: &str, end: &str) -> bool {
    file.strip_suffix(end)
        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

fn lines(pdb: &mut PDB<'static, Cursor<Vec<u8>>>) -> pdb::Result<BTreeSet<(String, u32)>> {
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
