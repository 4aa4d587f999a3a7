//! An open handle on the device interface, for overlapped I/O.

use nt_model::{Failure, Finding};
use windows::Win32::Foundation::{
    CloseHandle, ERROR_ACCESS_DENIED, GENERIC_READ, GENERIC_WRITE, HANDLE,
};
use windows::Win32::Storage::FileSystem::{
    CreateFileW, FILE_FLAG_OVERLAPPED, FILE_SHARE_READ, FILE_SHARE_WRITE, OPEN_EXISTING,
};
use windows::core::{HRESULT, PCWSTR};

use crate::target::OpenAccess;

/// A kernel handle that this process owns, closed when dropped.
///
/// # Invariants
///
/// The handle is open, and nothing else closes it.
#[derive(Debug)]
pub(super) struct Owned(HANDLE);

impl Owned {
    /// Takes over `handle`, which must be open and owned by nothing else.
    pub(super) const fn new(handle: HANDLE) -> Self {
        Self(handle)
    }

    /// The handle, good while `self` lives.
    pub(super) const fn raw(&self) -> HANDLE {
        self.0
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: by the invariant the handle is open and is closed here only
        // (nf-handleapi-closehandle).
        let closed = unsafe { CloseHandle(self.0) };
        debug_assert!(closed.is_ok(), "the handle was not open");
    }
}

/// Opens the device interface with the rights of `access`.
pub(super) fn open(link: &[u16], access: OpenAccess) -> Result<Owned, Failure> {
    assert_eq!(link.last(), Some(&0), "a symbolic link ends in a 0");
    let read = if access.read { GENERIC_READ.0 } else { 0 };
    let write = if access.write { GENERIC_WRITE.0 } else { 0 };
    // SAFETY: `link` ends in a 0, as was asserted, and lives through the call; no security
    // attributes and no template are passed (nf-fileapi-createfilew).
    let opened = unsafe {
        CreateFileW(
            PCWSTR(link.as_ptr()),
            read | write,
            FILE_SHARE_READ | FILE_SHARE_WRITE,
            None,
            OPEN_EXISTING,
            FILE_FLAG_OVERLAPPED,
            None,
        )
    };
    opened.map(Owned::new).map_err(|error| {
        let advice = if error.code() == HRESULT::from_win32(ERROR_ACCESS_DENIED.0) {
            " (only SYSTEM and Administrators may: run it elevated)"
        } else {
            ""
        };
        Failure::new(
            Finding::Open,
            format!("the device cannot be opened: {error}{advice}"),
        )
    })
}
