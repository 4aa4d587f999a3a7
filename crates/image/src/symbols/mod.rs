//! From an address in an image to a function and a source line, through the PDB that was linked
//! with it.
//!
//! Lookups are for reports: they cost some microseconds each, are remembered, and work from any
//! thread. Without a PDB an address is still named, as the module and an offset. What a report says
//! must not depend on where the sources were built, so paths are shortened (see [`path`]).

pub(crate) mod beside;
mod lines;
mod location;
pub mod path;

use std::{
    collections::HashMap,
    error::Error,
    fmt, fs,
    io::Cursor,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

pub use beside::NoLines;
pub use lines::Lines;
pub use location::{Frame, Location};
use pdb_addr2line::{Context, ContextPdbData, TypeFormatterFlags, pdb::PDB};
use self_cell::self_cell;

use crate::DebugRecord;
use path::Roots;

type Database = ContextPdbData<'static, 'static, Cursor<Vec<u8>>>;

/// The names and lines of one image.
pub struct Symbols {
    module: String,
    roots: Roots,
    pdb: Option<Mutex<Lookup>>,
}

struct Lookup {
    database: Opened,
    known: HashMap<u32, Arc<Location>>,
}

type Reader<'a> = Context<'a, 'static>;

self_cell!(
    /// A PDB with what has been read of it, which borrows from it: a context made for each address would
    /// read the symbols of the whole module again.
    struct Opened {
        owner: Database,

        #[not_covariant]
        dependent: Reader,
    }
);

/// A PDB that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SymbolsError {
    /// The file could not be read; the operating system's reason.
    Unreadable(String),
    /// The file is no PDB, or is damaged; the reader's reason.
    Damaged(String),
    /// The image does not say which PDB is its own.
    NoRecord,
    /// The PDB was linked with another image.
    OtherBuild {
        /// What the image asks for.
        image: DebugRecord,
        /// What the file is.
        pdb: DebugRecord,
    },
}

impl fmt::Display for SymbolsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => write!(f, "cannot be read: {reason}"),
            Self::Damaged(reason) => {
                write!(f, "is no whole PDB ({reason}); build the driver again")
            }
            Self::NoRecord => f.write_str(
                "cannot be matched, because the image names no PDB; link with /DEBUG, or leave the PDB out",
            ),
            Self::OtherBuild { image, pdb } => write!(
                f,
                "belongs to another build: the image was linked with {image}, this is {pdb}; take both from one build",
            ),
        }
    }
}

impl Error for SymbolsError {}

impl Symbols {
    /// No PDB: addresses are named by module and offset.
    #[must_use]
    pub fn none(module: &str) -> Self {
        Self {
            module: module.to_owned(),
            roots: Roots::default(),
            pdb: None,
        }
    }

    /// Reads the PDB of the image that carries `record`.
    ///
    /// # Errors
    /// A file that cannot be read, is no PDB, or belongs to another image: wrong lines are worse
    /// than none.
    pub fn load(
        module: &str,
        pdb: &Path,
        record: Option<&DebugRecord>,
    ) -> Result<Self, SymbolsError> {
        let image = *record.ok_or(SymbolsError::NoRecord)?;
        let (symbols, found) = Self::read(module, pdb)?;
        if found.guid != image.guid || found.age < image.age {
            return Err(SymbolsError::OtherBuild { image, pdb: found });
        }
        Ok(symbols)
    }

    /// Reads a PDB without its image, where no image is at hand to hold it against.
    ///
    /// # Errors
    /// A file that cannot be read, or is no PDB.
    pub fn of_pdb(module: &str, pdb: &Path) -> Result<Self, SymbolsError> {
        let (symbols, _) = Self::read(module, pdb)?;
        Ok(symbols)
    }

