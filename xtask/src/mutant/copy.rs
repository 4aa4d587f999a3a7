//! The copy of the sources that mutants are compiled from.
//!
//! There is one, at a fixed place, with a target folder of its own: cargo tells by the times of the files what a mutant
//! has changed, and compiles that alone. So a file is written only where its text differs, which makes it newer than the
//! last build.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::Path,
};

use super::Mutant;
use crate::{Error, Workspace, inspect::MARK};

/// What cargo takes to compile the images: the members of the workspace, and what configures it.
const SOURCES: [&str; 10] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "build.rs",
    "crates",
    "cross",
    "driver",
    "miniport",
    "tests",
    "xtask",
];

/// The roots of the crates that become images. Each gets the mark.
const ROOTS: [&str; 2] = ["driver/lib.rs", "miniport/src/lib.rs"];

/// What the copy is to hold.
#[derive(Debug, Clone, Copy)]
pub enum Contents<'a> {
    /// The sources as they are.
    Original,
    /// The sources with the mark of a mutant, and nothing wrong.
    Marked,
    /// A mutant, with its mark.
    Mutant(&'a Mutant),
}

impl Contents<'_> {
    /// The files that differ from the sources, and their text.
    fn changes(self, original: &Workspace) -> Result<BTreeMap<String, String>, Error> {
        let mut changes = match self {
            Self::Original => return Ok(BTreeMap::new()),
            Self::Marked => BTreeMap::new(),
            Self::Mutant(mutant) => mutant.changes(original)?,
        };
        for root in ROOTS {
            let text = if let Some(text) = changes.remove(root) {
                text
            } else {
                let path = original.root().join(root);
                fs::read_to_string(&path).map_err(Error::io(&path))?
            };
            let mark = format!("\n#[used]\n#[unsafe(no_mangle)]\nstatic {MARK}: u8 = 1;\n");
            changes.insert(root.to_owned(), text + &mark);
        }
        Ok(changes)
    }
}

/// The copy. Nothing else uses it as long as this lives.
#[derive(Debug)]
pub struct SourceCopy {
    original: Workspace,
    workspace: Workspace,
    /// Locked until it is closed.
    _lock: File,
}

impl SourceCopy {
    /// The copy of `workspace`, once nothing else uses it.
    ///
    /// # Errors
    /// Its folder cannot be made or locked.
    pub fn lock(workspace: &Workspace) -> Result<Self, Error> {
        let folder = workspace.target().join("mutants");
        let root = folder.join("sources");
        fs::create_dir_all(&root).map_err(Error::io(&root))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(Error::io(&path))?;
        lock.lock().map_err(Error::io(&path))?;
        Ok(Self {
            original: workspace.clone(),
            workspace: Workspace::at(root, folder.join("target")),
            _lock: lock,
        })
    }

    /// The copy as a workspace, with a target folder of its own.
    #[must_use]
    pub const fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Has the copy hold `contents`, and nothing else.
    ///
    /// # Errors
    /// A mutant does not fit the sources; a file cannot be read or written.
    pub fn fill(&self, contents: Contents<'_>) -> Result<(), Error> {
        let changes = contents.changes(&self.original)?;
        let (from, to) = (self.original.root(), self.workspace.root());
        let files = files(from)?;
        for file in &files {
            if let Some(text) = changes.get(file) {
                write(&to.join(file), text.as_bytes())?;
            } else {
                let path = from.join(file);
                let bytes = fs::read(&path).map_err(Error::io(&path))?;
                write(&to.join(file), &bytes)?;
            }
        }
        if let Some(file) = changes.keys().find(|file| !files.contains(*file)) {
            return Err(Error::Usage(format!(
                "a mutant changes {file}, which is not copied"
            )));
        }
        // What was deleted or renamed must not be found by its old name.
        for file in self::files(to)?.difference(&files) {
            let path = to.join(file);
            fs::remove_file(&path).map_err(Error::io(&path))?;
        }
        Ok(())
    }
}

/// Writes a file where it does not hold `bytes` already.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if fs::read(path).is_ok_and(|held| held == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
    }
    fs::write(path, bytes).map_err(Error::io(path))
}

