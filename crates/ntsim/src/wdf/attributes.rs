//! `WDF_OBJECT_ATTRIBUTES`, as a driver gives it.

use nt_model::{Failure, Rule};

use crate::guest::Guest;

/// An execution level or a synchronization scope that is the parent's.
pub(crate) const INHERITED: u32 = 1;
/// `WdfExecutionLevelPassive`.
pub(crate) const PASSIVE_LEVEL: u32 = 2;
/// `WdfSynchronizationScopeNone`.
pub(crate) const NO_SCOPE: u32 = 4;

/// `WDF_OBJECT_ATTRIBUTES` (56 bytes), read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attributes {
    pub(crate) cleanup: u64,
    pub(crate) destroy: u64,
    pub(crate) execution_level: u32,
    pub(crate) synchronization_scope: u32,
    pub(crate) parent: u64,
    pub(in crate::wdf) size_override: u64,
    pub(in crate::wdf) type_info: u64,
}

impl Attributes {
    /// `WDF_OBJECT_ATTRIBUTES.Size`.
    pub(in crate::wdf) const SIZE: u32 = 56;

    pub(crate) fn read(guest: &Guest, at: u64) -> Result<Self, Failure> {
        if at == 0 {
            return Ok(Self {
                execution_level: INHERITED,
                synchronization_scope: INHERITED,
                ..Self::default()
            });
        }
        let size = guest.read_u32(at)?;
        if size != Self::SIZE {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "WDF_OBJECT_ATTRIBUTES has the size {size}, not {}",
                    Self::SIZE
                ),
            ));
        }
        Ok(Self {
            cleanup: guest.read_u64(at + 8)?,
            destroy: guest.read_u64(at + 16)?,
            execution_level: guest.read_u32(at + 24)?,
            synchronization_scope: guest.read_u32(at + 28)?,
            parent: guest.read_u64(at + 32)?,
            size_override: guest.read_u64(at + 40)?,
            type_info: guest.read_u64(at + 48)?,
        })
    }
}

impl Attributes {
    /// Refuses a scope that serializes callbacks: the simulator does not.
    pub(crate) fn without_scope(self, what: &str) -> Result<Self, Failure> {
        match self.synchronization_scope {
            INHERITED | NO_SCOPE => Ok(self),
            _ => Err(Failure::not_modelled(format!(
                "{what} with a synchronization scope"
            ))),
        }
    }

    /// Refuses callbacks at the end of an object's life where the simulator does not call them.
    pub(crate) fn without_callbacks(self, what: &str) -> Result<Self, Failure> {
        match (self.cleanup, self.destroy) {
            (0, 0) => Ok(self),
            _ => Err(Failure::not_modelled(format!(
                "{what} with EvtCleanupCallback or EvtDestroyCallback"
            ))),
        }
    }
}
