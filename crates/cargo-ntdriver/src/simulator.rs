//! The simulator, which is a program of its own: it links Unicorn, under the GPL, and this program does not.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::Error;

/// The program.
const NAME: &str = "ntsim";
/// The variable that names it.
const VARIABLE: &str = "NTSIM";

/// The variable by which it is told how it was called, up to its own arguments.
pub const CALLED_AS: &str = "NTSIM_CALLED_AS";

/// Finds `ntsim`: the one that `NTSIM` names, one beside this program, or one on the PATH.
///
/// # Errors
/// [`Error::Missing`], with how to get it.
pub fn find() -> Result<PathBuf, Error> {
    let named = env::var_os(VARIABLE).filter(|value| !value.is_empty());
    if let Some(named) = named {
        let named = PathBuf::from(named);
        if is_program(&named) {
            return Ok(named);
        }
        return Err(Error::Missing {
            what: format!("{}, which {VARIABLE} names", named.display()),
            how: "unset it, or name the program".to_owned(),
        });
    }
    let beside = env::current_exe()
        .ok()
        .and_then(|here| Some(here.parent()?.to_path_buf()));
    let path = env::var_os("PATH").unwrap_or_default();
    beside
        .into_iter()
        .chain(env::split_paths(&path))
        .map(|folder| folder.join(NAME).with_extension(env::consts::EXE_EXTENSION))
        .find(|program| is_program(program))
        .ok_or_else(|| Error::Missing {
            what: format!("{NAME}, the simulator"),
            how: format!(
                "install it by `cargo install --locked --profile host --git {} ntsim`, or name it by {VARIABLE}",
                env!("CARGO_PKG_REPOSITORY")
            ),
        })
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}
