//! The routines that the driver may import, by module and name.

use std::{collections::BTreeMap, fmt};

/// Which images an entry of the list is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The shipped image: the list is exact, an entry that is not imported is stale.
    Release,
    /// A release image over a kit: what the kit's libraries take may be imported besides.
    Kit,
    /// Debug images, and images of other compilers: the whole list may be imported, none of it must be.
    Other,
}

impl Scope {
    /// Whether an image of this scope may import what an entry of the list is for.
    fn takes(self, entry: Self) -> bool {
        match self {
            Self::Release => entry == Self::Release,
            Self::Kit => entry != Self::Other,
            Self::Other => true,
        }
    }
}

/// A list of imports: a module and a name on each line, and behind them `debug` where release images do without, or
/// `kit` where only an image over a kit has it. `#` starts a comment. A routine of HAL.dll may be imported from
/// ntoskrnl.exe as well.
#[derive(Debug, Clone, Default)]
pub struct AllowList {
    entries: BTreeMap<(String, String), Scope>,
}

/// A line of the list that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowListError {
    /// The line's number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for AllowListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} of the list of imports: {}",
            self.line, self.reason
        )
    }
}

impl std::error::Error for AllowListError {}

impl AllowList {
    /// Parses a list.
    ///
    /// # Errors
    /// A line of another form, or one that stands there twice.
    pub fn parse(text: &str) -> Result<Self, AllowListError> {
        let mut entries = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let error = |reason| AllowListError {
                line: index + 1,
                reason,
            };
            let line = line.split_once('#').map_or(line, |(before, _)| before);
            let words: Vec<&str> = line.split_whitespace().collect();
            let (key, scope) = match words[..] {
                [] => continue,
                [module, name] => ((module.to_owned(), name.to_owned()), Scope::Release),
                [module, name, "debug"] => ((module.to_owned(), name.to_owned()), Scope::Other),
                [module, name, "kit"] => ((module.to_owned(), name.to_owned()), Scope::Kit),
                _ => {
                    return Err(error(
                        "expected `module name`, `module name debug` or `module name kit`",
                    ));
                }
            };
            if entries.insert(key, scope).is_some() {
                return Err(error("the entry stands there twice"));
            }
        }
        Ok(Self { entries })
    }

    /// Whether an image of `scope` may import `name` from `module`.
    #[must_use]
    pub fn allows(&self, module: &str, name: &str, scope: Scope) -> bool {
        self.entries
            .iter()
            .any(|((m, n), entry)| is_module(m, module) && n == name && scope.takes(*entry))
    }

    /// The entries that a release image must import.
    pub fn required(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries
            .iter()
            .filter(|(_, scope)| **scope == Scope::Release)
            .map(|((module, name), _)| (module.as_str(), name.as_str()))
    }
}

/// Whether an import from `module` is one from `listed`. Module names have no case, and what is listed as the HAL's may
/// come from the kernel: since Windows 10 2004 both export it, and which of them an image names is its linker's choice.
pub(super) fn is_module(listed: &str, module: &str) -> bool {
    listed.eq_ignore_ascii_case(module)
        || listed.eq_ignore_ascii_case("HAL.dll") && module.eq_ignore_ascii_case("ntoskrnl.exe")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debug_entry_is_for_debug_images_only() {
        let list = AllowList::parse("a.sys One # why\n\na.sys Two debug\n").unwrap();
        assert!(list.allows("A.SYS", "One", Scope::Release));
        assert!(!list.allows("a.sys", "one", Scope::Release));
        assert!(!list.allows("a.sys", "Two", Scope::Release));
        assert!(list.allows("a.sys", "Two", Scope::Other));
        assert_eq!(list.required().collect::<Vec<_>>(), [("a.sys", "One")]);
    }

    #[test]
    fn an_entry_of_the_kits_libraries_is_for_images_over_a_kit_only() {
        let list = AllowList::parse("a.sys One\na.sys Two kit\na.sys Three debug\n").unwrap();
        let allowed = |scope| {
            let names = ["One", "Two", "Three"].into_iter();
            names
                .filter(|name| list.allows("a.sys", name, scope))
                .collect::<Vec<_>>()
        };
        assert_eq!(allowed(Scope::Release), ["One"]);
        assert_eq!(allowed(Scope::Kit), ["One", "Two"]);
        assert_eq!(allowed(Scope::Other), ["One", "Two", "Three"]);
        assert_eq!(list.required().count(), 1);
    }

    #[test]
    fn what_is_the_hals_may_come_from_the_kernel_and_not_the_other_way() {
        let list = AllowList::parse("HAL.dll One\nntoskrnl.exe Two\n").unwrap();
        assert!(list.allows("hal.dll", "One", Scope::Release));
        assert!(list.allows("ntoskrnl.exe", "One", Scope::Release));
        assert!(list.allows("ntoskrnl.exe", "Two", Scope::Release));
        assert!(!list.allows("HAL.dll", "Two", Scope::Release));
    }

    #[test]
    fn a_bad_line_is_named() {
        let line = |text| AllowList::parse(text).unwrap_err().line;
        assert_eq!(line("a.sys One\na.sys"), 2);
        assert_eq!(line("a.sys One release"), 1);
        assert_eq!(line("a.sys One\na.sys One"), 2);
    }
}
