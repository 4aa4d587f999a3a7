//! Where the built images are: environment variables name them, which `cargo xtask test` sets.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

use ntsim::Image;

/// The path that an environment variable holds.
///
/// # Panics
///
/// Where it is not set, with how to set it.
fn path(variable: &str, what: &str) -> PathBuf {
    let Some(value) = env::var_os(variable) else {
        panic!(
            "{variable} is not set, so there is no {what} to test: run `cargo xtask test`, which builds it \
             and sets the variable (`cargo xtask build` builds the driver alone and prints its paths)"
        );
    };
    value.into()
}

thread_local! {
    /// A file is loaded once a thread, so that machines of the same file share what they can share.
    static LOADED: RefCell<BTreeMap<PathBuf, Image>> = const { RefCell::new(BTreeMap::new()) };
}

fn load(image: &Path, symbols: &Path) -> Image {
    if let Some(loaded) = LOADED.with_borrow(|loaded| loaded.get(image).cloned()) {
        return loaded;
    }
    match Image::load(image, Some(symbols)) {
        Ok(loaded) => {
            LOADED.with_borrow_mut(|all| all.insert(image.to_owned(), loaded.clone()));
            loaded
        }
        Err(error) => panic!("{error}"),
    }
}

/// The project's driver: the image that `DIRQL_IMAGE` names, with the symbols of `DIRQL_PDB`.
///
/// # Panics
///
/// Where a variable is not set, or names no loadable image.
#[must_use]
pub fn driver() -> Image {
    load(
        &path("DIRQL_IMAGE", "driver image"),
        &path("DIRQL_PDB", "driver PDB"),
    )
}

/// The project's video miniport: the image that `DIRQL_VIDEO_IMAGE` names, with the symbols of
/// `DIRQL_VIDEO_PDB`.
///
/// # Panics
///
/// Where a variable is not set, or names no loadable image.
#[must_use]
pub fn miniport() -> Image {
    load(
        &path("DIRQL_VIDEO_IMAGE", "miniport image"),
        &path("DIRQL_VIDEO_PDB", "miniport PDB"),
    )
}

/// The path of a guest's image, `<name>.sys` in the folder that `DIRQL_GUESTS` names.
///
/// # Panics
///
/// Where the variable is not set.
#[must_use]
pub fn guest_path(name: &str) -> PathBuf {
    path("DIRQL_GUESTS", "folder of guests")
        .join(name)
        .with_extension("sys")
}

/// A guest that is built where its compiler is; none where it was not.
///
/// # Panics
///
/// As [`guest`], for an image that is there.
#[must_use]
pub fn guest_if_built(name: &str) -> Option<Image> {
    guest_path(name).exists().then(|| guest(name))
}

/// A guest: its image, with its symbols.
///
/// # Panics
///
/// Where the variable is not set, or there is no loadable image of that name.
#[must_use]
pub fn guest(name: &str) -> Image {
    let image = guest_path(name);
    load(&image, &image.with_extension("pdb"))
}
