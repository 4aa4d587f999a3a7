//! Where clang-sys finds libclang, which bindgen loads when bindings are made from a kit.
//!
//! This is the search of clang-sys 1.9 (its `build/common.rs` and `build/dynamic.rs`), for Linux and for loading at run time.
//! A search of our own that finds more would say "found" where the build then stops, and one that finds less would install
//! what is there.

use std::{
    env,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use glob::{MatchOptions, Pattern, glob_with};

use crate::command::capture;

/// The names of the library, by preference.
const FILES: [&str; 4] = [
    "libclang.so",
    "libclang-*.so",
    "libclang.so.*",
    "libclang-*.so.*",
];

/// Where distributions put it, by preference, below the root.
const FOLDERS: [&str; 7] = [
    "usr/local/llvm*/lib*",
    "usr/local/lib*/*/*",
    "usr/local/lib*/*",
    "usr/local/lib*",
    "usr/lib*/*/*",
    "usr/lib*/*",
    "usr/lib*",
];

/// What of the environment the search depends on.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `LIBCLANG_PATH`: where it is set, nothing else is looked at.
    pub libclang_path: Option<String>,
    /// What `llvm-config --prefix` prints.
    pub llvm_prefix: Option<PathBuf>,
    /// `LD_LIBRARY_PATH`, then `LIBRARY_PATH`.
    pub library_paths: Vec<PathBuf>,
}

impl Environment {
    /// That of this process.
    #[must_use]
    pub fn here() -> Self {
        let config = env::var("LLVM_CONFIG_PATH").unwrap_or_else(|_| "llvm-config".to_owned());
        let prefix = capture(std::process::Command::new(config).arg("--prefix"));
        let prefix = prefix
            .ok()
            .as_ref()
            .and_then(|said| said.lines().next().map(PathBuf::from));
        let lists = ["LD_LIBRARY_PATH", "LIBRARY_PATH"].map(env::var);
        let lists = lists.into_iter().flatten();
        Self {
            libclang_path: env::var("LIBCLANG_PATH").ok(),
            llvm_prefix: prefix,
            library_paths: lists
                .flat_map(|list| env::split_paths(&list).collect::<Vec<_>>())
                .collect(),
        }
    }
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFound {
    /// `LIBCLANG_PATH` names a place that has none, so that no package helps.
    Named(String),
    /// None of the usual places has one.
    Anywhere,
}

/// The library that bindgen would load in this process.
///
/// # Errors
/// There is none.
pub fn here() -> Result<PathBuf, NotFound> {
    find(Path::new("/"), &Environment::here())
}

/// The library that clang-sys takes on a system below `root`: the newest by its name and, of those, the first.
///
/// # Errors
/// There is none.
pub fn find(root: &Path, environment: &Environment) -> Result<PathBuf, NotFound> {
    let mut best: Option<(Vec<u32>, PathBuf)> = None;
    for path in candidates(root, environment) {
        if !is_elf64(&path) {
            continue;
        }
        let version = version(&path);
        if best.as_ref().is_none_or(|(newest, _)| version > *newest) {
            best = Some((version, path));
        }
    }
    match (best, &environment.libclang_path) {
        (Some((_, path)), _) => Ok(path),
        (None, Some(named)) => Err(NotFound::Named(format!(
            "LIBCLANG_PATH is `{named}`, where there is none for 64 bits, and nothing else is looked at while it is set; unset it"
        ))),
        (None, None) => Err(NotFound::Anywhere),
    }
}

/// The release that a library's name says, such as 14 of `libclang-14.so.13`; none where it says none.
#[must_use]
pub fn release(path: &Path) -> Option<u32> {
    // `libclang.so.1` has the number of an interface.
    let number = version(path).first().copied()?;
    (number > 1).then_some(number)
}

/// Every file that has the name of the library, by preference.
fn candidates(root: &Path, environment: &Environment) -> Vec<PathBuf> {
    if let Some(named) = &environment.libclang_path {
        let named = Path::new(named);
        // It may name the file itself.
        if let (Some(folder), Some(name)) = (named.parent(), named.file_name()) {
            let found = in_folder(folder);
            if found.iter().any(|path| path.file_name() == Some(name)) {
                return vec![named.to_path_buf()];
            }
        }
        return in_folder(named);
    }
    let mut found = Vec::new();
    if let Some(prefix) = &environment.llvm_prefix {
        for name in ["bin", "lib", "lib64"] {
            found.extend(in_folder(&prefix.join(name)));
        }
    }
    for folder in &environment.library_paths {
        found.extend(in_folder(folder));
    }
    let options = MatchOptions {
        case_sensitive: false,
        require_literal_separator: true,
        ..MatchOptions::new()
    };
    let root = Pattern::escape(&root.to_string_lossy());
    for pattern in FOLDERS {
        let pattern = Path::new(&root).join(pattern);
        let folders = glob_with(&pattern.to_string_lossy(), options)
            .into_iter()
            .flatten();
        for folder in folders.flatten().filter(|folder| folder.is_dir()) {
            found.extend(in_folder(&folder));
        }
    }
    found
}

/// The files of `folder` that have the name of the library. `libclang-cpp.so.14`, the C++ interface, has it and is another.
fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let options = MatchOptions {
        require_literal_separator: true,
        ..MatchOptions::new()
    };
    let folder = Pattern::escape(&folder.to_string_lossy());
    let paths = FILES.iter().flat_map(|name| {
        let pattern = Path::new(&folder).join(name);
        glob_with(&pattern.to_string_lossy(), options)
            .into_iter()
            .flatten()
            .flatten()
    });
    paths
        .filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| !name.contains("-cpp."))
        })
        .collect()
}

fn is_elf64(path: &Path) -> bool {
    let mut start = [0; 5];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok()
        && start == *b"\x7fELF\x02"
}

/// The numbers in the name, as clang-sys reads them: of `libclang-14.so.13` those of `14.so`, with 0 for what is none.
fn version(path: &Path) -> Vec<u32> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let numbers = match (
        name.strip_prefix("libclang.so."),
        name.strip_prefix("libclang-"),
    ) {
        (Some(rest), _) => rest,
        (None, Some(rest)) => rest.get(..rest.len().saturating_sub(3)).unwrap_or_default(),
        (None, None) => return Vec::new(),
    };
    numbers
        .split('.')
        .map(|number| number.parse().unwrap_or(0))
        .collect()
}
