//! `VP_STATUS`: the Win32 errors by which a miniport answers the port driver.

use core::fmt;

/// A `VP_STATUS` of video.h: an error of Win32 in a signed word of 32 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct VpStatus(pub i32);

/// Declares the statuses once, for the constants and for their names.
macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        impl VpStatus {
            $($(#[$doc])* pub const $name: Self = Self($value);)*

            /// The name of the status without the `ERROR_` prefix, where video.h has one for it.
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
    /// Success.
    NO_ERROR = 0;
    /// The control code is not one of the miniport's.
    INVALID_FUNCTION = 1;
    /// There is not enough memory, or the buffer is too small for any part of the answer.
    NOT_ENOUGH_MEMORY = 8;
    /// The adapter is not there.
    DEV_NOT_EXIST = 55;
    /// A parameter is wrong, or the adapter cannot be configured.
    INVALID_PARAMETER = 87;
    /// A buffer is too small.
    INSUFFICIENT_BUFFER = 122;
    /// `VIDEO_ENUM_INVALID_DEVICE`: this child cannot be enumerated, others may.
    INVALID_NAME = 123;
    /// What is asked for is in use.
    BUSY = 170;
    /// There is more than the buffer could take.
    MORE_DATA = 234;
    /// The request goes on.
    IO_PENDING = 997;
    /// The adapter has to be set up again.
    DEVICE_REINITIALIZATION_NEEDED = 1164;
    /// `VIDEO_ENUM_MORE_DEVICES`: a child was enumerated, ask again.
    CONTINUE = 1246;
    /// `VIDEO_ENUM_NO_MORE_DEVICES`: there is no such child and none after it.
    NO_MORE_DEVICES = 1248;
}

impl fmt::Debug for VpStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for VpStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some("NO_ERROR") => f.write_str("NO_ERROR"),
            Some(name) => write!(f, "ERROR_{name}"),
            None => write!(f, "VP_STATUS {}", self.0),
        }
    }
}
