//! What link libraries have for a driver, modelled or not.
//!
//! The list is of the headers that bindings are made from: a name that it lacks may be one of NT's all the same.

use std::{collections::BTreeMap, sync::OnceLock};

use crate::system::exports::lookup::is_of;

/// A module in brackets, then its routines, each with its parameters and its result.
const DECLARED: &str = include_str!("declared.txt");

/// A routine that a header declares, or that a loader is known to export.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declared {
    module: &'static str,
    /// Parameters and result; empty where no header declares them.
    pub(super) signature: &'static str,
}

/// The routine of this name that `module` has.
pub(super) fn find(module: &str, name: &str) -> Option<Declared> {
    static ALL: OnceLock<BTreeMap<&str, Declared>> = OnceLock::new();
    let found = ALL.get_or_init(read).get(name)?;
    is_of(found.module, module).then_some(*found)
}

fn read() -> BTreeMap<&'static str, Declared> {
    let mut module = "";
    let mut all = BTreeMap::new();
    for line in DECLARED.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            module = name.trim_end_matches(']');
            continue;
        }
        let (name, signature) = line.split_once(' ').unwrap_or((line, ""));
        all.insert(name, Declared { module, signature });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{super::kernel, *};

    #[test]
    fn a_routine_is_declared_in_its_module_with_its_parameters() {
        let found = find("NTOSKRNL.EXE", "RtlInitUnicodeString").expect("it is declared");
        assert_eq!(
            found.signature,
            "(DestinationString: PUNICODE_STRING, SourceString: PCWSTR) -> ()"
        );
        assert!(find("HAL.dll", "RtlInitUnicodeString").is_none());
        assert!(find("ntoskrnl.exe", "RtlInitUnicodeStrinX").is_none());
    }

    #[test]
    fn what_is_the_hals_is_declared_for_either_module() {
        for module in ["HAL.dll", "ntoskrnl.exe"] {
            assert!(find(module, "KeQueryPerformanceCounter").is_some());
        }
    }

    #[test]
    fn every_line_is_a_routine_of_a_module() {
        let lines = DECLARED
            .lines()
            .filter(|line| !line.starts_with(['#', '[']));
        assert_eq!(lines.count(), read().len(), "a name stands there twice");
        for (name, declared) in read() {
            assert!(!declared.module.is_empty(), "{name}");
            let signature = declared.signature;
            assert!(
                signature.is_empty() || signature.starts_with('(') && signature.contains(") -> "),
                "{name} {signature}"
            );
        }
    }

    /// Routines whose names stand in no header that bindings are made from.
    const UNDECLARED: [&str; 2] = ["PSHED.dll", "(framework)"];

    #[test]
    fn what_is_modelled_is_declared() {
        for export in kernel::EXPORTS {
            if !UNDECLARED.contains(&export.module) {
                assert!(
                    find(export.module, export.name).is_some(),
                    "{}",
                    export.name
                );
            }
        }
    }
}
