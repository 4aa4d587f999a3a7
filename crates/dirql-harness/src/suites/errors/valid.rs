//! Requests that are right, from which the wrong ones are made.

use dirql_ioctl::connection::{Kind, ReconnectRequest};
use dirql_ioctl::interrupt::{RAISE_COUNT_MAX, RaiseRequest, SetActiveRequest, WaitRequest};
use dirql_ioctl::stress::{Mode, StressRequest, THREADS_MAX};
use dirql_ioctl::synchronize::{CALLER_IRQL_MAX, Operation, REPEAT_MAX, SynchronizeRequest};
use dirql_ioctl::{ControlCode, code};
use zerocopy::IntoBytes;

use crate::message::{self, Request};

pub(super) const SYNCHRONIZE: SynchronizeRequest = SynchronizeRequest {
    operation: Operation::Add as u32,
    caller_irql: 0,
    repeat: 1,
    reserved: 0,
    argument: 0,
};
pub(super) const RAISE: RaiseRequest = RaiseRequest {
    causes: 1,
    count: 1,
    reserved: 0,
};
pub(super) const STRESS: StressRequest = StressRequest {
    mode: Mode::Locked as u32,
    threads: 1,
    transfers: 1,
    interrupts: 0,
    reserved: 0,
};
pub(super) const RECONNECT: ReconnectRequest = ReconnectRequest {
    kind: Kind::FullySpecified as u32,
    reserved: 0,
};
pub(super) const ACTIVE: SetActiveRequest = SetActiveRequest {
    active: 1,
    reserved: 0,
};

/// A valid request of each code, which completes at once on an active interrupt: code, input and
/// length of the reply. The wait is satisfied where there was an interrupt already, so the raise
/// stands before it.
#[must_use]
pub fn valid_requests() -> Vec<(ControlCode, Vec<u8>, usize)> {
    valid_requests_by(Kind::FullySpecified)
}

/// The same, where the interrupt is to be connected by `kind`.
#[must_use]
pub fn valid_requests_by(kind: Kind) -> Vec<(ControlCode, Vec<u8>, usize)> {
    fn valid<R: Request>(request: &R) -> (ControlCode, Vec<u8>, usize) {
        (R::CODE, request.as_bytes().to_vec(), size_of::<R::Reply>())
    }
    vec![
        valid(&message::Query),
        valid(&SYNCHRONIZE),
        valid(&RAISE),
        valid(&WaitRequest { after: 0 }),
        valid(&STRESS),
        valid(&ReconnectRequest {
            kind: kind as u32,
            ..RECONNECT
        }),
        valid(&ACTIVE),
        valid(&message::Statistics),
        valid(&message::ResetStatistics),
    ]
}

/// Arguments at the ends of their ranges: these are served.
#[must_use]
pub fn ends_of_ranges() -> Vec<(ControlCode, Vec<u8>)> {
    let mut requests = Vec::new();
    let mut push = |code: ControlCode, input: &[u8]| requests.push((code, input.to_vec()));
    for caller_irql in 0..=CALLER_IRQL_MAX {
        for (repeat, argument) in [(1, 0), (1, u64::MAX), (REPEAT_MAX, 1)] {
            let request = SynchronizeRequest {
                caller_irql,
                repeat,
                argument,
                ..SYNCHRONIZE
            };
            push(code::SYNCHRONIZE, request.as_bytes());
        }
    }
    for (causes, count) in [
        (1, 1),
        (1 << 31, 1),
        (u32::MAX - 1, 1),
        (u32::MAX >> 1, RAISE_COUNT_MAX),
    ] {
        let request = RaiseRequest {
            causes,
            count,
            reserved: 0,
        };
        push(code::RAISE, request.as_bytes());
    }
    push(code::WAIT, WaitRequest { after: 0 }.as_bytes());
    for (threads, interrupts) in [(1, 0), (THREADS_MAX, 1)] {
        let request = StressRequest {
            threads,
            interrupts,
            ..STRESS
        };
        push(code::STRESS, request.as_bytes());
    }
    for active in [0, 1] {
        let request = SetActiveRequest {
            active,
            reserved: 0,
        };
        push(code::SET_ACTIVE, request.as_bytes());
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_a_valid_request_of_its_own() {
        let requests = valid_requests();
        let codes: Vec<ControlCode> = requests.iter().map(|(code, ..)| *code).collect();
        assert_eq!(codes, code::ALL.map(|(_, code)| code));
        for (code, input, output_len) in requests {
            assert_eq!(message::lengths(code), Some((input.len(), output_len)));
        }
    }
}
