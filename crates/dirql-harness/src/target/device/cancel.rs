//! Ctrl-C: the first one ends the wait for a request, so that the session cancels what is pending and the run ends with a
//! report; the second one ends the process, whose requests the system then cancels.

use std::sync::OnceLock;

use windows::Win32::Foundation::{HANDLE, WAIT_OBJECT_0};
use windows::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT, SetConsoleCtrlHandler};
use windows::Win32::System::Threading::{CreateEventW, SetEvent, WaitForSingleObject};
use windows::core::{BOOL, PCWSTR};

/// An event that is set from the first Ctrl-C on, and that is never closed.
struct Signal(HANDLE);

// SAFETY: a handle of an event is a number that every thread of the process may use (page "Event Objects").
unsafe impl Send for Signal {}
// SAFETY: as for Send; the functions called on it may be called by several threads at once.
unsafe impl Sync for Signal {}

static SIGNAL: OnceLock<Option<Signal>> = OnceLock::new();

/// From now on Ctrl-C ends waits. Where the system refuses, Ctrl-C ends the process as before.
pub(super) fn on_interrupt() {
    SIGNAL.get_or_init(|| {
        // SAFETY: no attributes and no name are passed (nf-synchapi-createeventw).
        let event = unsafe { CreateEventW(None, true, false, PCWSTR::null()) }.ok()?;
        // SAFETY: the handler has the signature that is asked for and lives as long as the process
        // (setconsolectrlhandler).
        unsafe { SetConsoleCtrlHandler(Some(handler), true) }.ok()?;
        Some(Signal(event))
    });
}

/// The event to wait for beside a request's own.
pub(super) fn event() -> Option<HANDLE> {
    SIGNAL.get()?.as_ref().map(|signal| signal.0)
}

/// Whether Ctrl-C was pressed.
pub(super) fn interrupted() -> bool {
    event().is_some_and(|event| {
        // SAFETY: the event is never closed (nf-synchapi-waitforsingleobject).
        let waited = unsafe { WaitForSingleObject(event, 0) };
        waited == WAIT_OBJECT_0
    })
}

/// Runs in a thread of its own that the system makes.
pub(super) extern "system" fn handler(kind: u32) -> BOOL {
    let first = (kind == CTRL_C_EVENT || kind == CTRL_BREAK_EVENT) && !interrupted();
    let told = first
        && event().is_some_and(|event| {
            // SAFETY: the event is never closed (nf-synchapi-setevent).
            unsafe { SetEvent(event) }.is_ok()
        });
    // FALSE leaves it to the next handler, which is the system's own and ends the process.
    told.into()
}
