//! A Rust panic as a bug check: `wdk-panic` calls `KeBugCheckEx` with a code of its own and the
//! panic's source location as parameters.

use std::fmt;

/// The bug check code of a Rust panic, the letters "RPNC".
pub const RUST_PANIC: u32 = u32::from_be_bytes(*b"RPNC");

/// No source path is longer; a longer one is not read.
const MAX_PATH: u64 = 4096;

/// Where a driver panicked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanicSite {
    /// The source file, as the compiler recorded it.
    pub file: String,
    /// From 1.
    pub line: u64,
    /// From 1.
    pub column: u64,
}

impl PanicSite {
    /// The panic that a bug check stands for: its parameters are the address and length of the
    /// file's name, the line and the column.
    ///
    /// `None` for another bug check, and for a panic whose location is unknown or unreadable.
    /// `read` gives the guest's memory at an address.
    pub fn decode(
        code: u32,
        parameters: [u64; 4],
        read: impl FnOnce(u64, usize) -> Option<Vec<u8>>,
    ) -> Option<Self> {
        let [name, length, line, column] = parameters;
        if code != RUST_PANIC || name == 0 || length == 0 || length > MAX_PATH {
            return None;
        }
        let bytes = read(name, usize::try_from(length).ok()?)?;
        Some(Self {
            file: String::from_utf8(bytes).ok()?,
            line,
            column,
        })
    }
}

impl fmt::Display for PanicSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(address: u64, length: usize) -> Option<Vec<u8>> {
        let file = b"driver/isr.rs";
        (address == 0xffff_8000_0000_1000)
            .then(|| file.get(..length).map(<[u8]>::to_vec))
            .flatten()
    }

    #[test]
    fn a_panic_names_its_file_line_and_column() {
        let site = PanicSite::decode(0x5250_4e43, [0xffff_8000_0000_1000, 13, 42, 9], memory);
        assert_eq!(site.unwrap().to_string(), "driver/isr.rs:42:9");
    }

    #[test]
    fn another_bug_check_is_no_panic() {
        let irql_not_less_or_equal = 0xa;
        let parameters = [0xffff_8000_0000_1000, 13, 42, 9];
        assert_eq!(
            PanicSite::decode(irql_not_less_or_equal, parameters, memory),
            None
        );
    }

    #[test]
    fn a_panic_without_a_readable_location_is_not_guessed() {
        for parameters in [
            [0, 0, 0, 0],
            [0xdead_0000, 13, 42, 9],
            [0xffff_8000_0000_1000, u64::MAX, 42, 9],
            [0xffff_8000_0000_1000, 14, 42, 9],
        ] {
            assert_eq!(PanicSite::decode(RUST_PANIC, parameters, memory), None);
        }
    }
}