    fn read(module: &str, pdb: &Path) -> Result<(Self, DebugRecord), SymbolsError> {
        let bytes = fs::read(pdb).map_err(|error| SymbolsError::Unreadable(error.to_string()))?;
        let damaged = |reason: &dyn fmt::Display| SymbolsError::Damaged(reason.to_string());
        let mut file = PDB::open(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
        let information = file.pdb_information().map_err(|e| damaged(&e))?;
        let guid = information.guid.to_bytes_le();
        // The image's age is that of the PDB's debug stream; later tools only raise the file's own.
        let age = file
            .debug_information()
            .map_err(|e| damaged(&e))?
            .age()
            .unwrap_or(information.age);
        let database = ContextPdbData::try_from_pdb(file).map_err(|e| damaged(&e))?;
        let database = Opened::try_new(database, context).map_err(|e| damaged(&e))?;
        let symbols = Self {
            module: module.to_owned(),
            roots: Roots::of(pdb),
            pdb: Some(Mutex::new(Lookup {
                database,
                known: HashMap::new(),
            })),
        };
        Ok((symbols, DebugRecord { guid, age }))
    }

    /// The module's name in reports.
    #[must_use]
    pub fn module(&self) -> &str {
        &self.module
    }

    /// Whether a PDB was loaded.
    #[must_use]
    pub fn has_lines(&self) -> bool {
        self.pdb.is_some()
    }

    /// Whether the PDB has a line of the image's own sources: the lines of Rust's library are in every PDB.
    pub(crate) fn has_lines_of_the_driver(&self) -> bool {
        let Some(pdb) = &self.pdb else {
            return false;
        };
        let lookup = pdb.lock().unwrap_or_else(PoisonError::into_inner);
        lookup.database.with_dependent(|_, context| {
            context.functions().any(|function| {
                let found = context.find_frames(function.start_rva).ok().flatten();
                let frames = found.map_or(Vec::new(), |found| found.frames);
                frames.iter().any(|frame| {
                    let file = frame.file.as_deref();
                    frame.line.is_some()
                        && file.is_some_and(|file| !path::is_library(&self.shorten(file)))
                })
            })
        })
    }

    /// The function and line of the instruction at `rva`.
    ///
    /// For a return address ask for the byte before it, which lies in the call.
    #[must_use]
    pub fn resolve(&self, rva: u32) -> Arc<Location> {
        let Some(pdb) = &self.pdb else {
            return Arc::new(Location::unknown(&self.module, rva));
        };
        // A poisoned cache is still a cache: entries are inserted whole.
        let mut lookup = pdb.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lookup.known.get(&rva) {
            return Arc::clone(known);
        }
        let found = Arc::new(self.look_up(&lookup.database, rva));
        lookup.known.insert(rva, Arc::clone(&found));
        found
    }

    /// A source path as reports show it.
    #[must_use]
    pub fn shorten(&self, path: &str) -> String {
        self.roots.shorten(path)
    }

    /// The file that [`Self::shorten`] has made a path of, where it lies in a workspace that is here.
    #[must_use]
    pub fn find_source(&self, shortened: &str) -> Option<PathBuf> {
        self.roots.find(shortened)
    }

    fn look_up(&self, database: &Opened, rva: u32) -> Location {
        let unknown = || Location::unknown(&self.module, rva);
        let found = database.with_dependent(|_, context| context.find_frames(rva));
        let Ok(Some(found)) = found else {
            return unknown();
        };
        let frames = found
            .frames
            .into_iter()
            .map(|frame| Frame {
                function: frame.function,
                file: frame.file.map(|file| self.shorten(&file)),
                line: frame.line.filter(|line| *line != 0),
            })
            .collect();
        Location::known(&self.module, rva, found.start_rva, frames)
    }
}

fn context(database: &Database) -> Result<Context<'_, 'static>, pdb_addr2line::Error> {
    // Names alone: the signatures of Rust functions are not in a PDB in Rust's terms.
    database.make_context_with_formatter_flags(
        TypeFormatterFlags::NAME_ONLY
            | TypeFormatterFlags::NO_FUNCTION_RETURN
            | TypeFormatterFlags::NO_MEMBER_FUNCTION_STATIC
            | TypeFormatterFlags::NO_ARGUMENTS,
    )
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Symbols")
            .field("module", &self.module)
            .field("has_lines", &self.has_lines())
            .finish_non_exhaustive()
    }
}
