//! The table of errors: a line for each way in which a request can be wrong.
//!
//! The same lines are sent to the driver and shown to the judge, so that the two cannot drift.

use core::fmt;

use dirql_ioctl::interrupt::RAISE_COUNT_MAX;
use dirql_ioctl::stress::{INTERRUPTS_MAX, THREADS_MAX, TRANSFERS_MAX};
use dirql_ioctl::synchronize::{CALLER_IRQL_MAX, Operation, REPEAT_MAX, SynchronizeRequest};
use dirql_ioctl::{ControlCode, Status};
use zerocopy::Immutable;

use super::valid::{ACTIVE, RAISE, RECONNECT, STRESS, SYNCHRONIZE, valid_requests};
use crate::message::{self, Request, name};

/// A request that is refused.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its code.
    pub code: ControlCode,
    /// Its input.
    pub input: Vec<u8>,
    /// The length of its output buffer.
    pub output_len: usize,
    /// The status that the contract says.
    pub status: Status,
    what: String,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {}", name(self.code), self.what)
    }
}

/// Codes that differ from one of the contract's in one bit, other than in the access bits, which
/// [`other_access_bits`] has.
#[must_use]
pub fn unknown_codes() -> Vec<Case> {
    codes(|code| {
        (0..32)
            .filter(|bit| !matches!(bit, 14 | 15))
            .map(move |bit| code ^ 1 << bit)
    })
}

/// Codes that differ from one of the contract's in the access bits only.
#[must_use]
pub fn other_access_bits() -> Vec<Case> {
    codes(|code| (1..4).map(move |bits| code ^ bits << 14))
}

fn codes<I: Iterator<Item = u32>>(neighbours: impl Fn(u32) -> I) -> Vec<Case> {
    let mut cases = Vec::new();
    for (code, input, output_len) in valid_requests() {
        for neighbour in neighbours(code.0).map(ControlCode) {
            if message::lengths(neighbour).is_none() {
                cases.push(Case {
                    code: neighbour,
                    input: input.clone(),
                    output_len,
                    status: Status::INVALID_DEVICE_REQUEST,
                    what: format!("the buffers of {}", name(code)),
                });
            }
        }
    }
    cases
}

/// Inputs and outputs of a wrong length.
#[must_use]
pub fn lengths() -> Vec<Case> {
    let mut cases = Vec::new();
    for (code, input, output_len) in valid_requests() {
        let len = input.len();
        for wrong in [0, 1, len.wrapping_sub(1), len / 2, len + 1, len + 8, 4096] {
            if wrong != len && wrong <= 4096 {
                let mut input = input.clone();
                input.resize(wrong, 0);
                cases.push(Case {
                    code,
                    input,
                    output_len,
                    status: Status::INVALID_BUFFER_SIZE,
                    what: format!("an input of {wrong} bytes instead of {len}"),
                });
            }
        }
        for wrong in [0, 1, output_len / 2, output_len.saturating_sub(1)] {
            if wrong < output_len {
                cases.push(Case {
                    code,
                    input: input.clone(),
                    output_len: wrong,
                    status: Status::BUFFER_TOO_SMALL,
                    what: format!("an output of {wrong} bytes instead of {output_len}"),
                });
            }
        }
    }
    cases
}

fn argument<R: Request + Immutable>(request: &R, what: &str) -> Case {
    Case {
        code: R::CODE,
        input: request.as_bytes().to_vec(),
        output_len: size_of::<R::Reply>(),
        status: Status::INVALID_PARAMETER,
        what: what.to_owned(),
    }
}

/// One line for each named field and each of its wrong values.
macro_rules! wrong_fields {
    ($cases:ident, $base:expr; $($field:ident: [$($value:expr),+ $(,)?];)+) => {
        $($(
            let mut request = $base;
            request.$field = $value;
            let what = format!("{} = {:#x}", stringify!($field), request.$field);
            $cases.push(argument(&request, &what));
        )+)+
    };
}

