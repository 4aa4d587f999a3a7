//! Programs from a seed: mostly right, so that they get far, and wrong in one place at a time.

use dirql_ioctl::connection::{Kind, ReconnectRequest};
use dirql_ioctl::interrupt::{RaiseRequest, SetActiveRequest, WAITS_MAX, WaitRequest};
use dirql_ioctl::pshed::{AdoptRequest, InjectRequest, OWN_SOURCE, SynchronizeSourceRequest};
use dirql_ioctl::stress::{Mode, StressRequest};
use dirql_ioctl::synchronize::{CALLER_IRQL_MAX, Operation, SynchronizeRequest};
use dirql_ioctl::{ControlCode, code};
use zerocopy::IntoBytes;

use super::errors::SOURCES;
use super::program::{Program, Step};
use crate::damage::{EDGES, damage};
use crate::message::lengths;
use crate::seed::Sequence;

/// Steps of one program, at most.
const STEPS_MAX: usize = 1_000;
/// The program that `choices` draws.
#[must_use]
pub fn program(choices: &mut Sequence) -> Program {
    let steps = STEPS_MAX / 4 + choices.below(STEPS_MAX * 3 / 4);
    // Each program has a temper: how often it lets the driver finish, and how often it is wrong.
    let temper = Temper {
        settle: 1 + choices.below(12),
        damage: choices.below(6),
        cancel: choices.below(10),
        handles: choices.below(6),
        soft: choices.below(3),
        // Half of the programs leave the device alone.
        transitions: choices.below(8).saturating_sub(4),
        // And two thirds the hardware's errors.
        errors: choices.below(12).saturating_sub(8),
    };
    (0..steps).map(|_| step(choices, &temper)).collect()
}

struct Temper {
    settle: usize,
    damage: usize,
    cancel: usize,
    handles: usize,
    soft: usize,
    transitions: usize,
    errors: usize,
}

fn step(choices: &mut Sequence, temper: &Temper) -> Step {
    match choices.below(100) {
        at if at < 3 + temper.handles => match choices.below(2) {
            0 => Step::Open {
                read: choices.below(4) != 0,
                write: choices.below(4) != 0,
            },
            _ => Step::Close {
                handle: choices.below(8),
            },
        },
        at if at < 9 + temper.cancel => Step::Cancel {
            request: choices.below(64),
        },
        at if at < 19 + temper.settle => Step::Settle,
        // A change costs what dozens of requests do, and most of its worth is in what meets it: some ten in a
        // program are enough.
        at if at < 31 + temper.transitions => match choices.below(8) {
            0 | 1 => Step::Change {
                which: choices.below(64),
            },
            2 | 3 => Step::Neighbour,
            4 | 5 => Step::Cause {
                causes: match choices.below(8) {
                    // What the registers of a device that is gone read, too.
                    0 => u32::MAX,
                    _ => 1 << choices.below(32) | 1 << choices.below(32),
                },
            },
            _ => submit(choices, temper),
        },
        at if at < 31 + temper.transitions + 2 * temper.errors => match choices.below(3) {
            0 => Step::Order {
                which: choices.below(8),
                source: choices.below(16),
            },
            _ => Step::Error {
                source: choices.below(8),
                count: number(choices, 6),
                recoverable: choices.below(4) == 0,
            },
        },
        at if at < 42 => Step::Advance {
            instructions: u32::try_from(choices.below(600)).unwrap_or(u32::MAX),
        },
        _ => submit(choices, temper),
    }
}

/// A wait that is wrong, more often than there are places for waits.
fn repeat(choices: &mut Sequence) -> Step {
    let wait = WaitRequest {
        after: choices.pick(&EDGES),
    };
    let (mut code, mut input) = (code::WAIT, wait.as_bytes().to_vec());
    let mut output_len = lengths(code).map_or(0, |(_, reply)| reply);
    damage(choices, &mut code, &mut input, &mut output_len);
    Step::Repeat {
        handle: choices.below(8),
        code,
        input,
        output_len,
        times: WAITS_MAX + 1,
    }
}

fn submit(choices: &mut Sequence, temper: &Temper) -> Step {
    // It costs what as many requests do: one in two programs has it.
    if choices.below(1_000) == 0 {
        return repeat(choices);
    }
    let (mut code, mut input) = if choices.below(8) < temper.errors {
        request_of_pshed(choices)
    } else {
        request(choices, temper)
    };
    let mut output_len = lengths(code).map_or(0, |(_, reply)| reply);
    if choices.below(10) < temper.damage {
        damage(choices, &mut code, &mut input, &mut output_len);
    }
    Step::Submit {
        handle: choices.below(8),
        code,
        input,
        output_len,
    }
}

fn number(choices: &mut Sequence, bound: usize) -> u32 {
    u32::try_from(choices.below(bound)).unwrap_or(u32::MAX)
}

