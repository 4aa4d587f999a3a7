//! Ctrl-C while a request is pending, without a device: a named pipe that listens for a client stands in for the driver.
//! Its request is as pending as a wait for an interrupt, and ends when it is cancelled alone. The handler is called as the
//! system calls it, in a thread of its own: a real Ctrl-C would reach what runs the tests.

use std::time::Instant;

use windows::Win32::Storage::FileSystem::{
    FILE_FLAG_OVERLAPPED, FILE_FLAGS_AND_ATTRIBUTES, PIPE_ACCESS_DUPLEX,
};
use windows::Win32::System::Console::CTRL_C_EVENT;
use windows::Win32::System::Pipes::{CreateNamedPipeW, NAMED_PIPE_MODE};
use windows::core::w;

use dirql_ioctl::Status;
use nt_model::Limit;

use super::*;
use crate::target::Answer;

/// `FSCTL_PIPE_LISTEN`: waits until a client connects.
const LISTEN: ControlCode = ControlCode(0x0011_0008);

/// A server of a pipe that nothing connects to.
fn server() -> Owned {
    let mode = FILE_FLAGS_AND_ATTRIBUTES(PIPE_ACCESS_DUPLEX.0 | FILE_FLAG_OVERLAPPED.0);
    let name = w!(r"\\.\pipe\dirql-interrupted");
    // SAFETY: the name is a literal; no security attributes are passed (nf-winbase-createnamedpipew).
    let server = unsafe { CreateNamedPipeW(name, mode, NAMED_PIPE_MODE(0), 2, 64, 64, 0, None) };
    assert!(!server.is_invalid());
    Owned::new(server)
}

/// Whether the handler has taken care of it.
fn press_ctrl_c() -> bool {
    let handled = std::thread::spawn(|| cancel::handler(CTRL_C_EVENT));
    handled.join().unwrap().as_bool()
}

#[test]
fn ctrl_c_ends_a_wait_and_the_session_cancels_what_is_pending() {
    cancel::on_interrupt();
    let mut session = DeviceSession {
        link: vec![0],
        devices: vec![Some(server()), Some(server())],
        requests: Vec::new(),
    };
    let first = session.submit(Handle(0), LISTEN, &[], 0).unwrap();
    session.submit(Handle(1), LISTEN, &[], 0).unwrap();
    assert_eq!(session.poll(first), Ok(None), "it is pending");
    assert!(!cancel::interrupted());

    let began = Instant::now();
    assert!(press_ctrl_c());
    let failure = session.wait(first, Duration::from_mins(1)).unwrap_err();
    assert_eq!(failure.cause, Limit::Interrupted, "{failure:?}");
    assert!(cancel::interrupted(), "no test begins after this one");

    // What was cancelled has ended, and says so.
    session.cancel(first).unwrap();
    let completion = loop {
        assert!(began.elapsed() < Duration::from_secs(30), "it is cancelled");
        if let Ok(Some(completion)) = session.poll(first) {
            break completion;
        }
    };
    assert_eq!(completion.answer, Answer::Exact(Status::CANCELLED));
    // The second request is the session's to cancel: to wait for its end would take 5 s.
    let began = Instant::now();
    drop(session);
    assert!(began.elapsed() < Duration::from_secs(4));
    assert!(!press_ctrl_c(), "the second one is left to the system");
}
