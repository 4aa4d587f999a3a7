//! Making a request wrong in one place.

use dirql_ioctl::ControlCode;

use crate::seed::Sequence;

/// Numbers at which code tends to change its mind.
pub(crate) const EDGES: [u64; 10] = [
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

/// Makes one thing of a request wrong, perhaps.
pub(crate) fn damage(
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
        // A code without input gets one.
        _ => input.extend_from_slice(&choices.next_u64().to_le_bytes()),
    }
}
