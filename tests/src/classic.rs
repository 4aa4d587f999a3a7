//! How to talk to the guest `classic`, a driver in C that is built where clang and lld are.

use std::sync::Once;

use ntsim::{Completion, Failure, Image, Status};

use crate::{images, session::Session};

/// The header that driver and tests share.
const PROTOCOL: &str = include_str!("../guests/classic/protocol.h");
/// How many numbers a reply has room for.
pub(crate) const NUMBERS_MAX: usize = 16;

/// The image of a variant of the guest; none, with one line, where the guests in C were not built.
#[must_use]
pub fn image(variant: &str) -> Option<Image> {
    static SKIPPED: Once = Once::new();
    let image = images::guest_if_built(variant);
    if image.is_none() {
        SKIPPED.call_once(|| {
            eprintln!("skipped: the guests in C were not built (`cargo xtask setup --c` brings clang and lld)");
        });
    }
    image
}

/// The control code of this name.
///
/// # Panics
///
/// Where the header has none.
#[must_use]
pub fn code(name: &str) -> u32 {
    code_in(PROTOCOL, name)
}

/// The control code of this name in a header that a guest in C shares with its tests.
pub(crate) fn code_in(protocol: &str, name: &str) -> u32 {
    let lines = protocol.lines();
    let mut defined = lines.filter_map(|line| line.strip_prefix("#define IOCTL_"));
    let digits = defined.find_map(|rest| rest.strip_prefix(name)?.strip_prefix(" 0x"));
    let digits = digits.unwrap_or_else(|| panic!("no control code {name}"));
    u32::from_str_radix(digits, 16).expect("a control code is hexadecimal")
}

/// What the driver answers.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the driver refuses.
pub fn ask(session: &mut Session, name: &str) -> Result<Vec<u64>, Failure> {
    let completion = session.control(code(name), &[], 8 * NUMBERS_MAX)?;
    assert_eq!(completion.status, Status::SUCCESS, "{name}");
    Ok(numbers(&completion))
}

/// The numbers of a reply.
pub(crate) fn numbers(completion: &Completion) -> Vec<u64> {
    let numbers = completion.output.chunks_exact(8);
    numbers
        .map(|bytes| u64::from_le_bytes(bytes.try_into().expect("a chunk has eight bytes")))
        .collect()
}
