//! Files whose names are asked for in another case than they have.
//!
//! Windows ignores case and its kit relies on it: headers include each other, and libraries are asked for, by spellings
//! that differ from those on disk. Where the file system minds, paths are looked up component by component, and a
//! folder of symbolic links offers the spellings that are asked for.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Follows `path` from `root`, taking for each component the entry that is equal but for case; an exact one first.
pub(crate) fn resolve(root: &Path, path: &str) -> Option<PathBuf> {
    let mut at = root.to_path_buf();
    for component in path.split(['/', '\\']).filter(|part| !part.is_empty()) {
        let exact = at.join(component);
        at = if exact.exists() {
            exact
        } else {
            entries(&at).ok()?.into_iter().find(|entry| {
                entry
                    .file_name()
                    .is_some_and(|name| name.eq_ignore_ascii_case(component))
            })?
        };
    }
    Some(at)
}

/// What `folder` holds, in the order of the names, so that a choice among them is always the same.
pub(crate) fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)
        .map_err(|error| at(folder, &error))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(|error| at(folder, &error))?;
    paths.sort();
    Ok(paths)
}

/// Links into `aliases` every header that some header in `folders` includes by a spelling that none of them has.
pub(crate) fn alias_headers(folders: &[PathBuf], aliases: &Path) -> io::Result<()> {
    let mut wanted = BTreeMap::new();
    for folder in folders {
        for header in entries(folder)?.iter().filter(|path| path.is_file()) {
            let text = fs::read(header).map_err(|error| at(header, &error))?;
            for name in included_names(&String::from_utf8_lossy(&text)) {
                if let Some(found) = misspelt(folders, &name) {
                    wanted.insert(name, found);
                }
            }
        }
    }
    link_all(wanted, aliases)
}

/// Links into `aliases` those of `names` that the files in `folders` have in another case.
///
/// # Errors
/// A link that cannot be made, and a name that no file has in any case.
pub(crate) fn alias_files(folders: &[PathBuf], names: &[String], aliases: &Path) -> io::Result<()> {
    let mut wanted = BTreeMap::new();
    for name in names {
        if folders.iter().any(|folder| folder.join(name).exists()) {
            continue;
        }
        let found = misspelt(folders, name).ok_or_else(|| {
            let message = format!("no file {name} in {folders:?}");
            io::Error::new(io::ErrorKind::NotFound, message)
        })?;
        wanted.insert(name.clone(), found);
    }
    link_all(wanted, aliases)
}

/// The file of the first of `folders` that has one called `name` but for case; `None` where one is called exactly so.
fn misspelt(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    if folders.iter().any(|folder| folder.join(name).exists()) {
        return None;
    }
    folders.iter().find_map(|folder| resolve(folder, name))
}

/// The names in `#include` directives of `text`, with slashes as separators.
fn included_names(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| {
            let rest = line.trim_start().strip_prefix('#')?.trim_start();
            let rest = rest.strip_prefix("include")?.trim_start();
            let (rest, close) = match rest.strip_prefix('"') {
                Some(rest) => (rest, '"'),
                None => (rest.strip_prefix('<')?, '>'),
            };
            Some(rest.split_once(close)?.0.replace('\\', "/"))
        })
        .collect()
}

/// Makes `aliases` a folder of symbolic links from each name to its file, in place of older ones.
///
/// The build script of `wdk-sys` runs one bindgen a thread, and each asks for the headers' folders: they take turns, and
/// what comes later leaves alone what is already read.
fn link_all(wanted: BTreeMap<String, PathBuf>, aliases: &Path) -> io::Result<()> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    fs::create_dir_all(aliases).map_err(|error| at(aliases, &error))?;
    for (name, target) in wanted {
        let alias = aliases.join(name);
        if fs::read_link(&alias).is_ok_and(|linked| linked == target) {
            continue;
        }
        if let Some(parent) = alias.parent() {
            fs::create_dir_all(parent).map_err(|error| at(parent, &error))?;
        }
        match fs::remove_file(&alias) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(at(&alias, &error));
            }
            _ => {}
        }
        symlink(&target, &alias).map_err(|error| at(&alias, &error))?;
    }
    Ok(())
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(unix)]
fn symlink(target: &Path, alias: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, alias)
}

/// Hosts that ignore case need no links.
#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}
