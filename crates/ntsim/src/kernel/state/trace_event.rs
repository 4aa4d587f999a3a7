//! An event as a viewer shows it.

use std::fmt;

use nt_model::Status;

/// An event of a provider, decoded by what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEvent {
    /// The provider's name.
    pub provider: String,
    /// The GUID that it registered with.
    pub provider_id: String,
    /// The event's name.
    pub name: String,
    /// Its level: 1 critical, 2 error, 3 warning, 4 informational, 5 verbose.
    pub level: u8,
    /// The categories that it belongs to, a bit each.
    pub keyword: u64,
    /// Its fields, in their order.
    pub fields: Vec<TraceField>,
}

/// A field of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: TraceValue,
}

/// The value of a field, by its type and the format that the provider wants it shown in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceValue {
    /// An unsigned number.
    Unsigned(u64),
    /// A signed number.
    Signed(i64),
    /// A number that is shown in hexadecimal digits.
    Hex(u64),
    /// Whether something holds.
    Boolean(bool),
    /// An `NTSTATUS`.
    Status(Status),
    /// Text.
    Text(String),
    /// Anything else, as it is.
    Bytes(Vec<u8>),
}

impl TraceEvent {
    /// The value of the field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&TraceValue> {
        let field = self.fields.iter().find(|field| field.name == name);
        field.map(|field| &field.value)
    }
}

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.name)?;
        for TraceField { name, value } in &self.fields {
            write!(f, " {name}={value}")?;
        }
        write!(f, " (level {}, keyword {:#x})", self.level, self.keyword)
    }
}

impl fmt::Display for TraceValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(value) => write!(f, "{value}"),
            Self::Signed(value) => write!(f, "{value}"),
            Self::Hex(value) => write!(f, "{value:#x}"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Status(value) => write!(f, "{value:#010x}"),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}