/// The files of [`SOURCES`] that are in `root`, by their paths from there.
fn files(root: &Path) -> Result<BTreeSet<String>, Error> {
    let mut files = BTreeSet::new();
    let mut open: Vec<String> = SOURCES.map(str::to_owned).to_vec();
    while let Some(name) = open.pop() {
        let path = root.join(&name);
        if !path.is_dir() {
            if path.exists() {
                files.insert(name);
            }
            continue;
        }
        for entry in fs::read_dir(&path).map_err(Error::io(&path))? {
            let entry = entry.map_err(Error::io(&path))?.file_name();
            // A guest is a workspace of its own, whose builds by hand stand beside its sources.
            if entry != "target" {
                open.push(format!("{name}/{}", entry.to_string_lossy()));
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::{env, process, time::SystemTime};

    use super::*;

    /// A repository of a few files, and its copy.
    fn patient(name: &str) -> (Workspace, SourceCopy) {
        let folder = env::temp_dir().join(format!("dirql-copy-{name}-{}", process::id()));
        let root = folder.join("repository");
        for (file, text) in [
            ("driver/lib.rs", "mod a;\n"),
            ("driver/a.rs", "one\ntwo\n"),
            ("miniport/src/lib.rs", "mod b;\n"),
            ("docs/a.md", "text\n"),
        ] {
            write(&root.join(file), text.as_bytes()).unwrap();
        }
        let workspace = Workspace::at(root, folder.join("target"));
        let copy = SourceCopy::lock(&workspace).unwrap();
        (workspace, copy)
    }

    fn read(copy: &SourceCopy, file: &str) -> String {
        fs::read_to_string(copy.workspace().root().join(file)).unwrap()
    }

    fn written(copy: &SourceCopy, file: &str) -> SystemTime {
        let path = copy.workspace().root().join(file);
        fs::metadata(path).unwrap().modified().unwrap()
    }

    #[test]
    fn only_what_differs_is_written_and_a_mutant_is_taken_back() {
        let (_, copy) = patient("writes");
        copy.fill(Contents::Marked).unwrap();
        assert!(!copy.workspace().root().join("docs").exists());
        let before = ["driver/lib.rs", "driver/a.rs"].map(|file| written(&copy, file));
        assert!(read(&copy, "driver/lib.rs").starts_with("mod a;\n"));
        assert!(read(&copy, "driver/lib.rs").contains(MARK));
        assert!(read(&copy, "miniport/src/lib.rs").contains(MARK));

        let mutant = Mutant::parse("m.diff".into(), "--- driver/a.rs\n-one\n+1\n").unwrap();
        copy.fill(Contents::Mutant(&mutant)).unwrap();
        assert_eq!(read(&copy, "driver/a.rs"), "1\ntwo\n");
        let after = ["driver/lib.rs", "driver/a.rs"].map(|file| written(&copy, file));
        assert_eq!(before[0], after[0]);
        assert!(before[1] < after[1]);

        copy.fill(Contents::Original).unwrap();
        assert_eq!(read(&copy, "driver/a.rs"), "one\ntwo\n");
        assert!(written(&copy, "driver/a.rs") > after[1]);
        assert_eq!(read(&copy, "driver/lib.rs"), "mod a;\n");
    }

    #[test]
    fn what_is_deleted_leaves_the_copy() {
        let (workspace, copy) = patient("deleted");
        copy.fill(Contents::Original).unwrap();
        fs::remove_file(workspace.root().join("driver/a.rs")).unwrap();
        copy.fill(Contents::Original).unwrap();
        assert!(!copy.workspace().root().join("driver/a.rs").exists());
    }

    #[test]
    fn a_mutant_of_what_is_not_copied_is_refused() {
        let (_, copy) = patient("elsewhere");
        let mutant = Mutant::parse("m.diff".into(), "--- docs/a.md\n-text\n").unwrap();
        let error = copy.fill(Contents::Mutant(&mutant)).unwrap_err();
        assert!(error.to_string().contains("docs/a.md"), "{error}");
    }
}