/// A request of the plug-in, with a source of the machine, or with one that it does not have.
fn request_of_pshed(choices: &mut Sequence) -> (ControlCode, Vec<u8>) {
    let source = match choices.below(10) {
        0 => OWN_SOURCE,
        1 => number(choices, 7),
        _ => choices.pick(&SOURCES).0,
    };
    match choices.below(12) {
        0 => (code::PSHED, Vec::new()),
        1 | 2 => (code::PSHED_SOURCES, Vec::new()),
        3..=6 => {
            let request = SynchronizeSourceRequest {
                source,
                caller_irql: number(choices, CALLER_IRQL_MAX as usize + 1),
                repeat: 1 + number(choices, 6),
                reserved: 0,
                amount: choices.pick(&EDGES),
            };
            (code::PSHED_SYNCHRONIZE, request.as_bytes().to_vec())
        }
        7 | 8 => {
            let request = InjectRequest {
                error_type: 1 << choices.below(13) | u64::from(choices.below(6) == 0),
                parameters: [0; 4].map(|_: u64| choices.pick(&EDGES)),
            };
            (code::PSHED_INJECT, request.as_bytes().to_vec())
        }
        _ => {
            let request = AdoptRequest {
                source,
                // More often adopted than let go of: closures are refused where it is not.
                adopt: u32::from(choices.below(3) != 0),
            };
            (code::PSHED_ADOPT, request.as_bytes().to_vec())
        }
    }
}

/// A request that is right, or has an argument from the edge of its type.
fn request(choices: &mut Sequence, temper: &Temper) -> (ControlCode, Vec<u8>) {
    match choices.below(20 + temper.soft) {
        0 => (code::QUERY, Vec::new()),
        1 => (code::STATISTICS, Vec::new()),
        2 => (code::RESET_STATISTICS, Vec::new()),
        3..=7 => {
            let operation = choices.pick(&Operation::ALL);
            let takes = matches!(
                operation,
                Operation::Add | Operation::Transfer | Operation::Fill
            );
            let request = SynchronizeRequest {
                operation: operation as u32,
                caller_irql: number(choices, CALLER_IRQL_MAX as usize + 1),
                repeat: 1 + number(choices, 4),
                reserved: 0,
                argument: if takes { choices.pick(&EDGES) } else { 0 },
            };
            (code::SYNCHRONIZE, request.as_bytes().to_vec())
        }
        8..=12 => {
            let request = RaiseRequest {
                causes: 1 << choices.below(32) | 1 << choices.below(32),
                count: 1 + number(choices, 3),
                reserved: 0,
            };
            (code::RAISE, request.as_bytes().to_vec())
        }
        13..=16 => {
            let after = match choices.below(4) {
                0 => choices.pick(&EDGES),
                _ => choices.next_u64() % 64,
            };
            (code::WAIT, WaitRequest { after }.as_bytes().to_vec())
        }
        17 if choices.below(2) == 0 => {
            let request = StressRequest {
                mode: choices.pick(&[Mode::Locked, Mode::Control]) as u32,
                threads: 1 + number(choices, 2),
                transfers: 1 + number(choices, 8),
                interrupts: number(choices, 4),
                reserved: 0,
            };
            (code::STRESS, request.as_bytes().to_vec())
        }
        17..=19 => {
            let request = ReconnectRequest {
                kind: choices.pick(&Kind::ALL) as u32,
                reserved: 0,
            };
            (code::RECONNECT, request.as_bytes().to_vec())
        }
        _ => {
            let request = SetActiveRequest {
                // More often on than off: most of the contract is refused while it is off.
                active: u32::from(choices.below(3) != 0),
                reserved: 0,
            };
            (code::SET_ACTIVE, request.as_bytes().to_vec())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contract::{Documented, documented};
    use crate::target::OpenAccess;

    #[test]
    fn a_seed_is_a_program() {
        assert_eq!(
            program(&mut Sequence::new(5)),
            program(&mut Sequence::new(5))
        );
        assert_ne!(
            program(&mut Sequence::new(5)),
            program(&mut Sequence::new(6))
        );
    }

    #[test]
    fn programs_reach_every_code_rightly_and_every_refusal() {
        let mut served = BTreeSet::new();
        let mut refused = BTreeSet::new();
        for seed in 0..200 {
            for step in program(&mut Sequence::new(seed)) {
                if let Step::Submit {
                    code,
                    input,
                    output_len,
                    ..
                } = step
                {
                    match documented(OpenAccess::BOTH, code, &input, output_len) {
                        Documented::Refused(status) | Documented::RefusedOrUnknown(status) => {
                            refused.insert(status.0)
                        }
                        Documented::ServedOr(_) => served.insert(code.0),
                    };
                }
            }
        }
        assert_eq!(served.len(), code::ALL.len() + code::OF_PSHED.len());
        // Unknown code, wrong length in, too short out, argument out of range.
        assert_eq!(refused.len(), 4);
    }
}
