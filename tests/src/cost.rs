//! How to ask the guest `cost` how deep a stack is under a connect and a disconnect.

use ntsim::{Failure, Status};

use crate::session::Session;

#[path = "../guests/cost/src/protocol.rs"]
mod protocol;

/// The bytes of the handler that is moved.
pub const BY_VALUE: usize = protocol::BY_VALUE;
/// The bytes of the handlers that stay in their blocks.
pub const IN_PLACE: [usize; 3] = protocol::IN_PLACE;

/// The deepest stacks, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depths {
    /// Under a connect.
    pub connect: u32,
    /// Under a connect that fails.
    pub failure: u32,
    /// Under a disconnect.
    pub disconnect: u32,
}

/// The stack under a handler of [`BY_VALUE`] bytes that is moved.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the guest refuses.
pub fn by_value(session: &mut Session) -> Result<Depths, Failure> {
    ask(session, protocol::STACK_BY_VALUE)
}

/// The stacks under the handlers of [`IN_PLACE`] bytes that stay in their blocks.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the guest refuses.
pub fn in_place(session: &mut Session) -> Result<[Depths; 3], Failure> {
    let [small, medium, large] = protocol::STACK_IN_PLACE;
    Ok([
        ask(session, small)?,
        ask(session, medium)?,
        ask(session, large)?,
    ])
}

fn ask(session: &mut Session, code: u32) -> Result<Depths, Failure> {
    let completion = session.control(code, &[0; 4], size_of::<Depths>())?;
    assert_eq!(completion.status, Status::SUCCESS, "code {code:#010x}");
    let mut words = completion.output.chunks_exact(4).map(|word| {
        let word = word.try_into().expect("chunks of four bytes");
        u32::from_le_bytes(word)
    });
    let mut next = || words.next().expect("the answer has three words");
    Ok(Depths {
        connect: next(),
        failure: next(),
        disconnect: next(),
    })
}
