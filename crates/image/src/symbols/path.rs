//! Source paths as reports show them: independent of the machine that built the driver.

use std::{
    env,
    path::{Path, PathBuf},
};

/// What a reproducible build, by `--remap-path-prefix`, calls its workspace instead of the folder it
/// really lies in.
pub const RENAMED: &str = "/workspace";

/// The folders that paths are shown relative to: the workspaces around the PDB and around the
/// current folder.
#[derive(Debug, Clone, Default)]
pub struct Roots(Vec<String>);

impl Roots {
    /// The workspaces that `pdb` and the current folder lie in, and the one that the builder's
    /// folder was renamed to ([`RENAMED`]).
    #[must_use]
    pub fn of(pdb: &Path) -> Self {
        let places = [pdb.canonicalize().ok(), env::current_dir().ok()];
        let workspaces = places.iter().flatten().filter_map(|place| workspace(place));
        Self::new(workspaces.chain([PathBuf::from(RENAMED)]))
    }

    /// The given folders.
    #[must_use]
    pub fn new(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut roots: Vec<_> = folders
            .into_iter()
            .map(|folder| format!("{}/", folder.display()).replace('\\', "/"))
            .collect();
        // The longest first: a workspace within a workspace wins.
        roots.sort_unstable_by_key(|root| std::cmp::Reverse(root.len()));
        roots.dedup();
        Self(roots)
    }

    /// A path with `/` throughout, and relative: to the Rust sources for the Rust library, to the
    /// registry for a published crate, to its checkout for a repository's, to the package for generated code, to the workspace for what
    /// lies in it.
    #[must_use]
    pub fn shorten(&self, path: &str) -> String {
        let path = path.replace('\\', "/");
        if let Some((_, rest)) = path
            .strip_prefix("/rustc/")
            .and_then(|rest| rest.split_once('/'))
        {
            return rest.to_owned();
        }
        if let Some((_, rest)) = path.split_once("/rustlib/src/rust/") {
            return rest.to_owned();
        }
        if let Some((_, rest)) = path
            .split_once("/registry/src/")
            .and_then(|(_, rest)| rest.split_once('/'))
        {
            return rest.to_owned();
        }
        // cargo puts a repository's checkout into NAME-HASH/COMMIT.
        if let Some((_, rest)) = path
            .split_once("/git/checkouts/")
            .and_then(|(_, rest)| rest.split_once('/'))
            .and_then(|(_, rest)| rest.split_once('/'))
        {
            return rest.to_owned();
        }
        if let Some(generated) = generated(&path) {
            return generated;
        }
        match self.0.iter().find_map(|root| path.strip_prefix(root)) {
            Some(rest) => rest.to_owned(),
            None => path,
        }
    }

    /// The file that a shortened path is of, where it is in one of the folders or has its whole path.
    #[must_use]
    pub fn find(&self, shortened: &str) -> Option<PathBuf> {
        let roots = self.0.iter().map(Path::new);
        let places = roots.map(|root| root.join(shortened));
        let own = PathBuf::from(shortened);
        let own = own.is_absolute().then_some(own);
        own.into_iter().chain(places).find(|path| path.is_file())
    }
}

/// Whether a shortened path is the Rust library's own.
#[must_use]
pub fn is_library(path: &str) -> bool {
    ["core", "alloc", "std", "compiler-builtins"]
        .iter()
        .any(|part| {
            path.strip_prefix("library/")
                .and_then(|rest| rest.strip_prefix(part))
                .is_some_and(|rest| rest.starts_with('/'))
        })
}

/// Whether a shortened path is that of a crate of this project, or of a published one, which calls the kernel on behalf of a
/// driver.
#[must_use]
pub fn is_helper(path: &str) -> bool {
    let of = |known: &str| in_package(path, known);
    if is_adapter(path) || of("dirql-kmdf") {
        return true;
    }
    // In a registry's folder a package has its version in its name.
    let (package, _) = path.split_once('/').unwrap_or_default();
    let version = package.rsplit_once('-').map(|(_, version)| version);
    path.contains("/src/")
        && version.is_some_and(|version| {
            version.starts_with(|first: char| first.is_ascii_digit()) && version.contains('.')
        })
}

/// Whether a shortened path is that of an adapter of this project, which calls the kernel on behalf of a driver.
#[must_use]
pub fn is_adapter(path: &str) -> bool {
    ["dirql", "dirql-video"]
        .iter()
        .any(|adapter| in_package(path, adapter))
}

/// Whether a shortened path is that of a package of this project.
fn in_package(path: &str, known: &str) -> bool {
    // A driver elsewhere has them in a clone, or where cargo checks a repository out.
    let path = path.rsplit_once("crates/").map_or(path, |(_, rest)| rest);
    let Some((package, _)) = path.split_once("/src/") else {
        return false;
    };
    package.strip_prefix(known).is_some_and(|version| {
        let version = version.strip_prefix('-');
        package.len() == known.len()
            || version
                .is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
    })
}

