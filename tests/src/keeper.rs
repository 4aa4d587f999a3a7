//! How to talk to the guest `keeper`, a driver in C that is built where clang and lld are.

use ntsim::{Failure, RequestId, Status};

use crate::{
    classic::{NUMBERS_MAX, code_in, numbers},
    session::Session,
};

/// The header that driver and tests share.
const PROTOCOL: &str = include_str!("../guests/keeper/protocol.h");

/// Gives an order, and does not wait for its end.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the header has no such order.
pub fn leave(session: &mut Session, order: &str) -> Result<RequestId, Failure> {
    session.submit(code_in(PROTOCOL, order), &[], 8 * NUMBERS_MAX)
}

/// As [`leave`], with the bytes of the request and room for a reply.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the header has no such order.
pub fn leave_with(
    session: &mut Session,
    order: &str,
    input: &[u8],
    output: usize,
) -> Result<RequestId, Failure> {
    session.submit(code_in(PROTOCOL, order), input, output)
}

/// What the driver answers to an order.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the driver refuses.
pub fn ask(session: &mut Session, order: &str) -> Result<Vec<u64>, Failure> {
    let request = leave(session, order)?;
    let completion = session.machine.wait(request)?;
    assert_eq!(completion.status, Status::SUCCESS, "{order}");
    Ok(numbers(&completion))
}
