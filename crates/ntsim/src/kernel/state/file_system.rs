//! A volume with the directories that every Windows has, whose files last as long as the machine.

use std::collections::BTreeMap;

/// The directories that there are, as [`canonical`] has them.
const DIRECTORIES: [&str; 5] = [
    r"\SYSTEMROOT",
    r"\SYSTEMROOT\TEMP",
    r"\SYSTEMROOT\SYSTEM32",
    r"\SYSTEMROOT\SYSTEM32\DRIVERS",
    r"\??\C:",
];

/// The one form of a path: in upper case, with the shortest name of where it begins.
pub(in crate::kernel) fn canonical(path: &str) -> String {
    let upper = path.to_uppercase();
    let path = upper.strip_suffix('\\').unwrap_or(&upper);
    for (other, name) in [
        (r"\DOSDEVICES\", r"\??\"),
        (r"\GLOBAL??\", r"\??\"),
        (r"\??\C:\WINDOWS", r"\SYSTEMROOT"),
    ] {
        if let Some(rest) = path.strip_prefix(other) {
            return canonical(&format!("{name}{rest}"));
        }
    }
    path.to_owned()
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kernel) enum Place {
    Directory,
    File,
    /// There is nothing, and a file can be made.
    Free,
    /// There is no directory that it would be in.
    Nowhere,
}

/// A file that is open.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct OpenFile {
    pub(in crate::kernel) path: String,
    pub(in crate::kernel) position: u64,
    /// What it was opened to do, of `FILE_SHARE_READ` and `FILE_SHARE_WRITE`.
    pub(in crate::kernel) uses: u32,
    /// What others may open it to do meanwhile.
    pub(in crate::kernel) shares: u32,
}

/// The volume, and who has which file open.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileSystem {
    pub(in crate::kernel) files: BTreeMap<String, Vec<u8>>,
    /// By kernel handle.
    pub(in crate::kernel) open: BTreeMap<u64, OpenFile>,
}

impl FileSystem {
    pub(in crate::kernel) fn place(&self, path: &str) -> Place {
        let parent = path.rsplit_once('\\').map_or("", |(parent, _)| parent);
        if DIRECTORIES.contains(&path) {
            Place::Directory
        } else if self.files.contains_key(path) {
            Place::File
        } else if DIRECTORIES.contains(&parent) {
            Place::Free
        } else {
            Place::Nowhere
        }
    }

    /// Whether a file may be opened so beside those that have it open.
    pub(in crate::kernel) fn may_share(&self, path: &str, uses: u32, shares: u32) -> bool {
        let mut others = self.open.values().filter(|open| open.path == path);
        others.all(|open| uses & !open.shares == 0 && open.uses & !shares == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn the_names_of_one_file_have_one_form() {
        for name in [
            r"\SystemRoot\Temp\a.txt",
            r"\??\C:\Windows\temp\A.TXT",
            r"\DosDevices\c:\windows\temp\a.txt",
        ] {
            assert_eq!(canonical(name), r"\SYSTEMROOT\TEMP\A.TXT");
        }
    }
}
