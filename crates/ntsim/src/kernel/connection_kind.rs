//! The kinds of connection: those that the system knows, and the lock of one that comes without.

use crate::{Failure, Status, activation::Flow, guest::Guest, sim::Sim};

/// The connection types of the `Version` field.
pub(crate) mod version {
    pub(crate) const FULLY_SPECIFIED: u32 = 1;
    pub(crate) const LINE_BASED: u32 = 2;
    pub(crate) const MESSAGE_BASED: u32 = 3;
    pub(crate) const FULLY_SPECIFIED_GROUP: u32 = 4;
}

impl Sim {
    /// Whether the system knows a kind of connection.
    pub(super) fn knows_kind(&self, kind: u32) -> bool {
        (version::FULLY_SPECIFIED..=version::FULLY_SPECIFIED_GROUP).contains(&kind)
            && self.policy.unknown_kind.version() != Some(kind)
    }

    /// Ends a connect of a kind that the system does not know. "Unsupported type given: filled with the maximum
    /// supported type" (wdm.h).
    pub(super) fn refuse_kind(&self, guest: &mut Guest, parameters: u64) -> Result<Flow, Failure> {
        let most = if self.knows_kind(version::FULLY_SPECIFIED_GROUP) {
            version::FULLY_SPECIFIED_GROUP
        } else {
            version::MESSAGE_BASED
        };
        guest.write_u32(parameters, most)?;
        Ok(Flow::status(if self.policy.unknown_kind_not_supported {
            Status::NOT_SUPPORTED
        } else {
            Status::INVALID_PARAMETER_1
        }))
    }

    /// The lock of a line- or message-based connection: the driver's, where it gave one. What stands for it
    /// otherwise is the interrupt object, or one object for all of the device's.
    pub(super) fn lock_of(&mut self, given: u64, object: u64) -> u64 {
        match given {
            0 if self.policy.null_lock_shared => {
                let fresh = self.kernel.new_object();
                *self.kernel.interrupts.shared_lock.get_or_insert(fresh)
            }
            0 => object,
            given => given,
        }
    }
}
