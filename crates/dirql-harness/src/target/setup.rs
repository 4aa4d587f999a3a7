//! The machine of a test that wants another than the target's.

use nt_model::{ErrorSourceKind, Policy};

/// Every area that a PSHED plug-in of version 2 can take part in, as the driver's parameter `PshedAreas` has them.
pub const EVERY_AREA: u32 = 0x3E;

/// A machine that is set up otherwise, before the driver is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Whether the platform has WHEA.
    pub whea: bool,
    /// Values of the driver's `Parameters` key.
    pub parameters: Vec<(&'static str, u32)>,
    /// Its error sources, by their numbers.
    pub sources: Vec<(u32, ErrorSourceKind)>,
    /// The functional areas of a plug-in that is there before the driver's; 0 for none.
    pub earlier_plugin: u32,
    /// What NT's documentation leaves open; none for what the target is run with.
    pub policy: Option<Policy>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            whea: true,
            parameters: Vec::new(),
            sources: Vec::new(),
            earlier_plugin: 0,
            policy: None,
        }
    }
}

/// A policy under every combination of what is open about the handlers of error sources; all of it on the default side first.
pub fn handler_policies(policy: Policy) -> impl Iterator<Item = Policy> {
    (0..1 << 4).map(move |bits: u8| Policy {
        lock_held_in_retrieval: bits & 1 != 0,
        lock_held_in_record: bits & 2 != 0,
        descriptor_matched_by_id: bits & 4 != 0,
        errors_on_one_processor: bits & 8 != 0,
        ..policy
    })
}
