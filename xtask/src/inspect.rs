//! What the project's images promise to [`ntdriver::inspect`]: their lists of imports, the framework's version, no panic.

pub use ntdriver::inspect::{
    AllowList, Binding, ENTRY, Entry, KMDF_ENTRY, Promise, Scope, Violation, file_version,
};

/// What a mutant exports, so that no image of one passes for the driver.
pub const MARK: &str = "DIRQL_MUTANT";

/// What the project's driver binds: KMDF 1.31, which Windows 10 2004 came with, and nothing older.
pub const EXPECTED_BINDING: Binding = Binding {
    major: 1,
    minor: 31,
    functions: 458,
    minimum: Some(31),
};

/// The committed list of the project's driver.
///
/// # Panics
/// If the committed list does not parse, which a test rules out.
#[must_use]
pub fn imports_of_the_driver() -> AllowList {
    AllowList::parse(include_str!("../imports-allowed.txt")).expect("the committed list parses")
}

/// The committed list of the driver whose interrupt is the framework's.
///
/// # Panics
/// If the committed list does not parse, which a test rules out.
#[must_use]
pub fn imports_of_the_wdf_driver() -> AllowList {
    AllowList::parse(include_str!("../imports-allowed-wdf.txt")).expect("the committed list parses")
}

/// The committed list of the video miniport.
///
/// # Panics
/// If the committed list does not parse, which a test rules out.
#[must_use]
pub fn imports_of_the_miniport() -> AllowList {
    AllowList::parse(include_str!("../imports-allowed-video.txt"))
        .expect("the committed list parses")
}

/// Inspects the bytes of a KMDF driver image, and answers every violation in the order of the rules.
#[must_use]
pub fn inspect(bytes: &[u8], imports: &AllowList, scope: Scope) -> Vec<Violation> {
    let entry = Entry::Exported(KMDF_ENTRY);
    ntdriver::inspect::inspect(bytes, &of_kmdf(entry, imports, scope))
}

/// Inspects the bytes of a KMDF driver image that was linked with a kit's libraries: what [`inspect`] looks at. The entry is the
/// stub library's, which exports nothing; `entry` is the name that the PDB has for its address.
#[must_use]
pub fn inspect_over_kit(bytes: &[u8], entry: Option<&str>, imports: &AllowList) -> Vec<Violation> {
    let entry = Entry::Named(KMDF_ENTRY, entry);
    ntdriver::inspect::inspect(bytes, &of_kmdf(entry, imports, Scope::Kit))
}

fn of_kmdf<'a>(entry: Entry<'a>, imports: &'a AllowList, scope: Scope) -> Promise<'a> {
    Promise {
        entry: Some(entry),
        binding: Some(&EXPECTED_BINDING),
        imports: Some((imports, scope)),
        never_exports: Some(MARK),
        panic_free: scope != Scope::Other,
        described: true,
    }
}

/// Inspects the bytes of a video miniport driver image: what [`inspect`] looks at, without the framework.
#[must_use]
pub fn inspect_miniport(bytes: &[u8], imports: &AllowList, scope: Scope) -> Vec<Violation> {
    let promise = Promise {
        entry: Some(Entry::Exported(ENTRY)),
        binding: None,
        imports: Some((imports, scope)),
        never_exports: Some(MARK),
        panic_free: scope != Scope::Other,
        described: true,
    };
    ntdriver::inspect::inspect(bytes, &promise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_lists_parse_and_are_not_empty() {
        assert!(imports_of_the_driver().required().count() > 0);
        assert!(imports_of_the_wdf_driver().required().count() > 0);
    }

    #[test]
    fn a_miniport_imports_from_the_port_driver_alone() {
        let list = imports_of_the_miniport();
        assert!(list.required().count() > 0);
        assert!(list.required().all(|(module, _)| module == "VIDEOPRT.SYS"));
    }
}
