//! What a driver image must be before it may be called `.sys`.
//!
//! The kernel's loader, memory integrity (HVCI) and Driver Verifier's code-integrity checks refuse images over
//! properties of the file alone; they are checked here, where the message can say what is wrong. So is what its
//! author [promises](Promise) besides: the imports, the framework's version, no panic.
//!
//! Each rule is a module; each breach is a [`Violation`]. A file is reported with all of its violations at once.

mod allow_list;
mod binding;
mod checksum;
mod code;
mod export;
mod headers;
mod imports;
mod load_configuration;
mod version;
mod violation;

pub use allow_list::{AllowList, AllowListError, Scope};
pub use binding::Binding;
pub use version::file_version;
pub use violation::Violation;

use image::ImageFile;

/// What an image promises besides being fit to load.
#[derive(Debug, Clone, Default)]
pub struct Promise<'a> {
    /// How it is entered; not looked at where there is none.
    pub entry: Option<Entry<'a>>,
    /// What it asks the framework's loader for; not looked at where there is none.
    pub binding: Option<&'a Binding>,
    /// What it imports, and how exactly; not looked at where there is none.
    pub imports: Option<(&'a AllowList, Scope)>,
    /// What it never exports; not looked at where there is nothing.
    pub never_exports: Option<&'a str>,
    /// No panic is reachable.
    pub panic_free: bool,
    /// It has a version resource, an image version that is the resource's, and a load configuration.
    pub described: bool,
}

/// How an image is known to start where it ought to.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    /// It exports the name, at the address of the entry.
    Exported(&'static str),
    /// The PDB has a name for that address, which ought to be the first: a kit's stub library exports nothing.
    Named(&'static str, Option<&'a str>),
}

/// Inspects the bytes of a driver image, and answers every violation in the order of the rules.
#[must_use]
pub fn inspect(bytes: &[u8], promise: &Promise<'_>) -> Vec<Violation> {
    let image = match ImageFile::parse(bytes) {
        Ok(image) => image,
        Err(error) => return vec![Violation::NotPe32Plus(error.to_string())],
    };
    let mut violations = Vec::new();
    headers::check(&image, promise.entry, &mut violations);
    checksum::check(&image, &mut violations);
    code::check(&image, promise.panic_free, &mut violations);
    if let Some((list, scope)) = promise.imports {
        imports::check(&image, list, scope, &mut violations);
    }
    if let Some(name) = promise.never_exports {
        export::check(&image, name, &mut violations);
    }
    if promise.described {
        version::check(&image, &mut violations);
        load_configuration::check(&image, &mut violations);
    }
    if let Some(binding) = promise.binding {
        binding::check(&image, binding, &mut violations);
    }
    violations
}

/// The entry point of every KMDF driver: the framework's, which calls the driver's own.
pub const KMDF_ENTRY: &str = "FxDriverEntry";
/// The entry point of a driver without a framework: its own.
pub const ENTRY: &str = "DriverEntry";
