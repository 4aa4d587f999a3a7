//! The release of the framework that is installed on the machine.

/// The functions that the table of each release has, by its minor version (fxlibrarycommon.cpp).
const FUNCTIONS: [(u32, u32); 17] = [
    (0, 383),
    (1, 386),
    (5, 387),
    (7, 387),
    (9, 396),
    (11, 432),
    (13, 438),
    (15, 444),
    (17, 444),
    (19, 446),
    (21, 448),
    (23, 451),
    (25, 453),
    (27, 453),
    (29, 454),
    (31, 458),
    (33, 458),
];

/// The names and sizes of the structures of 1.31.
const STRUCTURES: &str = include_str!("../structures.txt");

/// A release of KMDF 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    minor: u32,
    functions: u32,
}

impl Default for Release {
    /// That of Windows 10 2004.
    fn default() -> Self {
        Self {
            minor: 31,
            functions: 458,
        }
    }
}

impl Release {
    /// The release of this minor version.
    pub(crate) fn find(minor: u32) -> Option<Self> {
        let found = FUNCTIONS.iter().find(|(known, _)| *known == minor);
        let (minor, functions) = *found?;
        Some(Self { minor, functions })
    }

    /// Whether some release has so many functions.
    pub(in crate::wdf) fn is_count(functions: u32) -> bool {
        FUNCTIONS.iter().any(|(_, count)| *count == functions)
    }

    pub(in crate::wdf) const fn minor(self) -> u32 {
        self.minor
    }

    pub(in crate::wdf) const fn functions(self) -> u32 {
        self.functions
    }

    /// The sizes of its structures, in the order of their indices.
    pub(in crate::wdf) fn structures(self) -> Vec<u64> {
        let lines = STRUCTURES.lines().filter(|line| !line.starts_with('#'));
        let mut sizes: Vec<u64> = lines
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(name, size)| {
                let size = size.parse().ok()?;
                Some(match name {
                    "WDF_DEVICE_STATE" if self.minor < 31 => 28,
                    "WDF_POWER_FRAMEWORK_SETTINGS" if self.minor >= 33 => 88,
                    _ => size,
                })
            })
            .collect();
        // The last one came with 1.31.
        sizes.truncate(if self.minor < 31 { 80 } else { 81 });
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_that_is_installed_is_one_of_the_table() {
        let installed = Release::default();
        assert_eq!(Release::find(installed.minor), Some(installed));
        assert_eq!(Release::find(32), None);
    }

    #[test]
    fn a_release_has_its_own_structures() {
        // WDF_DEVICE_STATE is 20, WDF_OBJECT_ATTRIBUTES 38, WDF_POWER_FRAMEWORK_SETTINGS 42.
        for (minor, count, state, settings) in
            [(25, 80, 28, 72), (31, 81, 32, 72), (33, 81, 32, 88)]
        {
            let sizes = Release::find(minor).expect("it is one").structures();
            assert_eq!(sizes.len(), count, "1.{minor}");
            assert_eq!((sizes[20], sizes[38], sizes[42]), (state, 56, settings));
        }
    }
}
