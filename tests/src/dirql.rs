//! How to talk to the project's driver.

use dirql_ioctl::{
    ControlCode, code,
    connection::QueryReply,
    interrupt::{RaiseReply, RaiseRequest, WaitReply, WaitRequest},
    statistics::StatisticsReply,
    stress::{Mode, StressReply, StressRequest},
    synchronize::{Operation, SynchronizeReply, SynchronizeRequest},
};
use ntsim::{Failure, RequestId, Status};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::session::Session;

/// A request that is served at once.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the driver refuses, or the reply has another length than the contract says.
pub fn control<Q: IntoBytes + Immutable, R: FromBytes>(
    session: &mut Session,
    code: ControlCode,
    request: &Q,
) -> Result<R, Failure> {
    let completion = session.control(code.0, request.as_bytes(), size_of::<R>())?;
    assert_eq!(completion.status, Status::SUCCESS, "{code:?} is served");
    Ok(R::read_from_bytes(&completion.output).expect("the reply has the contract's length"))
}

/// How the interrupt is connected.
///
/// # Errors
///
/// The failure that ended the run.
pub fn query(session: &mut Session) -> Result<QueryReply, Failure> {
    control(session, code::QUERY, &())
}

/// The counters.
///
/// # Errors
///
/// The failure that ended the run.
pub fn statistics(session: &mut Session) -> Result<StatisticsReply, Failure> {
    control(session, code::STATISTICS, &())
}

/// One closure, repeated.
///
/// # Errors
///
/// The failure that ended the run.
pub fn synchronize(
    session: &mut Session,
    operation: Operation,
    argument: u64,
    repeat: u32,
) -> Result<SynchronizeReply, Failure> {
    let request = SynchronizeRequest {
        operation: operation as u32,
        caller_irql: 0,
        repeat,
        reserved: 0,
        argument,
    };
    control(session, code::SYNCHRONIZE, &request)
}

/// Submits a raise, and does not wait for it.
///
/// # Errors
///
/// The failure that ended the run.
pub fn begin_raise(session: &mut Session, causes: u32, count: u32) -> Result<RequestId, Failure> {
    let request = RaiseRequest {
        causes,
        count,
        reserved: 0,
    };
    session.submit(code::RAISE.0, request.as_bytes(), size_of::<RaiseReply>())
}

/// Raises causes.
///
/// # Errors
///
/// The failure that ended the run.
pub fn raise(session: &mut Session, causes: u32, count: u32) -> Result<RaiseReply, Failure> {
    let request = RaiseRequest {
        causes,
        count,
        reserved: 0,
    };
    control(session, code::RAISE, &request)
}

/// Waits for an interrupt after a sequence number.
///
/// # Errors
///
/// The failure that ended the run.
pub fn wait(session: &mut Session, after: u64) -> Result<WaitReply, Failure> {
    control(session, code::WAIT, &WaitRequest { after })
}

/// Threads and interrupts on the shared state.
///
/// # Errors
///
/// The failure that ended the run.
pub fn stress(
    session: &mut Session,
    mode: Mode,
    threads: u32,
    transfers: u32,
    interrupts: u32,
) -> Result<StressReply, Failure> {
    let request = StressRequest {
        mode: mode as u32,
        threads,
        transfers,
        interrupts,
        reserved: 0,
    };
    control(session, code::STRESS, &request)
}