/// Whether a path is that of a header of the Windows kits: its inline functions are calls of the system.
#[must_use]
pub fn is_kit_header(path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace('\\', "/");
    let of_kit = ["/wdf/kmdf/", "/km/", "/shared/", "/ddk/"]
        .iter()
        .any(|folder| path.contains(folder));
    let is_header = Path::new(&path)
        .extension()
        .is_some_and(|extension| extension == "h");
    of_kit && is_header && path.contains("/include/")
}

/// Whether a shortened path is that of the adapter's call over the framework's function table: to a driver it is what a
/// kit's header is.
#[must_use]
pub fn is_function_table(path: &str) -> bool {
    is_adapter(path) && path.contains("/framework_table/")
}

/// The path of a file that a package's build script wrote, without the build's own part: cargo names
/// the folder `build/PACKAGE-HASH/out`.
fn generated(path: &str) -> Option<String> {
    let (folders, file) = path.split_once("/out/")?;
    let (_, package) = folders.rsplit_once("/build/")?;
    let (package, hash) = package.rsplit_once('-')?;
    let is_hash = hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| format!("{package}/out/{file}"))
}

/// The nearest folder above `place` that holds a lock file.
fn workspace(place: &Path) -> Option<PathBuf> {
    let found = place
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file())?;
    Some(found.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_do_not_depend_on_the_building_machine() {
        let roots = Roots::new([PathBuf::from("/home/me/dirql")]);
        for (given, shown) in [
            ("/home/me/dirql/driver/lib.rs", "driver/lib.rs"),
            ("driver/lib.rs", "driver/lib.rs"),
            ("driver\\lib.rs", "driver/lib.rs"),
            ("/home/me/dirql-2/lib.rs", "/home/me/dirql-2/lib.rs"),
            (
                "/rustc/59807616e1fa/library\\core\\src\\panicking.rs",
                "library/core/src/panicking.rs",
            ),
            (
                "/usr/lib/rustlib/src/rust/library/core/src/panicking.rs",
                "library/core/src/panicking.rs",
            ),
            (
                "/home/me/.cargo/registry/src/index.crates.io-1949/wdk-0.5.0/src/lib.rs",
                "wdk-0.5.0/src/lib.rs",
            ),
            (
                "/tmp/target/release/build/wdk-sys-ec9b640046d5a3a7/out/types.rs",
                "wdk-sys/out/types.rs",
            ),
            (
                "/home/me/dirql/build/tool-kit/out/types.rs",
                "build/tool-kit/out/types.rs",
            ),
        ] {
            assert_eq!(roots.shorten(given), shown);
        }
    }

    #[test]
    fn a_workspace_within_another_is_the_root_of_its_files() {
        let roots = Roots::new([PathBuf::from("/w"), PathBuf::from("/w/tests/guests/bell")]);
        assert_eq!(
            roots.shorten("/w/tests/guests/bell/src/lib.rs"),
            "src/lib.rs"
        );
        assert_eq!(roots.shorten("/w/driver/lib.rs"), "driver/lib.rs");
    }

    #[test]
    fn an_adapter_is_known_in_its_workspace_and_as_a_package() {
        for (path, is) in [
            ("crates/dirql/src/kernel/interrupt/handle.rs", true),
            ("dirql-0.1.0/src/kernel/interrupt/handle.rs", true),
            ("crates/dirql-video/src/adapter.rs", true),
            ("/home/author/dirql/crates/dirql/src/revocable.rs", true),
            ("crates/dirql-ioctl/src/lib.rs", false),
            ("driver/dirql.rs", false),
        ] {
            assert_eq!(is_adapter(path), is, "{path}");
        }
    }

    #[test]
    fn what_calls_on_behalf_of_a_driver_is_no_line_of_its_own() {
        let roots = Roots::new([PathBuf::from("/w")]);
        for (path, is) in [
            (
                "/git/checkouts/dirql-0123/abc/crates/dirql-kmdf/src/window.rs",
                true,
            ),
            ("/registry/src/index/wdk-alloc-0.4.0/src/lib.rs", true),
            ("/w/crates/dirql/src/thunk.rs", true),
            ("/w/src/lib.rs", false),
            ("/w/my-driver/src/lib.rs", false),
        ] {
            let path = roots.shorten(path);
            assert_eq!(is_helper(&path), is, "{path}");
        }
    }

    #[test]
    fn headers_of_the_kits_are_known_by_their_folders() {
        for (path, is) in [
            (
                "C:/Program Files (x86)/Windows Kits/10/Include/wdf/kmdf/1.33/wdfrequest.h",
                true,
            ),
            (
                "C:\\Program Files (x86)\\Windows Kits\\10\\Include\\10.0.26100.0\\km\\wdm.h",
                true,
            ),
            ("/usr/x86_64-w64-mingw32/include/ddk/wdm.h", true),
            ("/home/me/sample/shared/protocol.h", false),
            ("/home/me/sample/km/device.c", false),
        ] {
            assert_eq!(is_kit_header(path), is, "{path}");
        }
    }

    #[test]
    fn only_the_rust_library_counts_as_library() {
        assert!(is_library("library/core/src/sync/atomic.rs"));
        assert!(!is_library("library/coreless/src/lib.rs"));
        assert!(!is_library("driver/library/core/src/lib.rs"));
    }
}
