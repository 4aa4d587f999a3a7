//! An error that nobody can correct or recover from: its record is kept, and the machine stops.
//!
//! The order is that of the guide (error-processing): the plug-in is asked to keep the record, and then the
//! system stops with `WHEA_UNCORRECTABLE_ERROR`. The driver did nothing wrong; the run ends all the same.

use crate::{Failure, Rule, guest::Guest, sim::Sim};

/// `WHEA_UNCORRECTABLE_ERROR`.
const WHEA_UNCORRECTABLE_ERROR: u32 = 0x124;

/// How the machine has stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FatalStop {
    /// The code of the bug check, 0x124.
    pub code: u32,
    /// The type of the error source, the address of the record, and the halves of a machine check's status, which
    /// is 0 here: no bank is simulated.
    pub parameters: [u64; 4],
    /// The record at that address.
    pub record: Vec<u8>,
    /// What the plug-in answered when it was asked to keep the record; none where none was asked.
    pub written: Option<u32>,
}

impl Sim {
    /// Stops the machine for an error of a source of this type, whose record is at `record`.
    pub(super) fn uncorrectable(
        &mut self,
        guest: &Guest,
        kind: u32,
        record: u64,
        length: usize,
        written: Option<u32>,
    ) -> Failure {
        let bytes = match guest.read_vec(record, length) {
            Ok(bytes) => bytes,
            Err(failure) => return failure,
        };
        self.whea.stop = Some(FatalStop {
            code: WHEA_UNCORRECTABLE_ERROR,
            parameters: [kind.into(), record, 0, 0],
            record: bytes,
            written,
        });
        Failure::new(
            Rule::Bugcheck,
            format!(
                "the hardware has reported a fatal error: WHEA_UNCORRECTABLE_ERROR ({WHEA_UNCORRECTABLE_ERROR:#x}, {kind:#x}, {record:#x}, 0x0, 0x0)"
            ),
        )
    }
}
