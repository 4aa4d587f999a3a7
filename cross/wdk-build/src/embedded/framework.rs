//! The stub library of a version of the framework: what `WdfDriverEntry.lib` is to a kit.

use crate::KmdfConfig;

/// The released versions 1.x, with the entries of their function and their structure tables.
///
/// 1.29 is missing: its headers were not published. The functions are those that fxlibrarycommon.cpp of github.com/microsoft/Windows-Driver-Frameworks compares a driver's count with.
const RELEASED: [(u8, u32, u32); 12] = [
    (9, 396, 0),
    (11, 432, 0),
    (13, 438, 0),
    (15, 444, 0),
    (17, 444, 0),
    (19, 446, 0),
    (21, 448, 0),
    (23, 451, 0),
    (25, 453, 80),
    (27, 453, 80),
    (31, 458, 81),
    (33, 458, 81),
];

/// From this version on, the driver holds the address of the framework's table; before, a copy of it.
const ADDRESS_SINCE: u8 = 15;
/// From this version on, a driver runs on frameworks older than the one it was compiled for, and says how old.
const MINIMUM_SINCE: u8 = 25;

/// The text of the library, for 1.31.
const LIBRARY: &str = include_str!("../../embedded/wdf.rs");

/// A version of the framework that a driver binds.
pub(crate) struct Framework {
    pub(crate) minor: u8,
    minimum: u8,
    functions: u32,
    structures: u32,
}

impl Framework {
    /// The framework that a manifest asks for; none where no such version was released.
    pub(crate) fn of(kmdf: &KmdfConfig) -> Option<Self> {
        let minor = kmdf.target_kmdf_version_minor;
        let minimum = kmdf.minimum_kmdf_version_minor.unwrap_or(minor);
        let released = |of: u8| RELEASED.iter().find(|(minor, ..)| *minor == of);
        let (_, functions, structures) = *released(minor)?;
        let fits = kmdf.kmdf_version_major == 1
            && minimum <= minor
            && released(minimum).is_some()
            && (minimum == minor || minor >= MINIMUM_SINCE);
        fits.then_some(Self {
            minor,
            minimum,
            functions,
            structures,
        })
    }

    /// The name of the variable that holds the function table's address.
    pub(crate) fn table_symbol(&self) -> String {
        format!("WdfFunctions_01{:03}", self.minor)
    }

    /// The constant that the headers make of the oldest version that will do.
    pub(crate) fn minimum_required(&self) -> String {
        format!(
            "pub const WdfMinimumVersionRequired: ULONG = {};\n",
            self.minimum
        )
    }

    /// The text of `wdf.rs`.
    pub(crate) fn stub_library(&self) -> String {
        let address = self.minor >= ADDRESS_SINCE;
        let extended = self.minor >= MINIMUM_SINCE;
        LIBRARY
            .replace("WdfFunctions_01031", &self.table_symbol())
            .replace(
                "const VERSION: [ULONG; 4] = [31, 31, 458, 81];",
                &format!(
                    "const VERSION: [ULONG; 4] = [{}, {}, {}, {}];",
                    self.minor, self.minimum, self.functions, self.structures
                ),
            )
            .replace(
                "const TABLE_BY_ADDRESS: bool = true;",
                &format!("const TABLE_BY_ADDRESS: bool = {address};"),
            )
            .replace(
                "const EXTENDED_BIND: bool = true;",
                &format!("const EXTENDED_BIND: bool = {extended};"),
            )
    }

    /// The length of the function table, by which every WDF call checks its index.
    ///
    /// The published build script reads it from the stub library's variable since 1.25, where the framework that is
    /// there may have fewer functions than the driver knows. Where the driver asks for as many as it knows, the
    /// length is the constant that the script used before: it leaves the compiler nothing to check, and no panic, in
    /// the image.
    pub(crate) fn function_count(&self) -> String {
        if self.minimum < self.minor {
            return "\
pub fn get_wdf_function_count() -> usize {
    // SAFETY: the framework writes it once, when it is bound.
    (unsafe { crate::WdfFunctionCount }) as usize
}
"
            .to_owned();
        }
        "\
pub const fn get_wdf_function_count() -> usize {
    crate::_WDFFUNCENUM::WdfFunctionTableNumEntries as usize
}
"
        .to_owned()
    }

    /// What tests of `wdk-sys` link in place of the library.
    pub(crate) fn test_stubs(&self) -> String {
        format!(
            "use crate::WDFFUNC;\n#[unsafe(no_mangle)]\npub static mut {}: *const WDFFUNC = core::ptr::null();\n",
            self.table_symbol()
        )
    }
}
