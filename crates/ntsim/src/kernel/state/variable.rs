//! What a variable holds that NT exports.

/// The value of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number, or an address, of 8 bytes or less.
    Number(u64),
    /// The number of processors.
    Processors,
    /// The address of an opaque object.
    Opaque,
}
