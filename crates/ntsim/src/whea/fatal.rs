//! An error that nothing can correct or recover from: its record is kept, and the machine stops.
//!
//! The order is that of the guide (error-processing): the plug-in is asked to keep the record, and then the
//! system stops with `WHEA_UNCORRECTABLE_ERROR`. The driver did nothing wrong; the run ends all the same.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::state::frame::Holds,
    whea::{
        HardwareErrors,
        state::{frame::WheaFrame, report::FatalStop},
    },
};

/// `WHEA_UNCORRECTABLE_ERROR`.
const WHEA_UNCORRECTABLE_ERROR: u32 = 0x124;

impl<A: Holds<WheaFrame>> HardwareErrors<'_, A> {
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
