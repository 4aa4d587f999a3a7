//! Programs from a seed: mostly right, so that they get far, and wrong in one place at a time.

use dirql_ioctl::connection::{Kind, ReconnectRequest};
use dirql_ioctl::interrupt::{RaiseRequest, SetActiveRequest, WaitRequest};
use dirql_ioctl::stress::{Mode, StressRequest};
use dirql_ioctl::synchronize::{CALLER_IRQL_MAX, Operation, SynchronizeRequest};
use dirql_ioctl::{ControlCode, code};
use zerocopy::IntoBytes;

use super::program::{Program, Step};
use crate::message::lengths;
use crate::seed::Sequence;

/// Steps of one program, at most.
const STEPS_MAX: usize = 600;
/// Numbers at which code tends to change its mind.
const EDGES: [u64; 10] = [
    0,
    1,
    2,
    0x7f,
    0x1000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    u64::MAX - 1,
    u64::MAX,
];

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
        life: choices.below(8).saturating_sub(4),
    };
    (0..steps).map(|_| step(choices, &temper)).collect()
}

struct Temper {
    settle: usize,
    damage: usize,
    cancel: usize,
    handles: usize,
    soft: usize,
    life: usize,
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
        at if at < 31 + temper.life => match choices.below(4) {
            0 => Step::Neighbour,
            _ => Step::Change {
                which: choices.below(64),
            },
        },
        at if at < 48 => Step::Advance {
            instructions: u32::try_from(choices.below(600)).unwrap_or(u32::MAX),
        },
        _ => submit(choices, temper),
    }
}

fn submit(choices: &mut Sequence, temper: &Temper) -> Step {
    let (mut code, mut input) = request(choices, temper);
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

/// A request that is right, or has an argument from the edge of its type.
fn request(choices: &mut Sequence, temper: &Temper) -> (ControlCode, Vec<u8>) {
    fn number(choices: &mut Sequence, bound: usize) -> u32 {
        u32::try_from(choices.below(bound)).unwrap_or(u32::MAX)
    }
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

/// Makes one thing wrong, perhaps.
fn damage(
    choices: &mut Sequence,
    code: &mut ControlCode,
    input: &mut Vec<u8>,
    output_len: &mut usize,
) {
    match choices.below(6) {
        0 => code.0 ^= 1 << choices.below(32),
        1 => {
            let len = choices.below(input.len() + 9);
            input.resize(len, 0);
        }
        2 => *output_len = choices.below(*output_len + 9),
        3 => *output_len += choices.below(4096),
        4 if !input.is_empty() => {
            let word = choices.below(input.len().div_ceil(4)) * 4;
            let edge = choices.pick(&EDGES).to_le_bytes();
            for (byte, value) in input[word..].iter_mut().zip(&edge[..4]) {
                *byte = *value;
            }
        }
        _ if !input.is_empty() => {
            let bit = choices.below(input.len() * 8);
            input[bit / 8] ^= 1 << (bit % 8);
        }
        _ => input.extend_from_slice(&choices.next_u64().to_le_bytes()),
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
        for seed in 0..50 {
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
        assert_eq!(served.len(), code::ALL.len());
        // Unknown code, wrong length in, too short out, argument out of range.
        assert_eq!(refused.len(), 4);
    }
}
