//! How to talk to the guest `doorbell`.

use ntsim::{Failure, Status};

use crate::session::Session;

#[path = "../guests/doorbell/src/protocol.rs"]
#[expect(
    dead_code,
    reason = "the file is the guest's own, and a client opens the simulated device without its GUID"
)]
mod protocol;

/// Rings now.
pub const RING: u32 = protocol::IOCTL_RING;
/// Rings after some milliseconds.
pub const RING_AFTER: u32 = protocol::IOCTL_RING_AFTER;
/// Waits for a ring.
pub const AWAIT: u32 = protocol::IOCTL_AWAIT;
/// Gives the counters.
pub const COUNT: u32 = protocol::IOCTL_COUNT;
/// The longest delay, in milliseconds.
pub const DELAY_MAX_MS: u32 = protocol::DELAY_MAX_MS;
/// The longest chime, in bytes.
pub const CHIME_MAX: usize = protocol::CHIME_MAX;

/// The counters of the bell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How often it rang.
    pub rings: u32,
    /// Reads that were answered.
    pub answered: u32,
    /// Reads that were cancelled.
    pub cancelled: u32,
    /// Rings that nothing has heard.
    pub unheard: u32,
}

/// Asks for the counters.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the guest refuses, or answers with another length.
pub fn counts(session: &mut Session) -> Result<Counts, Failure> {
    let completion = session.control(COUNT, &[], protocol::COUNT_LEN)?;
    assert_eq!(completion.status, Status::SUCCESS, "COUNT");
    let (words, rest) = completion.output.as_chunks::<4>();
    assert!(rest.is_empty(), "COUNT gives whole numbers");
    let [rings, answered, cancelled, unheard] = words else {
        panic!("COUNT gives four numbers, not {}", words.len());
    };
    let [rings, answered, cancelled, unheard] =
        [rings, answered, cancelled, unheard].map(|word| u32::from_le_bytes(*word));
    Ok(Counts {
        rings,
        answered,
        cancelled,
        unheard,
    })
}
