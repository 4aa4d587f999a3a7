//! A real device of this Windows machine, through its device interface.
//!
//! | module | what it does |
//! |---|---|
//! | `absence` | why there is no device, in words |
//! | `cancel` | Ctrl-C: pending requests are cancelled before the process ends |
//! | `discovery` | finds the device interface with the configuration manager |
//! | `file` | opens it, for overlapped I/O |
//! | `request` | one overlapped `DeviceIoControl`, and the NTSTATUS it ended with |
//! | `session` | many of both, behind the session's interface |

#[cfg(any(windows, test))]
mod absence;
#[cfg(windows)]
mod cancel;
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
