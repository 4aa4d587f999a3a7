//! Finding what a module exports among what is declared, and among what is modelled.

use crate::{
    declared::{self, Declaration, FRAMEWORK},
    system::exports::{framework, kernel, table::Row, video_port},
};

const HAL: &str = "HAL.dll";
const KERNEL: &str = "ntoskrnl.exe";

/// The declaration of the routine of this name that `module` has, modelled or not.
pub(super) fn declaration(module: &str, name: &str) -> Option<&'static Declaration> {
    // A function of the framework is behind its table, and nothing exports it.
    declared::routine(name).filter(|found| found.module != FRAMEWORK && is_of(found, module))
}

/// The declaration of the routine of this name that `module` has, where it is modelled.
pub(super) fn modelled(module: &str, name: &str) -> Option<&'static Declaration> {
    let mut exports = kernel::EXPORTS.iter().chain(video_port::EXPORTS);
    exports.find(|row| row.name == name)?;
    declaration(module, name)
}

/// The row of what has an address; none where it is not modelled.
pub(super) fn row(name: &str) -> Option<&'static Row> {
    let framework = framework::FUNCTIONS.iter();
    let mut all = framework.chain(kernel::EXPORTS).chain(video_port::EXPORTS);
    all.find(|row| row.name == name)
}

/// Whether an import from `asked` has what is declared of a module: since Windows 10 2004 the HAL is a part of the kernel,
/// and HAL.dll refers there for every routine of its own.
fn is_of(declared: &Declaration, asked: &str) -> bool {
    let is_hals = declared.module == HAL || declared.name.starts_with("Hal");
    declared.module.eq_ignore_ascii_case(asked)
        || is_hals
            && [HAL, KERNEL]
                .iter()
                .any(|either| asked.eq_ignore_ascii_case(either))
}
