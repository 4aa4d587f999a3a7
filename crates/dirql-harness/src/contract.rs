//! The contract as a judge: which answers are documented for a request.
//!
//! Every completion of a run passes here, whatever the test that caused it looks at. The judge
//! follows the text of `dirql-ioctl` and shares no code with the driver.

use dirql_ioctl::connection::{Kind, ReconnectRequest};
use dirql_ioctl::interrupt::{RAISE_COUNT_MAX, RaiseRequest, SetActiveRequest};
use dirql_ioctl::pshed::{self, AdoptRequest, SynchronizeSourceRequest};
use dirql_ioctl::stress::{INTERRUPTS_MAX, Mode, StressRequest, THREADS_MAX, TRANSFERS_MAX};
use dirql_ioctl::synchronize::{CALLER_IRQL_MAX, Operation, REPEAT_MAX, SynchronizeRequest};
use dirql_ioctl::{ControlCode, Status, code};
use zerocopy::FromBytes;

use crate::message::lengths;
use crate::target::{Answer, OpenAccess};

/// What the contract says of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Documented {
    /// The request itself is wrong: this status, in every state.
    Refused(Status),
    /// As refused, or unknown to an image that was built without the feature `pshed`.
    RefusedOrUnknown(Status),
    /// The request is right: it succeeds, or the state of the device gives one of these.
    ServedOr(&'static [Status]),
}

/// How a right request may end besides, where the device leaves D0, is stopped or goes away while
/// it is under way, or is not in D0 when it comes.
const IN_A_CHANGE: &[Status] = &[
    Status::INVALID_DEVICE_STATE,
    Status::DEVICE_NOT_READY,
    Status::CANCELLED,
];

impl Documented {
    /// What the contract says where the request meets a transition of the device.
    #[must_use]
    pub fn allows_in_a_change(self, answer: &Answer) -> bool {
        match self {
            // The framework ends what waits in its queues, and refuses what comes once they are
            // purged, before the driver sees what is wrong with it.
            Self::Refused(_) | Self::RefusedOrUnknown(_) => {
                [Status::CANCELLED, Status::INVALID_DEVICE_STATE]
                    .into_iter()
                    .any(|status| answer.is(status))
            }
            Self::ServedOr(_) => IN_A_CHANGE.iter().any(|status| answer.is(*status)),
        }
    }

    /// Whether the contract knows this answer to the request.
    #[must_use]
    pub fn allows(self, answer: &Answer) -> bool {
        match self {
            Self::Refused(status) => answer.is(status),
            Self::RefusedOrUnknown(status) => {
                answer.is(status) || answer.is(Status::INVALID_DEVICE_REQUEST)
            }
            Self::ServedOr(others) => {
                answer.is_success() || others.iter().any(|status| answer.is(*status))
            }
        }
    }
}

/// What the contract says of this request through a handle with `access`.
#[must_use]
pub fn documented(
    access: OpenAccess,
    code: ControlCode,
    input: &[u8],
    output_len: usize,
) -> Documented {
    use Documented::{Refused, ServedOr};

    // The I/O manager compares bits 14 and 15 with the handle before any driver sees the request.
    let (wants_read, wants_write) = (code.0 >> 14 & 1 != 0, code.0 >> 15 & 1 != 0);
    if wants_read && !access.read || wants_write && !access.write {
        return Refused(Status::ACCESS_DENIED);
    }
    let Some((request_len, reply_len)) = lengths(code) else {
        return Refused(Status::INVALID_DEVICE_REQUEST);
    };
    let refused = if code::OF_PSHED.iter().any(|(_, known)| *known == code) {
        Documented::RefusedOrUnknown
    } else {
        Refused
    };
    if input.len() != request_len {
        return refused(Status::INVALID_BUFFER_SIZE);
    }
    if output_len < reply_len {
        return refused(Status::BUFFER_TOO_SMALL);
    }
    if !arguments_in_range(code, input) {
        return refused(Status::INVALID_PARAMETER);
    }
    ServedOr(match code {
        code::RECONNECT => &[
            Status::INVALID_DEVICE_STATE,
            Status::NOT_SUPPORTED,
            Status::DEVICE_CONFIGURATION_ERROR,
        ],
        code::STRESS | code::WAIT => {
            &[Status::INVALID_DEVICE_STATE, Status::INSUFFICIENT_RESOURCES]
        }
        // An image without the feature `pshed` knows none of its codes.
        code::PSHED | code::PSHED_SOURCES => &[Status::INVALID_DEVICE_REQUEST],
        code::PSHED_INJECT => &[Status::INVALID_DEVICE_REQUEST, Status::NOT_SUPPORTED],
        code::PSHED_SYNCHRONIZE | code::PSHED_ADOPT => &[
            Status::INVALID_DEVICE_REQUEST,
            Status::NOT_SUPPORTED,
            Status::NOT_FOUND,
            Status::INVALID_DEVICE_STATE,
        ],
        _ => &[Status::INVALID_DEVICE_STATE],
    })
}

