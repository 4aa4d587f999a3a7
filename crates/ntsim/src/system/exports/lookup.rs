//! Finding what a module exports among what is modelled.

use crate::system::exports::{kernel, table::Export, video_port};

/// The export of this name that `module` has.
pub(super) fn find(module: &str, name: &str) -> Option<&'static Export> {
    let mut exports = kernel::EXPORTS.iter().chain(video_port::EXPORTS);
    exports.find(|export| export.name == name && is_of(export.module, module))
}

/// Whether what stands in the table under `module` is had by an import from `asked`.
pub(super) fn is_of(module: &str, asked: &str) -> bool {
    let (hal, kernel) = kernel::ALSO_OF_THE_KERNEL;
    module.eq_ignore_ascii_case(asked) || module == hal && asked.eq_ignore_ascii_case(kernel)
}
