//! The NTSTATUS values with which the driver answers.

use core::fmt;

/// An NTSTATUS that crosses the IOCTL interface.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub u32);

/// Declares the statuses once, for the constants and for their names.
macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        impl Status {
            $($(#[$doc])* pub const $name: Self = Self($value);)*

            /// Every status of the contract.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name of the status without the `STATUS_` prefix, where the contract knows it.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    /// The request was served.
    SUCCESS = 0;
    /// An argument is outside its documented range, a reserved field is not 0, or an enumeration
    /// value is unknown.
    INVALID_PARAMETER = 0xC000_000D;
    /// The code is not one of the contract's.
    INVALID_DEVICE_REQUEST = 0xC000_0010;
    /// The handle was not opened with the right that the code asks for.
    ACCESS_DENIED = 0xC000_0022;
    /// There is no error source with that number.
    NOT_FOUND = 0xC000_0225;
    /// The output buffer cannot hold the reply.
    BUFFER_TOO_SMALL = 0xC000_0023;
    /// The hardware is not started, its interrupt was lost (a reconnect failed and so did connecting it as
    /// before, or the system did not let the driver silence it), or the device left D0 during the request.
    DEVICE_NOT_READY = 0xC000_00A3;
    /// The request was cancelled before it was served.
    CANCELLED = 0xC000_0120;
    /// There was no memory, or no thread, to serve the request.
    INSUFFICIENT_RESOURCES = 0xC000_009A;
    /// The device's resources cannot serve the kind that was asked for.
    NOT_SUPPORTED = 0xC000_00BB;
    /// The device is in a state in which the code cannot be served: the interrupt is soft-inactive,
    /// or another request is reconnecting it.
    INVALID_DEVICE_STATE = 0xC000_0184;
    /// The input is not exactly as long as the code's request.
    INVALID_BUFFER_SIZE = 0xC000_0206;
    /// The interrupt's work did not end within its bound.
    IO_TIMEOUT = 0xC000_00B5;
    /// The interrupt could not be connected again, neither as asked nor as it was before.
    DEVICE_CONFIGURATION_ERROR = 0xC000_0182;
    /// The system came back from a call under the interrupt lock without having run it.
    INTERNAL_ERROR = 0xC000_00E5;
}

impl Status {
    /// Whether the status is a success or an information (`NT_SUCCESS`).
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 >> 31 == 0
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "STATUS_{name}"),
            None => write!(f, "status {:#010x}", self.0),
        }
    }
}
