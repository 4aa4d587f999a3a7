//! What a driver image must be before it may be called `.sys`.
//!
//! The kernel's loader, memory integrity (HVCI) and Driver Verifier's code-integrity checks refuse images over
//! properties of the file alone; they are checked here, where the message can say what is wrong. So are this project's
//! own rules: the import list, the KMDF binding, no mutants.
//!
//! Each rule is a module; each breach is a [`Violation`]. A file is reported with all of its violations at once.

mod allow_list;
mod binding;
mod checksum;
mod code;
mod headers;
mod imports;
mod load_configuration;
mod marker;
mod version;
mod violation;

pub use allow_list::{AllowList, AllowListError, Scope};
pub use binding::{Binding, EXPECTED_BINDING};
pub use marker::MARK;
pub use version::file_version;
pub use violation::Violation;

use image::ImageFile;

/// Inspects the bytes of a KMDF driver image, and answers every violation in the order of the rules.
#[must_use]
pub fn inspect(bytes: &[u8], imports: &AllowList, scope: Scope) -> Vec<Violation> {
    let image = match ImageFile::parse(bytes) {
        Ok(image) => image,
        Err(error) => return vec![Violation::NotPe32Plus(error.to_string())],
    };
    let mut violations = Vec::new();
    check(
        &image,
        Entry::Exported(ENTRY),
        imports,
        scope,
        &mut violations,
    );
    binding::check(&image, &mut violations);
    violations
}

/// Inspects the bytes of a KMDF driver image that was linked with a kit's libraries: what [`inspect`] looks at. The entry is the
/// stub library's, which exports nothing; `entry` is the name that the PDB has for its address.
#[must_use]
pub fn inspect_over_kit(bytes: &[u8], entry: Option<&str>, imports: &AllowList) -> Vec<Violation> {
    let image = match ImageFile::parse(bytes) {
        Ok(image) => image,
        Err(error) => return vec![Violation::NotPe32Plus(error.to_string())],
    };
    let mut violations = Vec::new();
    let entry = Entry::Named(ENTRY, entry);
    check(&image, entry, imports, Scope::Kit, &mut violations);
    binding::check(&image, &mut violations);
    violations
}

/// Inspects the bytes of a video miniport driver image: what [`inspect`] looks at, without the framework.
#[must_use]
pub fn inspect_miniport(bytes: &[u8], imports: &AllowList, scope: Scope) -> Vec<Violation> {
    let image = match ImageFile::parse(bytes) {
        Ok(image) => image,
        Err(error) => return vec![Violation::NotPe32Plus(error.to_string())],
    };
    let mut violations = Vec::new();
    let entry = Entry::Exported(MINIPORT_ENTRY);
    check(&image, entry, imports, scope, &mut violations);
    violations
}

/// What holds for every driver image.
fn check(
    image: &ImageFile<'_>,
    entry: Entry<'_>,
    imports: &AllowList,
    scope: Scope,
    violations: &mut Vec<Violation>,
) {
    headers::check(image, entry, violations);
    checksum::check(image, violations);
    code::check(image, scope, violations);
    imports::check(image, imports, scope, violations);
    marker::check(image, violations);
    version::check(image, violations);
    load_configuration::check(image, violations);
}

/// The entry point of every KMDF driver: the framework's, which calls the driver's own.
pub const ENTRY: &str = "FxDriverEntry";
/// The entry point of a miniport: its own.
pub const MINIPORT_ENTRY: &str = "DriverEntry";

/// How an image is known to start where it ought to.
#[derive(Debug, Clone, Copy)]
enum Entry<'a> {
    /// It exports the name, at the address of the entry.
    Exported(&'static str),
    /// The PDB has a name for that address, which ought to be the first.
    Named(&'static str, Option<&'a str>),
}
