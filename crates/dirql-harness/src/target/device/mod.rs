//! A real device of this Windows machine, through its device interface.
//!
//! | module | what it does |
//! |---|---|
//! | `discovery` | finds the device interface with the configuration manager |
//! | `file` | opens it, for overlapped I/O |
//! | `request` | one overlapped `DeviceIoControl`, and the NTSTATUS it ended with |
//! | `session` | many of both, behind the session's interface |

#[cfg(windows)]
mod discovery;
#[cfg(windows)]
mod file;
#[cfg(windows)]
mod request;
#[cfg(windows)]
mod session;

#[cfg(windows)]
pub(super) use session::find;

#[cfg(not(windows))]
pub(super) fn find() -> Result<Box<dyn super::Target>, super::SelectError> {
    Err(super::SelectError::Missing(
        "a device can be driven on Windows only; here the driver runs in the simulator: \
         --target sim"
            .to_owned(),
    ))
}
