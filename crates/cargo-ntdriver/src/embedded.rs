//! What this program carries with it: the stand-ins and the examples of the repository, as it was built from.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// A file: its path within its folder, with `/`, and its bytes.
pub(crate) type File = (&'static str, &'static [u8]);

/// The folder `cross/`.
pub(crate) fn cross() -> &'static [File] {
    CROSS
}

/// The folder `examples/`.
pub(crate) fn examples() -> &'static [File] {
    EXAMPLES
}
