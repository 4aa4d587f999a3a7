//! What the image imports: exactly what the allow-list names.

use image::{ImageFile, ImportedName};

use super::{AllowList, Scope, Violation, allow_list::is_module};

/// Compares the image's imports with `allowed`, both ways for a release image.
pub(super) fn check(
    image: &ImageFile<'_>,
    allowed: &AllowList,
    scope: Scope,
    violations: &mut Vec<Violation>,
) {
    let imports = match image.imports() {
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
    if scope != Scope::Other {
        for (module, name) in allowed.required() {
            let is_it = |(m, n): &ImportedName| is_module(module, m) && n == name;
            if !imports.iter().any(is_it) {
                violations.push(Violation::StaleAllowance {
                    module: module.to_owned(),
                    name: name.to_owned(),
                });
            }
        }
    }
}
