//! What must not compile, with the message that says why; and a program beside them that does.

#[path = "common/misuse.rs"]
mod misuse;

use misuse::Library;

#[test]
#[cfg_attr(miri, ignore = "it runs cargo")]
fn misuse_is_explained_by_the_compiler() {
    misuse::is_explained_by_the_compiler();
}

#[test]
#[cfg_attr(miri, ignore = "it runs rustc")]
fn misuse_does_not_compile_under_any_compiler() {
    misuse::does_not_compile_under_any_compiler(&[Library {
        name: "dirql",
        root: "src/lib.rs",
        features: &["mock", "pshed", "wdf"],
    }]);
}
