//! NTSTATUS codes (ntstatus.h), those that the project knows by name.

use core::fmt;

/// An NTSTATUS.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub u32);

/// Declares the codes once, for the constants and for their names.
macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        impl Status {
            $($(#[$doc])* pub const $name: Self = Self($value);)*

            /// The name of the status without the `STATUS_` prefix, where it is one of these.
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
    /// The operation completed.
    SUCCESS = 0;
    /// The time that a wait was given has passed.
    TIMEOUT = 0x102;
    /// There is an object of that name already.
    OBJECT_NAME_EXISTS = 0x4000_0000;
    /// The buffer has room for a part.
    BUFFER_OVERFLOW = 0x8000_0005;
    /// The device is busy.
    DEVICE_BUSY = 0x8000_0011;
    /// There are no more entries.
    NO_MORE_ENTRIES = 0x8000_001A;
    /// The operation failed.
    UNSUCCESSFUL = 0xC000_0001;
    /// An address leads nowhere, or not so.
    ACCESS_VIOLATION = 0xC000_0005;
    /// A class of information is none that can be asked for.
    INVALID_INFO_CLASS = 0xC000_0003;
    /// A structure has not the size that it should have.
    INFO_LENGTH_MISMATCH = 0xC000_0004;
    /// A handle is not one.
    INVALID_HANDLE = 0xC000_0008;
    /// A parameter is not one that can be.
    INVALID_PARAMETER = 0xC000_000D;
    /// The device does not have this request.
    INVALID_DEVICE_REQUEST = 0xC000_0010;
    /// Access is denied.
    ACCESS_DENIED = 0xC000_0022;
    /// The buffer is too small.
    BUFFER_TOO_SMALL = 0xC000_0023;
    /// The end of a file is reached.
    END_OF_FILE = 0xC000_0011;
    /// An object is not of the type that it should be of.
    OBJECT_TYPE_MISMATCH = 0xC000_0024;
    /// A name is none of an object.
    OBJECT_NAME_INVALID = 0xC000_0033;
    /// There is no object of that name.
    OBJECT_NAME_NOT_FOUND = 0xC000_0034;
    /// There is an object of that name, and there should be none.
    OBJECT_NAME_COLLISION = 0xC000_0035;
    /// There is nothing of the name before the last part of a path.
    OBJECT_PATH_NOT_FOUND = 0xC000_003A;
    /// A path is not written as one.
    OBJECT_PATH_SYNTAX_BAD = 0xC000_003B;
    /// Another has the file open, and does not share it so.
    SHARING_VIOLATION = 0xC000_0043;
    /// The object is being deleted.
    DELETE_PENDING = 0xC000_0056;
    /// Two revisions do not go together.
    REVISION_MISMATCH = 0xC000_0059;
    /// There is not enough of a resource, memory for the most part.
    INSUFFICIENT_RESOURCES = 0xC000_009A;
    /// The device is not ready.
    DEVICE_NOT_READY = 0xC000_00A3;
    /// The time that an operation had has passed.
    IO_TIMEOUT = 0xC000_00B5;
    /// The file is a directory.
    FILE_IS_A_DIRECTORY = 0xC000_00BA;
    /// The request is not supported.
    NOT_SUPPORTED = 0xC000_00BB;
    /// A program's buffer is none.
    INVALID_USER_BUFFER = 0xC000_00E8;
    /// Something inside of the system went wrong.
    INTERNAL_ERROR = 0xC000_00E5;
    /// The first parameter is not one that can be.
    INVALID_PARAMETER_1 = 0xC000_00EF;
    /// The second parameter is not one that can be.
    INVALID_PARAMETER_2 = 0xC000_00F0;
    /// The tenth parameter is not one that can be.
    INVALID_PARAMETER_10 = 0xC000_00F8;
    /// The request was cancelled.
    CANCELLED = 0xC000_0120;
    /// The device is configured wrongly.
    DEVICE_CONFIGURATION_ERROR = 0xC000_0182;
    /// The device is in a state in which it cannot do this.
    INVALID_DEVICE_STATE = 0xC000_0184;
    /// The buffer is not as long as it has to be.
    INVALID_BUFFER_SIZE = 0xC000_0206;
    /// It was not found.
    NOT_FOUND = 0xC000_0225;
    /// The device was removed.
    DEVICE_REMOVED = 0xC000_02B6;
    /// The resource is in use.
    RESOURCE_IN_USE = 0xC000_0708;
    /// Something inside of KMDF went wrong.
    WDF_INTERNAL_ERROR = 0xC020_0201;
    /// A KMDF queue does not give requests out.
    WDF_PAUSED = 0xC020_0203;
    /// A KMDF queue does not take requests.
    WDF_BUSY = 0xC020_0204;
    /// KMDF does not take the attributes of an object.
    WDF_OBJECT_ATTRIBUTES_INVALID = 0xC020_0209;
    /// A KMDF queue has no callback that takes requests.
    WDF_NO_CALLBACK = 0xC020_020B;
    /// Two KMDF objects run their callbacks at levels that do not go together.
    WDF_INCOMPATIBLE_EXECUTION_LEVEL = 0xC020_020C;
    /// A KMDF object of this kind is given no parent.
    WDF_PARENT_ASSIGNMENT_NOT_ALLOWED = 0xC020_020F;
    /// KMDF takes no synchronization scope for such an object.
    WDF_SYNCHRONIZATION_SCOPE_INVALID = 0xC020_0210;
    /// KMDF takes no execution level for such an object.
    WDF_EXECUTION_LEVEL_INVALID = 0xC020_0211;
}

impl Status {
    /// The status that a routine has left in the register in which it returns: the low 32 bits.
    #[must_use]
    pub const fn of_register(value: u64) -> Self {
        Self((value & 0xFFFF_FFFF) as u32)
    }

    /// Whether the status is a success or an information (`NT_SUCCESS`).
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 >> 31 == 0
    }
}

impl From<Status> for u64 {
    /// The register in which a routine returns the status.
    fn from(status: Status) -> Self {
        status.0.into()
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

impl fmt::LowerHex for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    #[test]
    fn a_status_is_told_by_its_name_where_it_has_one() {
        assert_eq!(Status(0xC000_0225).to_string(), "STATUS_NOT_FOUND");
        assert_eq!(Status(0xC000_1234).to_string(), "status 0xc0001234");
        assert_eq!(format!("{:#010x}", Status::TIMEOUT), "0x00000102");
    }

    #[test]
    fn a_warning_is_no_success() {
        assert!(Status::SUCCESS.is_success() && Status::TIMEOUT.is_success());
        assert!(!Status::NO_MORE_ENTRIES.is_success());
        assert!(!Status::UNSUCCESSFUL.is_success());
    }
}