/// Which statuses a valid request of `code` may end with besides success, where the system has refused the
/// driver something.
#[must_use]
pub fn documented_in_trouble(code: ControlCode) -> Documented {
    Documented::ServedOr(match code {
        code::RECONNECT => &[
            Status::INVALID_DEVICE_STATE,
            Status::NOT_SUPPORTED,
            Status::INSUFFICIENT_RESOURCES,
            Status::DEVICE_CONFIGURATION_ERROR,
            Status::DEVICE_NOT_READY,
            Status::INTERNAL_ERROR,
        ],
        code::STRESS => &[
            Status::INVALID_DEVICE_STATE,
            Status::INSUFFICIENT_RESOURCES,
            Status::IO_TIMEOUT,
            Status::DEVICE_NOT_READY,
            Status::INTERNAL_ERROR,
        ],
        _ => &[
            Status::INVALID_DEVICE_STATE,
            Status::INSUFFICIENT_RESOURCES,
            Status::DEVICE_NOT_READY,
            Status::INTERNAL_ERROR,
        ],
    })
}

/// Whether every field of an input of the right length is in its documented range.
fn arguments_in_range(code: ControlCode, input: &[u8]) -> bool {
    match code {
        code::SYNCHRONIZE => read(input, |request: &SynchronizeRequest| {
            let takes_argument = match Operation::from_u32(request.operation) {
                None => return false,
                Some(Operation::Add | Operation::Transfer | Operation::Fill) => true,
                Some(Operation::Snapshot | Operation::ReturnFalse | Operation::Nothing) => false,
            };
            request.caller_irql <= CALLER_IRQL_MAX
                && (1..=REPEAT_MAX).contains(&request.repeat)
                && request.reserved == 0
                && (takes_argument || request.argument == 0)
        }),
        code::RAISE => read(input, |request: &RaiseRequest| {
            request.causes != 0
                && request.causes != u32::MAX
                && (1..=RAISE_COUNT_MAX).contains(&request.count)
                && request.reserved == 0
        }),
        code::STRESS => read(input, |request: &StressRequest| {
            Mode::from_u32(request.mode).is_some()
                && (1..=THREADS_MAX).contains(&request.threads)
                && (1..=TRANSFERS_MAX).contains(&request.transfers)
                && request.interrupts <= INTERRUPTS_MAX
                && request.reserved == 0
        }),
        code::RECONNECT => read(input, |request: &ReconnectRequest| {
            Kind::from_u32(request.kind).is_some() && request.reserved == 0
        }),
        code::SET_ACTIVE => read(input, |request: &SetActiveRequest| {
            request.active <= 1 && request.reserved == 0
        }),
        code::PSHED_SYNCHRONIZE => read(input, |request: &SynchronizeSourceRequest| {
            request.caller_irql <= CALLER_IRQL_MAX
                && (1..=pshed::REPEAT_MAX).contains(&request.repeat)
                && request.reserved == 0
        }),
        code::PSHED_ADOPT => read(input, |request: &AdoptRequest| request.adopt <= 1),
        _ => true,
    }
}

fn read<T: FromBytes>(input: &[u8], judge: impl FnOnce(&T) -> bool) -> bool {
    T::read_from_bytes(input).is_ok_and(|request| judge(&request))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites::errors::{table, valid};

    #[test]
    fn the_judge_agrees_with_every_line_of_the_table_of_errors() {
        let cases = table::arguments()
            .into_iter()
            .chain(table::lengths())
            .chain(table::unknown_codes())
            .chain(table::order_of_checks());
        for case in cases {
            assert_eq!(
                documented(OpenAccess::BOTH, case.code, &case.input, case.output_len),
                Documented::Refused(case.status),
                "{case}"
            );
        }
    }

    #[test]
    fn the_judge_knows_the_rights_of_each_code() {
        for (code, input, output_len) in valid::valid_requests() {
            let (granted, denied) = if code.0 >> 14 & 1 == 1 {
                (OpenAccess::READ, OpenAccess::WRITE)
            } else {
                (OpenAccess::WRITE, OpenAccess::READ)
            };
            assert!(matches!(
                documented(granted, code, &input, output_len),
                Documented::ServedOr(_)
            ));
            for access in [denied, OpenAccess::NONE] {
                assert_eq!(
                    documented(access, code, &input, output_len),
                    Documented::Refused(Status::ACCESS_DENIED)
                );
            }
        }
    }

    #[test]
    fn success_is_no_answer_to_a_wrong_request() {
        let refused = Documented::Refused(Status::INVALID_PARAMETER);
        assert!(!refused.allows(&Answer::Exact(Status::SUCCESS)));
        assert!(refused.allows(&Answer::Exact(Status::INVALID_PARAMETER)));
        let served = Documented::ServedOr(&[Status::NOT_SUPPORTED]);
        assert!(served.allows(&Answer::Exact(Status::SUCCESS)));
        assert!(!served.allows(&Answer::Exact(Status::INVALID_PARAMETER)));
    }
}
