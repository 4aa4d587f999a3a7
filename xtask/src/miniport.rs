//! The image of the video miniport, `dirql_video.sys`.

use std::path::Path;

use crate::{
    Error, Workspace,
    inspect::{Scope, imports_of_the_miniport, inspect_miniport},
    recipe::{Built, Options, Recipe},
    toolchain::Toolchain,
};

/// Builds the miniport by `toolchain`, inspects it, and puts `.sys` and `.pdb` side by side.
///
/// # Errors
/// As [`crate::driver::build`].
pub fn build(
    workspace: &Workspace,
    toolchain: &Toolchain,
    options: &Options,
) -> Result<Built, Error> {
    let recipe = Recipe {
        what: "video miniport",
        manifest: "miniport/Cargo.toml",
        package: "dirql-miniport",
        name: "dirql_video",
        judge,
    };
    recipe.build(workspace, toolchain, options)
}

fn judge(path: &Path, bytes: &[u8], scope: Scope) -> Result<String, Error> {
    let violations = inspect_miniport(bytes, &imports_of_the_miniport(), scope);
    if violations.is_empty() {
        Ok("it imports from VIDEOPRT.SYS alone".to_owned())
    } else {
        Err(Error::Image {
            path: path.to_path_buf(),
            violations,
        })
    }
}
