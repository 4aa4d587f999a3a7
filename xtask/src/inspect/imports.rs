//! What the image imports: exactly what the allow-list names.

use std::collections::BTreeSet;

use object::{
    LittleEndian as LE,
    pe::{IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT, ImageNtHeaders64},
    read::{self, pe::Import},
};

use super::{AllowList, Image, Scope, Violation};

/// Compares the image's imports with `allowed`, both ways for a release image.
pub(super) fn check(
    image: &Image<'_>,
    allowed: &AllowList,
    scope: Scope,
    violations: &mut Vec<Violation>,
) {
    let imports = match imports(image) {
        Ok(imports) => imports,
        Err(error) => {
            violations.push(Violation::NotPe32Plus(format!("import table: {error}")));
            return;
        }
    };
    for (module, name) in &imports {
        if !allowed.allows(module, name, scope) {
            violations.push(Violation::UnexpectedImport {
                module: module.clone(),
                name: name.clone(),
            });
        }
    }
    if scope == Scope::Release {
        for (module, name) in allowed.required() {
            let is_it = |(m, n): &(String, String)| m.eq_ignore_ascii_case(module) && n == name;
            if !imports.iter().any(is_it) {
                violations.push(Violation::StaleAllowance {
                    module: module.to_owned(),
                    name: name.to_owned(),
                });
            }
        }
    }
}

/// Every import as module and name. An import by ordinal, and the presence of delay-loaded modules, of which the
/// kernel knows nothing, appear under names that no list can hold.
fn imports(image: &Image<'_>) -> read::Result<BTreeSet<(String, String)>> {
    let mut imports = BTreeSet::new();
    let delayed = image.pe.data_directory(IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT);
    if delayed.is_some_and(|directory| directory.virtual_address.get(LE) != 0) {
        imports.insert(("(delay-loaded)".to_owned(), "(modules)".to_owned()));
    }
    let Some(table) = image.pe.import_table()? else {
        return Ok(imports);
    };
    let mut modules = table.descriptors()?;
    while let Some(descriptor) = modules.next()? {
        let module = table.name(descriptor.name.get(LE))?;
        let module = String::from_utf8_lossy(module).into_owned();
        let mut thunks = table.thunks(descriptor.original_first_thunk.get(LE))?;
        while let Some(thunk) = thunks.next::<ImageNtHeaders64>()? {
            let name = match table.import::<ImageNtHeaders64>(thunk)? {
                Import::Name(_, name) => String::from_utf8_lossy(name).into_owned(),
                Import::Ordinal(ordinal) => format!("(ordinal {ordinal})"),
            };
            imports.insert((module.clone(), name));
        }
    }
    Ok(imports)
}