/// Enumeration values that are unknown, counts and arguments out of range, reserved fields.
#[must_use]
pub fn arguments() -> Vec<Case> {
    let mut cases = Vec::new();
    wrong_fields! { cases, SYNCHRONIZE;
        operation: [0, 7, 0x101, 0x8000_0001, u32::MAX];
        caller_irql: [CALLER_IRQL_MAX + 1, 15, 0x100, u32::MAX];
        repeat: [0, REPEAT_MAX + 1, 0x1_0001, u32::MAX];
        reserved: [1, 1 << 31];
    }
    for operation in [
        Operation::Snapshot,
        Operation::ReturnFalse,
        Operation::Nothing,
    ] {
        let base = SynchronizeRequest {
            operation: operation as u32,
            ..SYNCHRONIZE
        };
        wrong_fields! { cases, base; argument: [1, 1 << 63]; }
    }
    wrong_fields! { cases, RAISE;
        causes: [0, u32::MAX];
        count: [0, RAISE_COUNT_MAX + 1, 0x1_0001, u32::MAX];
        reserved: [1, 1 << 63];
    }
    wrong_fields! { cases, STRESS;
        mode: [0, 3, 0x101, u32::MAX];
        threads: [0, THREADS_MAX + 1, u32::MAX];
        transfers: [0, TRANSFERS_MAX + 1, u32::MAX];
        interrupts: [INTERRUPTS_MAX + 1, u32::MAX];
        reserved: [1, 1 << 63];
    }
    wrong_fields! { cases, RECONNECT;
        kind: [0, 5, 0x101, u32::MAX];
        reserved: [1, 1 << 31];
    }
    wrong_fields! { cases, ACTIVE;
        active: [2, 0x100, u32::MAX];
        reserved: [1, 1 << 31];
    }
    cases
}

/// Requests with two faults: the check that comes first decides.
#[must_use]
pub fn order_of_checks() -> Vec<Case> {
    let mut cases = Vec::new();
    for (code, input, output_len) in valid_requests() {
        cases.push(Case {
            code: ControlCode(code.0 ^ 1),
            input: vec![0xFF; input.len() + 3],
            output_len: 0,
            status: Status::INVALID_DEVICE_REQUEST,
            what: "an unknown code and wrong buffers".to_owned(),
        });
        if output_len > 0 {
            cases.push(Case {
                code,
                input: vec![0xFF; input.len() + 3],
                output_len: output_len - 1,
                status: Status::INVALID_BUFFER_SIZE,
                what: "both buffers of a wrong length".to_owned(),
            });
        }
    }
    for case in arguments() {
        if case.output_len > 0 {
            cases.push(Case {
                output_len: case.output_len - 1,
                status: Status::BUFFER_TOO_SMALL,
                what: format!("an output that is too short and {}", case.what),
                ..case
            });
        }
    }
    cases
}

/// Valid requests that a soft-inactive interrupt cannot serve.
#[must_use]
pub fn inactive() -> Vec<Case> {
    let what = "an inactive interrupt";
    [
        argument(&SYNCHRONIZE, what),
        argument(&RAISE, what),
        argument(&STRESS, what),
        argument(&RECONNECT, what),
        argument(&message::ResetStatistics, what),
    ]
    .map(|case| Case {
        status: Status::INVALID_DEVICE_STATE,
        ..case
    })
    .into()
}

#[cfg(test)]
mod tests {
    use dirql_ioctl::code;

    use super::*;

    #[test]
    fn every_bit_of_every_code_is_flipped() {
        // A neighbour that is itself a code of the contract is no error, and is left out.
        let known = |bits: &[u32]| {
            code::ALL
                .iter()
                .flat_map(|(_, code)| bits.iter().map(move |bit| ControlCode(code.0 ^ bit)))
                .filter(|code| message::lengths(*code).is_some())
                .count()
        };
        let flips: Vec<u32> = (0..32)
            .filter(|bit| !matches!(bit, 14 | 15))
            .map(|bit| 1 << bit)
            .collect();
        assert_eq!(unknown_codes().len() + known(&flips), code::ALL.len() * 30);
        let access = [1 << 14, 2 << 14, 3 << 14];
        assert_eq!(
            other_access_bits().len() + known(&access),
            code::ALL.len() * 3
        );
        assert_eq!(known(&access), 0);
    }
}
